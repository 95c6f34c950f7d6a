// One right is missing: one thing does not work, and the log or the DtsJob says which.
#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

constexpr const char* kClusterRole = "/apis/rbac.authorization.k8s.io/v1/clusterroles/dts-operator";
constexpr const char* kRole =
    "/apis/rbac.authorization.k8s.io/v1/namespaces/dts-system/roles/dts-operator";

class Rights : public OperatorTest {
 protected:
  // Takes `verb` on `resource` out of the role at `path`, until the end of the test.
  void Remove(const std::string& path, const std::string& resource, const std::string& verb) {
    const Json role = Api().Get(path);
    ASSERT_FALSE(role.is_null());
    saved_.emplace_back(path, Member(role, "rules"));
    Json less = role;
    bool removed = false;
    for (Json& rule : less["rules"]) {
      if (rule["resources"] != Json{resource}) continue;
      Json left = Json::array();
      for (const Json& has : rule["verbs"])
        has == verb ? void(removed = true) : left.push_back(has);
      rule["verbs"] = left.empty() ? Json{"none"} : left;
    }
    ASSERT_TRUE(removed) << verb << " " << resource;
    Api().Must("PUT", path, less);
  }
  void GiveBack() {
    for (const auto& [path, rules] : saved_) Api().Must("PATCH", path, {{"rules", rules}});
    saved_.clear();
  }
  void TearDown() override {
    GiveBack();
    OperatorTest::TearDown();
  }

  // The process goes on, says `text`, and works once it has the right again.
  void ExpectLogAndRecovery(const std::string& text) {
    OperatorProcess& process = Start();
    CreateJob("orders");
    EXPECT_TRUE(Eventually([&] { return process.Logged(text) && process.Logged("forbidden"); }))
        << "not in the log: " << text;
    GiveBack();
    EXPECT_TRUE(BecomesReady("orders", seconds(90)));
    EXPECT_EQ(dts().StartsOf("orders"), 1);
    EXPECT_TRUE(process.Alive());
  }

 private:
  std::vector<std::pair<std::string, Json>> saved_;
};

TEST_F(Rights, ToListDtsJobsIsMissedInTheLog) {
  Remove(kClusterRole, "dtsjobs", "list");
  ExpectLogAndRecovery("list DtsJobs");
}

TEST_F(Rights, ToWatchDtsJobsIsMissedInTheLog) {
  Remove(kClusterRole, "dtsjobs", "watch");
  ExpectLogAndRecovery("watch DtsJobs");
}

TEST_F(Rights, ToUpdateTheStatusIsMissedInTheLog) {
  Remove(kClusterRole, "dtsjobs/status", "update");
  ExpectLogAndRecovery("cannot write the status");
}

TEST_F(Rights, ToGetADtsJobIsMissedInTheLog) {
  Remove(kClusterRole, "dtsjobs", "get");
  TcpProxy network(Api().port());
  OperatorProcess& process = StartWith(OperatorKubeconfig(network.port()));
  CreateJob("orders", {{"pollInterval", "10s"}});
  EXPECT_TRUE(BecomesReady("orders"));
  // A change that the watch does not bring makes the next write of the status a conflict.
  network.FreezeOpenConnections();
  PatchJob("orders", {{"metadata", {{"annotations", {{"example.com/a", "b"}}}}}});
  dts().Control("PATCH", "/jobs/orders", {{"status", "Locked"}});
  EXPECT_TRUE(Eventually([&] { return process.Logged("cannot read a DtsJob, trying again"); }));
  EXPECT_TRUE(process.Logged("forbidden"));
  GiveBack();
  EXPECT_TRUE(Becomes("orders", "False", "BillingLocked"));
}

TEST_F(Rights, ToCreateTheLeaseIsMissedInTheLog) {
  Remove(kRole, "leases", "create");
  ExpectLogAndRecovery("leases");
}

TEST_F(Rights, ToReadTheLeaseIsMissedInTheLog) {
  Remove(kRole, "leases", "get");
  ExpectLogAndRecovery("leases");
}

TEST_F(Rights, ToUpdateTheLeaseEndsLeadershipAndIsMissedInTheLog) {
  Remove(kRole, "leases", "update");
  ExpectLogAndRecovery("leases");
}

TEST_F(Rights, ToCreateEventsIsMissedInTheLogAndNowhereElse) {
  Remove(kClusterRole, "events", "create");
  OperatorProcess& process = Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(Eventually([&] { return process.Logged("cannot write an event"); }));
  EXPECT_TRUE(Events().empty());
}

}  // namespace
}  // namespace dtsop
