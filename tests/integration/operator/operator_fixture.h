// The real operator between a real API server and a simulated DTS. Each test has a namespace and a
// DTS of its own; the operator has the rights of deploy/ and no others.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/dts_endpoint.h"
#include "tests/integration/envtest.h"
#include "tests/integration/kube_api.h"
#include "tests/integration/operator_process.h"
#include "tests/support/tcp_proxy.h"

namespace dtsop {

class OperatorTest : public testing::Test {
 protected:
  // Shorter times than the defaults, for tests in which a Lease runs out.
  static const std::vector<std::string> kShortLease;

  void SetUp() override;
  // Stops every operator and removes the DtsJobs; shows the logs when the test has failed.
  void TearDown() override;

  // Starts an operator that watches the test's namespace and speaks to dts(). `flags` replace these
  // defaults; "--flag=" takes one away.
  OperatorProcess& Start(const std::vector<std::string>& flags = {});
  OperatorProcess& StartWith(const std::string& kubeconfig,
                             const std::vector<std::string>& flags = {});

  // A kubeconfig with a token of the operator's ServiceAccount, for a server on `port` (0: the API
  // server itself) that shows a certificate of `ca_pem` ("": the API server's).
  std::string OperatorKubeconfig(int port = 0, const std::string& ca_pem = "");
  // The file that all of these name as their token.
  std::string TokenPath() const { return Envtest::Get().directory() + "/" + space_ + ".token"; }
  void WriteToken() const;

  // Creates the DtsJob `name` for the DTS job of the same name, which is added to dts() unless it
  // is there.
  void CreateJob(const std::string& name, Json spec = Json::object());
  void PatchJob(const std::string& name, const Json& patch);
  void DeleteJob(const std::string& name);
  Json GetJob(const std::string& name);
  // The condition of that type; null when there is none.
  Json ConditionOf(const std::string& name, const std::string& type);
  // Waits until Ready has this status and, unless "", this reason, for the current generation.
  testing::AssertionResult Becomes(const std::string& name, const std::string& ready,
                                   const std::string& reason = "", Duration limit = seconds(60));
  testing::AssertionResult BecomesReady(const std::string& name, Duration limit = seconds(60)) {
    return Becomes(name, "True", "Running", limit);
  }
  std::string ReadyMessage(const std::string& name) {
    return StringOr(Member(ConditionOf(name, "Ready"), "message"));
  }
  void PutSecret(const std::string& name, const std::string& id, const std::string& secret);
  // The events of the test's namespace.
  std::vector<Json> Events();
  // Everything that the operator lets anybody see: its log and metrics, DtsJobs, Lease, events.
  std::string EverythingShown(OperatorProcess& process);

  std::string JobPath(const std::string& name = "") const;
  static std::string LeasePath();
  static std::string HolderOfLease();
  // Of the test's namespace: by which installation it is managed.
  std::string NamespaceLeasePath() const;

  static KubeApi& Api();
  DtsEndpoint& dts() { return *dts_; }
  void UseDts(std::unique_ptr<DtsEndpoint> dts) { dts_ = std::move(dts); }
  const std::string& space() const { return space_; }

  // Of operators that are started from now on: the AccessKey of dts(), unless a test has its own.
  std::vector<std::string> environment_ = {
      std::string("ALIBABA_CLOUD_ACCESS_KEY_ID=") + DtsEndpoint::kAccessKeyId,
      std::string("ALIBABA_CLOUD_ACCESS_KEY_SECRET=") + DtsEndpoint::kAccessKeySecret};
  // Of the same: a command that runs the operator.
  std::vector<std::string> wrapper_;

 private:
  std::string space_;
  std::unique_ptr<DtsEndpoint> dts_;
  std::vector<std::unique_ptr<OperatorProcess>> operators_;
};

}  // namespace dtsop
