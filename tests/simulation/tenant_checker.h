// Rule S15: a namespace is a tenant. What is written into it, or logged about a DtsJob of it, names
// nothing of another one, and tells of DTS only what DTS has answered to its own credentials.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "io/core_io.h"
#include "simulator/call_log.h"
#include "simulator/received_call.h"
#include "simulator/simulator.h"
#include "tests/simulation/sim_store.h"

namespace dtsop::sim {

using Proof = std::pair<std::string, std::string>;  // AccessKey id and secret
// What a Secret of the names that the operator reads holds.
Proof ProofIn(const Json& secret);

class TenantChecker {
 public:
  // `fail` is told of each promise that is broken.
  explicit TenantChecker(std::function<void(std::string)> fail) : fail_(std::move(fail)) {}

  // The namespace has these credentials, besides those of its Secrets. Whatever they have been
  // answered, it may tell for ever.
  void Grant(const std::string& ns, const Proof& proof) { proofs_[proof].namespaces.insert(ns); }

  // `call` leaves. Returns who has signed it, as a text that is the same for equal credentials.
  std::string OnSent(const simulator::ReceivedCall& call);
  void OnDtsCall(const simulator::CallRecord& call, const simulator::DtsSimulator& dts);
  void OnVersion(const SimVersion& version);
  void OnLog(const LogLine& line);

 private:
  struct Answers {
    std::set<std::string> namespaces;  // that have these credentials
    std::set<std::string> shown;       // the DTS jobs that DTS has shown to them
  };

  void OnJobVersion(const std::string& ns, const SimVersion& version);
  bool WasShown(const std::string& ns, const std::string& dts_job_id) const;
  void CheckText(const std::string& ns, std::string_view where, std::string_view text);

  const std::function<void(std::string)> fail_;
  std::map<Proof, Answers> proofs_;
  std::map<std::string, Proof> sent_;      // by nonce, until it is answered
  std::map<std::string, Proof> answered_;  // by RequestId
  // Names and uids of DtsJobs, what they name in DTS, and namespaces: who may use the word.
  std::map<std::string, std::set<std::string>, std::less<>> words_;
};

}  // namespace dtsop::sim
