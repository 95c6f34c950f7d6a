// Two operators, of which one acts, and the orderly end of one.
#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class Leadership : public OperatorTest {
 protected:
  // Waits until `identity` holds the Lease; how long that took.
  Duration UntilHeldBy(const std::string& identity, Duration limit) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(Eventually([&] { return HolderOfLease() == identity; }, limit))
        << "held by " << HolderOfLease();
    return std::chrono::steady_clock::now() - began;
  }
  static double InSeconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
  }
};

TEST_F(Leadership, BelongsToOneOfTwoOperators) {
  OperatorProcess& one = Start();
  UntilHeldBy("one", seconds(30));
  OperatorProcess& two = Start({"--identity=two"});
  EXPECT_TRUE(Eventually([&] { return two.Probe("/readyz") == 200; }));
  for (int i = 0; i < 5; ++i) CreateJob(fmt::format("job-{}", i));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(BecomesReady(fmt::format("job-{}", i)));
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 5U);
  EXPECT_EQ(one.Metric("leader_election_master_status{name=\"dts-operator\"}"), 1);
  EXPECT_EQ(two.Metric("leader_election_master_status{name=\"dts-operator\"}"), 0);
  EXPECT_EQ(two.Metric("dts_api_calls_total{action=\"DescribeDtsJobDetail\",outcome=\"Success\"}"),
            0);
  EXPECT_EQ(HolderOfLease(), "one");
}

TEST_F(Leadership, IsTakenOverWithinThreeSecondsAfterACleanEnd) {
  OperatorProcess& one = Start();
  UntilHeldBy("one", seconds(30));
  OperatorProcess& two = Start({"--identity=two"});
  EXPECT_TRUE(Eventually([&] { return two.Probe("/readyz") == 200; }));
  one.Terminate();
  const Duration took = UntilHeldBy("two", seconds(10));
  RecordProperty("seconds_to_take_over_after_clean_end", fmt::format("{:.1f}", InSeconds(took)));
  fmt::print("taken over {:.1f} s after SIGTERM\n", InSeconds(took));
  EXPECT_LE(took, seconds(3));
  EXPECT_EQ(one.Wait(seconds(5)), 0);
}

TEST_F(Leadership, IsTakenOverFromAKilledLeaderWhenItsLeaseHasRunOut) {
  OperatorProcess& one = Start();
  UntilHeldBy("one", seconds(30));
  OperatorProcess& two = Start({"--identity=two"});
  EXPECT_TRUE(Eventually([&] { return two.Probe("/readyz") == 200; }));
  one.Kill();
  CreateJob("orders");
  const Duration took = UntilHeldBy("two", seconds(30));
  RecordProperty("seconds_to_take_over_after_kill", fmt::format("{:.1f}", InSeconds(took)));
  fmt::print("taken over {:.1f} s after SIGKILL\n", InSeconds(took));
  EXPECT_GE(took, seconds(10));
  EXPECT_LE(took, seconds(18));
  EXPECT_TRUE(BecomesReady("orders"));
}

TEST_F(Leadership, AFrozenLeaderStepsDownWhenItThaws) {
  OperatorProcess& one = Start(kShortLease);
  UntilHeldBy("one", seconds(30));
  std::vector<std::string> flags = kShortLease;
  flags.emplace_back("--identity=two");
  OperatorProcess& two = Start(flags);
  EXPECT_TRUE(Eventually([&] { return two.Probe("/readyz") == 200; }));
  one.Pause();
  // What the frozen one finds in its watch when it thaws: jobs that it would have started.
  dts().AddFault({{"action", "StartDtsJob"},
                  {"count", 0},
                  {"effect", "error"},
                  {"error", {{"code", "ServiceUnavailable"}}}});
  for (int i = 0; i < 5; ++i) CreateJob(fmt::format("job-{}", i));
  UntilHeldBy("two", seconds(20));
  one.Continue();
  EXPECT_TRUE(Eventually([&] { return one.Logged("no longer leading"); }));
  dts().Control("DELETE", "/faults");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(BecomesReady(fmt::format("job-{}", i)));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(dts().StartsOf(fmt::format("job-{}", i)), 1);
  EXPECT_EQ(one.Log().find("calling StartDtsJob"), std::string::npos);
  EXPECT_EQ(HolderOfLease(), "two");
}

TEST_F(Leadership, EndsWithTheProcessWithinTwoSecondsOfSigterm) {
  OperatorProcess& one = Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(one.Stop(), 0);
  EXPECT_LE(std::chrono::steady_clock::now() - began, seconds(2));
  const Json lease = Api().Get(LeasePath());
  EXPECT_EQ(StringOr(Member(lease, "spec", "holderIdentity")), "");
  EXPECT_EQ(StringOr(Member(lease, "metadata", "annotations", "dts.aliyun.com/starts-in-flight")),
            "[]");
  EXPECT_THAT(one.Log(), HasSubstr("stopped"));
}

TEST_F(Leadership, EndsInTimeAlsoWhenTheApiServerIsSilent) {
  TcpProxy network(Api().port());
  OperatorProcess& one = StartWith(OperatorKubeconfig(network.port()));
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  network.SetMode(TcpProxy::Mode::kBlackhole);
  // A pod is killed 30 s after its SIGTERM.
  EXPECT_EQ(one.Stop(seconds(28)), 0);
}

TEST_F(Leadership, ShowsInProbesAndMetrics) {
  OperatorProcess& one = Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  std::string body;
  EXPECT_EQ(one.Probe("/healthz", &body), 200);
  EXPECT_EQ(body, "ok\n");
  EXPECT_EQ(one.Probe("/readyz", &body), 200);
  EXPECT_EQ(body, "ok\n");
  EXPECT_EQ(one.Probe("/else"), 404);
  EXPECT_EQ(one.Metric("leader_election_master_status{name=\"dts-operator\"}"), 1);
  EXPECT_EQ(one.Metric("dts_api_calls_total{action=\"StartDtsJob\",outcome=\"Success\"}"), 1);
  EXPECT_TRUE(Eventually([&] { return one.Metric("dts_jobs{ready=\"True\"}") == 1; }));
  EXPECT_EQ(one.Metric("dts_starts_in_flight"), 0);
  one.Probe("/metrics", &body);
  for (const char* name : {"controller_runtime_reconcile_total",
                           "dts_api_call_duration_seconds_bucket", "workqueue_depth"}) {
    EXPECT_THAT(body, HasSubstr(name));
  }
}

}  // namespace
}  // namespace dtsop
