// One right is missing: one thing does not work, and the log or the DtsJob says which. So every
// right is needed; and every one has its test.
#include <set>

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
  // Lets the operator read the Secret dts-credentials of the test's namespace.
  void GrantSecret() {
    const CommandResult bound = Envtest::Get().Kubectl(
        {"apply", "-n", space(), "-f", RepositoryPath("deploy/tenant/secret-access.yaml")}, "",
        seconds(60));
    ASSERT_EQ(bound.exit, 0) << bound.err;
  }
  std::string TenantRole() const {
    return "/apis/rbac.authorization.k8s.io/v1/namespaces/" + space() +
           "/roles/dts-operator-credentials";
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
  // The ClusterRole lets it make the Leases of namespaces, and the leader's may stand in any.
  Remove(kRole, "leases", "create");
  Remove(kClusterRole, "leases", "create");
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

TEST_F(Rights, ToReadTheLeaseOfANamespaceIsMissedInTheLogAndInAnEvent) {
  Remove(kClusterRole, "leases", "get");
  ExpectLogAndRecovery("the Lease of a namespace");
  const std::vector<Json> events = Events();
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), [](const Json& event) {
    return StringOr(Member(event, "reason")) == "NamespaceNotHeld";
  }));
}

TEST_F(Rights, ToCreateEventsIsMissedInTheLogAndNowhereElse) {
  Remove(kClusterRole, "events", "create");
  OperatorProcess& process = Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(Eventually([&] { return process.Logged("cannot write an event"); }));
  EXPECT_TRUE(Events().empty());
}

TEST_F(Rights, ToPatchEventsIsMissedInTheLogAndNowhereElse) {
  Remove(kClusterRole, "events", "patch");
  OperatorProcess& process = Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  // What happens again is counted in the first event.
  PatchJob("orders", {{"spec", {{"desiredState", "Suspended"}}}});
  EXPECT_TRUE(Becomes("orders", "True", "Suspended"));
  PatchJob("orders", {{"spec", {{"desiredState", "Running"}}}});
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(Eventually([&] { return process.Logged("cannot write an event"); }));
  EXPECT_FALSE(Events().empty());
}

TEST_F(Rights, ToReadASecretIsMissedInTheDtsJobsThatNameIt) {
  GrantSecret();
  PutSecret("dts-credentials", DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  Remove(TenantRole(), "secrets", "get");
  Start();
  CreateJob("orders", {{"credentialsSecretRef", {{"name", "dts-credentials"}}}});
  CreateJob("stock");
  EXPECT_TRUE(Becomes("orders", "False", "CredentialsNotFound"));
  EXPECT_THAT(ReadyMessage("orders"), testing::HasSubstr("may not read"));
  EXPECT_TRUE(BecomesReady("stock"));
  GiveBack();
  EXPECT_TRUE(BecomesReady("orders", seconds(90)));
}

TEST_F(Rights, AreAllTestedAbove) {
  GrantSecret();
  std::set<std::string> granted;
  for (const std::string& path : {std::string(kClusterRole), std::string(kRole), TenantRole()}) {
    const Json role = Api().Get(path);
    for (const Json& rule : Member(role, "rules"))
      for (const Json& resource : rule["resources"])
        for (const Json& verb : rule["verbs"])
          granted.insert(StringOr(verb) + " " + StringOr(resource));
  }
  EXPECT_THAT(granted, testing::UnorderedElementsAre("list dtsjobs", "watch dtsjobs", "get dtsjobs",
                                                     "update dtsjobs/status", "create leases",
                                                     "get leases", "update leases", "create events",
                                                     "patch events", "get secrets"));
}

}  // namespace
}  // namespace dtsop
