// Two installations, each with a leader's Lease of its own, that watch the same DtsJobs.
#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

constexpr int kJobs = 49;

class Installations : public OperatorTest {
 protected:
  // With rights of its own, as a release in another namespace has.
  OperatorProcess& StartSecond() {
    return StartWith(Envtest::Get().kubeconfig(),
                     {"--identity=two", "--leader-election-namespace=" + space()});
  }
  std::string Manager() {
    return StringOr(Member(Api().Get(NamespaceLeasePath()), "spec", "holderIdentity"));
  }
};

// Review: 41 of 49 jobs were started twice.
TEST_F(Installations, StartEachJobOnceAndTheJobsCanBeMoved) {
  dts().Control("PATCH", "/behaviour", {{"lags", {{"StartDtsJob", {{"visibleAfter", "3s"}}}}}});
  OperatorProcess& one = Start();
  OperatorProcess& two = StartSecond();
  for (int i = 0; i < kJobs; ++i) CreateJob(fmt::format("job-{}", i));
  for (int i = 0; i < kJobs; ++i) EXPECT_TRUE(BecomesReady(fmt::format("job-{}", i)));
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), size_t{kJobs});
  const bool first = Manager() == "dts-system/dts-operator";
  EXPECT_TRUE(first || Manager() == space() + "/dts-operator") << Manager();
  OperatorProcess& manages = first ? one : two;
  OperatorProcess& waits = first ? two : one;
  EXPECT_TRUE(
      Eventually([&] { return waits.Metric("dts_namespaces{managed=\"elsewhere\"}") == 1; }));
  EXPECT_TRUE(waits.Logged("another installation manages the DtsJobs of a namespace"));
  EXPECT_EQ(manages.Metric("dts_namespaces{managed=\"here\"}"), 1);

  EXPECT_EQ(manages.Stop(), 0);
  Api().Must("DELETE", NamespaceLeasePath());
  EXPECT_TRUE(Eventually([&] { return waits.Metric("dts_namespaces{managed=\"here\"}") == 1; },
                         seconds(40)));
  PatchJob("job-0", {{"spec", {{"desiredState", "Suspended"}}}});
  EXPECT_TRUE(Becomes("job-0", "True", "Suspended"));
  CreateJob("more");
  EXPECT_TRUE(Becomes("more", "False", "StartOutcomePending"));
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), size_t{kJobs});
}

}  // namespace
}  // namespace dtsop
