// Namespaces as tenants of one operator: what one has, sees and does is nothing to another.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/simulation/liveness.h"
#include "tests/simulation/sim_world.h"

namespace dtsop::sim {
namespace {

constexpr char kShared[] = "l3m1213ye7l1234";
// Another key of the account that has the jobs.
constexpr char kSecondId[] = "LTAI1111111111111111";
constexpr char kSecondSecret[] = "canary-secret-2b9c";

WorldOptions TwoKeys() {
  WorldOptions options;
  simulator::Account second;
  second.access_key_id = kSecondId;
  second.access_key_secret = SecretString(kSecondSecret);
  options.accounts = {second};
  return options;
}

class Owners : public ::testing::Test {
 protected:
  explicit Owners(WorldOptions options = TwoKeys()) : world_(std::move(options)) {
    world_.AddOperator("pod-a").Start();
  }

  static Json WithSecret(const std::string& job_id, Json spec = Json::object()) {
    spec["dtsJobId"] = job_id;
    spec["credentialsSecretRef"] = {{"name", "dts-credentials"}};
    return spec;
  }
  void AddJob(const std::string& id, const std::string& word = "NotStarted") {
    simulator::JobConfig config;
    config.job_id = id;
    config.status = word;
    world_.AddDtsJob(config);
  }
  std::string Ready(const std::string& ns, const std::string& name,
                    const std::string& member = "reason") {
    const Json job = world_.kubernetes().DtsJob(ns, name);
    for (const Json& condition : Member(job, "status", "conditions")) {
      if (StringOr(Member(condition, "type")) == "Ready")
        return StringOr(Member(condition, member.c_str()));
    }
    return "";
  }
  std::string JobStatus(const std::string& ns, const std::string& name) {
    return StringOr(Member(world_.kubernetes().DtsJob(ns, name), "status", "jobStatus"));
  }
  // Whether anything that was ever written into the namespace holds `text`.
  bool WasSaid(const std::string& ns, const std::string& text) {
    for (const SimVersion& version : world_.kubernetes().store().log()) {
      const bool here = version.key.starts_with("dtsjobs/" + ns + "/") ||
                        version.key.starts_with("events/" + ns + "/");
      if (here && version.text.find(text) != std::string::npos) return true;
    }
    return false;
  }
  std::map<std::string, int> Calls(const std::string& action) {
    std::map<std::string, int> by_verdict;
    for (const simulator::CallRecord& call : world_.dts().calls().records()) {
      if (call.action == action) ++by_verdict[call.verdict];
    }
    return by_verdict;
  }
  std::string Broken() {
    std::string text;
    for (const std::string& failure : world_.checker().failures()) text += failure + "\n";
    return text;
  }

  SimWorld world_;
};

TEST_F(Owners, OneWithACopiedIdAndAWrongSecretDisturbsAndSeesNothing) {
  world_.PutSecretIn("shop", kAccessKeyId, kAccessKeySecret);
  world_.PutSecretIn("bank", kAccessKeyId, "wrong");
  for (int i = 0; i < 8; ++i) {
    AddJob(fmt::format("job{}", i));
    world_.CreateDtsJobIn(i < 4 ? "shop" : "bank", fmt::format("j{}", i),
                          WithSecret(fmt::format("job{}", i), {{"pollInterval", "10s"}}));
  }
  world_.Run(minutes(15));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Ready("shop", fmt::format("j{}", i)), "Running") << i;
  for (int i = 4; i < 8; ++i) {
    EXPECT_EQ(Ready("bank", fmt::format("j{}", i)), "SignatureDoesNotMatch") << i;
    EXPECT_EQ(JobStatus("bank", fmt::format("j{}", i)), "") << i;
  }
  EXPECT_FALSE(WasSaid("shop", "SignatureDoesNotMatch"));
  EXPECT_EQ(Broken(), "");
}

TEST_F(Owners, OneThatNamesAJobFirstWithoutCredentialsForItStandsInNobodysWay) {
  AddJob(kShared);
  world_.PutSecretIn("bank", kAccessKeyId, "wrong");
  world_.CreateDtsJobIn("bank", "wrong-secret", WithSecret(kShared));
  world_.CreateDtsJobIn("void", "no-secret", WithSecret(kShared));
  world_.CreateDtsJobIn("mute", "not-allowed", {{"dtsJobId", kShared}});
  world_.Run(seconds(10));
  world_.PutSecretIn("shop", kAccessKeyId, kAccessKeySecret);
  world_.CreateDtsJobIn("shop", "orders", WithSecret(kShared));
  world_.Run(minutes(1));
  EXPECT_EQ(Ready("shop", "orders"), "Running");
  EXPECT_EQ(Ready("bank", "wrong-secret"), "SignatureDoesNotMatch");
  EXPECT_EQ(Ready("void", "no-secret"), "CredentialsNotFound");
  EXPECT_EQ(Ready("mute", "not-allowed"), "CredentialsNotAllowed");
  EXPECT_FALSE(WasSaid("shop", "Conflict"));
  for (const char* other : {"bank", "void", "mute"}) {
    EXPECT_FALSE(WasSaid(other, "shop")) << other;
    EXPECT_FALSE(WasSaid("shop", other)) << other;
  }
  // Nor does the job change hands when the first comes by the secret of the others.
  EXPECT_EQ(world_.checker().starts_sent(), 1U);
  EXPECT_EQ(Broken(), "");
}

// The older one may manage the job: it has a secret of its own that DTS takes.
TEST_F(Owners, OfTwoThatMayManageAJobTheOlderDoesAndNeitherHearsOfTheOther) {
  AddJob(kShared);
  world_.PutSecretIn("bank", kSecondId, kSecondSecret);
  world_.CreateDtsJobIn("bank", "first", WithSecret(kShared));
  world_.Run(seconds(2));
  world_.CreateDtsJobIn("shop", "second", {{"dtsJobId", kShared}, {"desiredState", "Stopped"}});
  world_.Run(minutes(3));
  EXPECT_EQ(Ready("bank", "first"), "Running");
  EXPECT_EQ(Ready("shop", "second"), "Conflict");
  EXPECT_FALSE(WasSaid("shop", "bank"));
  EXPECT_FALSE(WasSaid("bank", "shop"));
  EXPECT_TRUE(Calls("StopDtsJob").empty());
  // The older one loses its credentials: the job is the younger's.
  world_.PutSecretIn("bank", kSecondId, "revoked");
  world_.Run(minutes(4));
  EXPECT_EQ(Ready("bank", "first"), "SignatureDoesNotMatch");
  EXPECT_EQ(Ready("shop", "second"), "Finished");
  EXPECT_EQ(Calls("StopDtsJob").size(), 1U);
  EXPECT_EQ(Broken(), "");
}

TEST_F(Owners, TheSameSecretInTwoNamespacesIsOneAccountInWhichTheyTakeTurns) {
  constexpr int kJobs = 40;
  for (const char* ns : {"shop", "bank"}) world_.PutSecretIn(ns, kAccessKeyId, kAccessKeySecret);
  // All of one namespace stand in line before any of the other does.
  for (int i = 0; i < 2 * kJobs; ++i) {
    AddJob(fmt::format("job{}", i));
    world_.CreateDtsJobIn(i < kJobs ? "shop" : "bank", fmt::format("j{}", i),
                          WithSecret(fmt::format("job{}", i)));
  }
  world_.Run(seconds(8));
  std::map<bool, int> started;
  for (const simulator::CallRecord& call : world_.dts().calls().records()) {
    if (call.action == "StartDtsJob") ++started[std::stoi(call.job_id.substr(3)) < kJobs];
  }
  EXPECT_GT(started[false], 10);
  EXPECT_GT(started[true], 10);
  world_.Run(minutes(2));
  const size_t calls = world_.dts().calls().records().size();
  world_.Run(minutes(2));
  // Two polls a minute, and a page for each shows the jobs of both.
  EXPECT_LE(world_.dts().calls().records().size() - calls, 12U);
  EXPECT_EQ(Broken(), "");
}

TEST_F(Owners, AJobWhoseDtsJobIsHeldByAFinalizerIsFreeForTheNext) {
  AddJob(kShared);
  world_.CreateDtsJobIn("shop", "held", {{"dtsJobId", kShared}});
  world_.PatchDtsJob("held", {{"metadata", {{"finalizers", {"example.com/hold"}}}}});
  world_.Run(minutes(1));
  ASSERT_EQ(Ready("shop", "held"), "Running");
  world_.DeleteDtsJob("held");
  ASSERT_FALSE(world_.DtsJob("held").is_null());
  world_.CreateDtsJobIn("shop", "next", {{"dtsJobId", kShared}});
  world_.Run(seconds(30));
  EXPECT_EQ(Ready("shop", "next"), "Running");
  EXPECT_EQ(world_.checker().starts_sent(), 1U);
  EXPECT_EQ(Broken(), "");
}

class LostStart : public Owners {
 protected:
  static WorldOptions Options() {
    WorldOptions options;
    simulator::FaultRule rule;
    rule.action = "StartDtsJob";
    rule.effect = simulator::FaultEffect::kGarbage;
    options.dts_rules = {rule};
    return options;
  }
  LostStart() : Owners(Options()) {}
};

TEST_F(LostStart, OfADtsJobThatIsHeldByAFinalizerIsSettledAndFreesTheJob) {
  AddJob(kShared);
  world_.CreateDtsJobIn("shop", "held", {{"dtsJobId", kShared}});
  world_.PatchDtsJob("held", {{"metadata", {{"finalizers", {"example.com/hold"}}}}});
  while (world_.checker().starts_sent() == 0) world_.Run(milliseconds(100));
  world_.DeleteDtsJob("held");
  world_.CreateDtsJobIn("shop", "next", {{"dtsJobId", kShared}});
  world_.Run(seconds(5));
  EXPECT_EQ(Ready("shop", "next"), "StartOutcomePending");
  EXPECT_NE(Ready("shop", "next", "message").find("which is being deleted"), std::string::npos);
  world_.Run(minutes(2));
  EXPECT_EQ(Ready("shop", "next"), "Running");
  EXPECT_EQ(world_.checker().starts_sent(), 1U);
  EXPECT_EQ(Broken(), "");
}

}  // namespace
}  // namespace dtsop::sim
