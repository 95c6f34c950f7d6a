// Tenants of the whole operator that come and go.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/sim_world.h"
#include "tests/simulation/tenant_checker.h"

namespace dtsop::sim {
namespace {

TEST(Tenants, ThatComeAndGoLeaveNoSecretAndNoAccount) {
  SimWorld world({});
  SimProcess& process = world.AddOperator("pod-a");
  process.Start();
  world.Run(minutes(1));
  constexpr size_t kTenants = 12;
  size_t served = 0;
  for (size_t i = 0; i < kTenants; ++i) {
    const std::string tenant = fmt::format("tenant{}", i);
    const Json spec = {{"dtsJobId", "l3m1213ye7l1234"},
                       {"desiredState", "Running"},
                       {"credentialsSecretRef", {{"name", "dts"}}}};
    world.kubernetes().PutSecret(tenant, "dts",
                                 {{"accessKeyId", tenant}, {"accessKeySecret", kAccessKeySecret}},
                                 world.clock().wall());
    world.kubernetes().CreateDtsJob(tenant, "orders", spec, world.clock().wall());
    world.Run(minutes(1));
    served += std::min(process.State().secrets, process.State().accounts);
    world.kubernetes().DeleteDtsJob(tenant, "orders", world.clock().wall());
    world.Run(seconds(5));
    EXPECT_EQ(process.State().secrets, 0U) << tenant;
    EXPECT_EQ(process.State().accounts, 1U) << "for whoever creates it again";
    world.Run(minutes(6));
    EXPECT_EQ(process.State().accounts, 0U) << tenant;
  }
  EXPECT_EQ(served, kTenants) << "each was known while it was there";
  EXPECT_TRUE(world.checker().failures().empty()) << world.checker().failures().front();
}

// What becomes of four DtsJobs of the namespace shop, beside others in the bank, or without.
struct Outcome {
  size_t starts = 0;
  size_t looks = 0;
  std::map<std::string, size_t> writes;  // by object, events included
  std::map<std::string, std::string> reasons;
};

Outcome OutcomeBeside(bool bank) {
  SimWorld world({});
  world.AddOperator("pod-a").Start();
  const Json of_secret = {{"credentialsSecretRef", {{"name", "dts-credentials"}}},
                          {"pollInterval", "10s"}};
  world.PutSecret();
  world.PutSecretIn("bank", kAccessKeyId, "not-a-secret");
  for (int i = 0; i < 4; ++i) {
    const std::string id = fmt::format("job{}", i);
    simulator::JobConfig config;
    config.job_id = id;
    world.AddDtsJob(config);
    // Half of them are the older ones.
    Json copy = of_secret;
    copy["dtsJobId"] = id;
    if (bank && i % 2 == 0) world.CreateDtsJobIn("bank", "copy-" + id, copy);
    world.Run(seconds(2));
    world.CreateDtsJob(id, of_secret);
    if (bank && i % 2 != 0) world.CreateDtsJobIn("bank", "copy-" + id, copy);
  }
  world.Run(minutes(20));
  Outcome outcome;
  for (const simulator::CallRecord& call : world.dts().calls().records()) {
    if (call.verdict != "accepted") continue;
    ++(call.action == "StartDtsJob" ? outcome.starts : outcome.looks);
  }
  for (const SimVersion& version : world.kubernetes().store().log()) {
    if (version.key.find("/shop/") == std::string::npos) continue;
    // The names of events end with a random part.
    ++outcome.writes[version.key.substr(0, version.key.find('.'))];
  }
  for (const Json& job : world.kubernetes().All("dtsjobs")) {
    if (StringOr(Member(job, "metadata", "namespace")) != "shop") continue;
    for (const Condition& condition : StatusFromJson(Member(job, "status")).conditions)
      outcome.reasons[StringOr(Member(job, "metadata", "name")) + condition.type] =
          condition.status + condition.reason;
  }
  EXPECT_TRUE(world.checker().failures().empty()) << world.checker().failures().front();
  return outcome;
}

TEST(Tenants, AWrongSecretOfOneChangesNothingForAnother) {
  const Outcome alone = OutcomeBeside(false);
  const Outcome beside = OutcomeBeside(true);
  EXPECT_EQ(alone.starts, 4U);
  EXPECT_EQ(beside.starts, 4U);
  // Whether a page comes in time to answer for a job depends on how long each answer takes.
  EXPECT_NEAR(static_cast<double>(alone.looks), static_cast<double>(beside.looks), 5);
  EXPECT_EQ(alone.writes, beside.writes);
  EXPECT_EQ(alone.reasons, beside.reasons);
}

class Checker : public ::testing::Test {
 protected:
  Checker() {
    Job("shop", "orders", "job1");
    Job("bank", "till", "job1");
    checker_.Grant("shop", {"LTAI", "s"});
    checker_.Grant("bank", {"LTAI", "t"});
  }
  void Job(const std::string& ns, const std::string& name, const std::string& dts_job_id,
           const Json& status = Json::object()) {
    SimVersion version;
    version.key = SimStore::Key("dtsjobs", ns, name);
    version.object = {{"metadata", {{"namespace", ns}, {"name", name}, {"uid", "uid-" + name}}},
                      {"spec", {{"dtsJobId", dts_job_id}}},
                      {"status", status}};
    checker_.OnVersion(version);
  }
  void Says(const std::string& ns, const std::string& name, const std::string& message) {
    Job(ns, name, "job1", {{"conditions", {{{"type", "Ready"}, {"message", message}}}}});
  }
  // DTS answers a look at job1 that is signed with the secret.
  void Look(const std::string& secret, const std::string& request_id) {
    simulator::ReceivedCall call;
    call.access_key_id = "LTAI";
    call.action = "DescribeDtsJobDetail";
    call.nonce = request_id;
    call.signature = simulator::ServerSignature(call, SecretString(secret));
    checker_.OnSent(call);
    simulator::CallRecord record;
    record.action = call.action;
    record.nonce = call.nonce;
    record.job_id = "job1";
    record.verdict = "accepted";
    record.request_id = request_id;
    checker_.OnDtsCall(record, dts_);
  }

  std::vector<std::string> found_;
  TenantChecker checker_{[this](std::string what) { found_.push_back(std::move(what)); }};
  simulator::DtsSimulator dts_{{}, Random(1), WallTime{}};
};

TEST_F(Checker, FindsWhatIsAnothersAndNothingElse) {
  Look("s", "REQ-1");
  Says("shop", "orders", "Job job1 of shop/orders is Failed (RequestId REQ-1).");
  Job("shop", "orders", "job1", {{"jobStatus", "Failed"}});
  Says("shop", "orders", "An older DtsJob of another namespace manages the job.");
  EXPECT_EQ(found_, std::vector<std::string>{});
  Says("bank", "till", "The older DtsJob shop/orders manages job1.");
  EXPECT_EQ(found_.size(), 2U) << "the namespace and the name";
  Says("bank", "till", "Refused (RequestId REQ-1).");
  EXPECT_EQ(found_.size(), 3U);
  Job("bank", "till", "job1", {{"jobStatus", "Failed"}});
  EXPECT_EQ(found_.size(), 4U);
  Says("bank", "till", "An older DtsJob of another namespace manages the job.");
  EXPECT_EQ(found_.size(), 5U);
  Look("t", "REQ-2");
  Job("bank", "till", "job1", {{"jobStatus", "Failed"}});
  Says("bank", "till", "Refused (RequestId REQ-2).");
  EXPECT_EQ(found_.size(), 5U);
  checker_.OnLog({LogLevel::kInfo, "calling DTS", {{"object", "bank/till"}, {"x", "uid-orders"}}});
  EXPECT_EQ(found_.size(), 6U);
  Look("nobody", "REQ-3");
  EXPECT_EQ(found_.size(), 7U);
}

}  // namespace
}  // namespace dtsop::sim
