// The watch: silent, outdated, and full of somebody else's changes.
#include <atomic>
#include <thread>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

class Watching : public OperatorTest {};

TEST_F(Watching, NoticesANewJobWithinTwentySecondsAfterItsConnectionHasSilentlyDied) {
  TcpProxy network(Api().port());
  OperatorProcess& process = StartWith(OperatorKubeconfig(network.port()));
  CreateJob("before");
  EXPECT_TRUE(BecomesReady("before"));
  network.FreezeOpenConnections();
  const auto began = std::chrono::steady_clock::now();
  CreateJob("orders");
  EXPECT_TRUE(Eventually(
      [&] { return !dts().Calls("StartDtsJob").empty() && dts().StartsOf("orders") == 1; },
      seconds(40)));
  const auto took = std::chrono::steady_clock::now() - began;
  fmt::print("noticed and started after {:.1f} s\n", std::chrono::duration<double>(took).count());
  EXPECT_LE(took, seconds(20));
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(process.Alive());
}

TEST_F(Watching, SurvivesASlowNetworkThatDropsConnections) {
  TcpProxy network(Api().port());
  network.SetDelay(milliseconds(50), milliseconds(150));
  Start();
  StartWith(OperatorKubeconfig(network.port()), {"--identity=two"});
  for (int i = 0; i < 10; ++i) {
    CreateJob(fmt::format("job-{}", i));
    i % 2 == 0 ? network.ResetOpenConnections() : network.CloseOpenConnections();
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(BecomesReady(fmt::format("job-{}", i)));
    EXPECT_EQ(dts().StartsOf(fmt::format("job-{}", i)), 1);
  }
}

TEST_F(Watching, RecordsTheStartWhileSomebodyChangesTheDtsJobTwentyTimesASecond) {
  Start();
  CreateJob("orders");
  std::atomic<bool> done{false};
  std::atomic<int> changes{0};
  std::thread writer([&] {
    KubeApi api(Envtest::Get().kubeconfig());
    while (!done) {
      api.Call("PATCH", JobPath("orders"),
               {{"metadata", {{"annotations", {{"example.com/n", std::to_string(++changes)}}}}}});
      std::this_thread::sleep_for(milliseconds(40));
    }
  });
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(Eventually(
      [&] { return Member(GetJob("orders"), "status", "start", "outcome") == "Succeeded"; }));
  done = true;
  writer.join();
  EXPECT_GE(changes, 10);
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 1U);
}

}  // namespace
}  // namespace dtsop
