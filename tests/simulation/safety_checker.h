// What must hold at every moment of every run, whatever breaks. Each check is named after the
// promise that it guards.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lease/start_entry.h"
#include "simulator/call_log.h"
#include "simulator/received_call.h"
#include "simulator/simulator.h"
#include "tests/simulation/sim_api_server.h"
#include "tests/simulation/sim_process.h"
#include "tests/simulation/tenant_checker.h"

namespace dtsop::sim {

// What a run may do that a promise excludes.
struct SafetyAllowance {
  // DescribeDtsJobDetail tells the truth, so that one start key has one effect.
  bool truthful_describe = true;
  // How long before its announcement a start may rely on a DtsJob that has changed since. A watch
  // cache that is late makes it longer.
  Duration stale_object = seconds(15);
  int calls_per_second = 5;
  bool error_logs = false;
};

class SafetyChecker {
 public:
  SafetyChecker(const SimClock& clock, const SimStore& store, SafetyAllowance allowance)
      : clock_(clock), store_(store), allowance_(allowance) {}

  void OnDecided(const SimProcess& process, const SendRequest& send);
  void OnSent(const SimProcess& process, const SendRequest& send);
  void OnEnded(const SimProcess& process, const HttpRequest& request);
  void OnLog(const SimProcess& process, const LogLine& line);
  void OnSpin(const SimProcess& process) { Fail(process.options().name + " spins"); }
  void OnVersion(const SimVersion& version);
  // `dts` has just answered `call`.
  void OnDtsCall(const simulator::CallRecord& call, simulator::DtsSimulator& dts);
  // Somebody has handled the job past the operator. That may undo a start whose answer was lost
  // before anybody sees it work, and then another attempt has an effect, too.
  void OnConsole(std::string_view dts_job_id);

  // The job is soon back in the state that it was started from. A start whose answer was lost, and
  // that nobody saw at work, then looks as if it had no effect, and another attempt follows.
  void Relapses(std::string dts_job_id) { relapsing_.insert(std::move(dts_job_id)); }

  // The namespace has these credentials, besides those of its Secrets.
  void Grant(const std::string& ns, const Proof& proof) { tenants_.Grant(ns, proof); }
  // Text that must never be seen in a log, a status, an event or a Lease.
  void AddSecret(std::string secret) { secrets_.push_back(std::move(secret)); }

  const std::vector<std::string>& failures() const { return failures_; }
  // StartDtsJob calls that left, and those that had an effect, of all start keys.
  size_t starts_sent() const { return starts_sent_; }
  size_t starts_effective() const { return starts_effective_; }
  // Effects of the starts of one DTS job.
  size_t StartsEffective(const std::string& dts_job_id) const;

 private:
  struct Announced {
    StartEntry entry;
    WallTime at;
  };
  // One DTS job, whoever acts on it.
  struct LegFacts {
    std::optional<WallTime> shows_at;         // when the effect of the last call shows
    std::map<std::string, WallTime> at_rest;  // when DTS told each process that it does not run
    std::string quiet_caller;                 // the process whose last call suspends or stops it
    // The DtsJob whose status tells of that call has been deleted: no other process knows of it.
    bool untold = false;
  };

  void Fail(std::string what);
  void CheckStart(const SimProcess& process, const simulator::ReceivedCall& call);
  void CheckLooked(const SimProcess& process, const std::string& dts_job_id);
  // Notes it if the job does not run, and is for the account to see.
  void NoteAtRest(const std::string& asker, const std::string& dts_job_id,
                  const std::string& account_id, simulator::DtsSimulator& dts);
  void CheckWished(const Announced& announced);
  void CheckManaged(const SimProcess& process, const Announced& announced);
  void CheckQuietWished(const std::string& action, const std::string& dts_job_id);
  bool WasSo(const std::string& key, WallTime since,
             const std::function<bool(const SimVersion&)>& condition) const;
  void CheckLeader(const SimProcess& process, std::string_view action);
  void CheckPace(const SimProcess& process, std::string_view action, std::string_view signer);
  void CheckSecrets(std::string_view where, std::string_view text);
  void OnLeaseVersion(const SimVersion& version);
  void OnJobVersion(const SimVersion& version);

  const SimClock& clock_;
  const SimStore& store_;
  const SafetyAllowance allowance_;
  std::vector<std::string> failures_;
  std::vector<std::string> secrets_;
  std::set<std::string> relapsing_;
  std::map<std::string, Announced> announced_;                // by nonce
  std::set<std::string> succeeded_;                           // start keys recorded as done
  std::map<std::string, std::set<int64_t>> attempts_;         // by start key
  std::map<std::string, int> in_flight_;                      // StartDtsJob by DTS job
  std::map<std::string, int> effects_;                        // by start key
  std::map<std::string, size_t> effects_by_job_;              // by DTS job
  std::map<std::string, LegFacts> legs_;                      // by DTS job
  std::map<std::string, std::set<std::string>> objects_of_;   // keys of DtsJobs, by DTS job
  std::map<std::string, std::string> asked_by_;               // process, by nonce
  std::map<std::string, std::deque<MonoTime>> recent_calls_;  // by process, signer and action
  TenantChecker tenants_{[this](std::string what) { Fail(std::move(what)); }};
  size_t starts_sent_ = 0;
  size_t starts_effective_ = 0;
};

}  // namespace dtsop::sim
