// The operator ends at any moment, and no job is started twice.
#include <signal.h>

#include <map>
#include <random>
#include <thread>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

constexpr int kRestartJobs = 60;
constexpr int kRestarts = 20;
// A start that was announced, and of which nobody knows whether it was called, is settled 70 s
// after the last restart; then come 60 jobs at 5 starts per second.
constexpr Duration kSettleWithin = seconds(180);

class Restarts : public OperatorTest {
 protected:
  static std::string NameOf(int i) { return fmt::format("job-{}", i); }

  void CreateJobs() {
    for (int i = 0; i < kRestartJobs; ++i) CreateJob(NameOf(i));
  }

  // Ends and starts the operator at random moments, with SIGTERM and SIGKILL by turns. All
  // have one identity, as the restarted container of a pod has.
  void RestartOften(std::mt19937* random, const std::vector<std::string>& flags) {
    OperatorProcess* process = &Start(flags);
    for (int i = 0; i < kRestarts; ++i) {
      std::this_thread::sleep_for(milliseconds((*random)() % 1500));
      if (i % 2 == 0) {
        // SIGTERM may come before the program listens to it.
        EXPECT_THAT(process->Stop(), testing::AnyOf(0, 128 + SIGTERM));
      } else {
        process->Kill();
      }
      process = &Start(flags);
    }
  }

  void ExpectAllReadyAndStartedOnce() {
    const auto not_ready = [this] {
      std::vector<std::string> names;
      const Json list = Api().Get(JobPath());
      for (const Json& job : Member(list, "items")) {
        const Json& conditions = Member(job, "status", "conditions");
        const bool ready = std::any_of(conditions.begin(), conditions.end(), [](const Json& c) {
          return Member(c, "type") == "Ready" && Member(c, "status") == "True";
        });
        if (!ready) names.push_back(StringOr(Member(job, "metadata", "name")));
      }
      return names;
    };
    EXPECT_TRUE(Eventually([&] { return not_ready().empty(); }, kSettleWithin));
    EXPECT_THAT(not_ready(), testing::IsEmpty());
    // The call that started the job is the only one that ever reached it: a second one, which this
    // DTS refuses, might resume or restart the job elsewhere.
    std::map<std::string, int> calls;
    for (const Json& call : dts().Calls("StartDtsJob")) {
      if (Member(call, "verdict") != "Throttling.User") ++calls[StringOr(Member(call, "jobId"))];
    }
    for (int i = 0; i < kRestartJobs; ++i) {
      EXPECT_EQ(dts().StartsOf(NameOf(i)), 1) << NameOf(i);
      EXPECT_EQ(calls[NameOf(i)], 1) << NameOf(i);
    }
  }
};

TEST_F(Restarts, NeverStartAJobTwiceAlthoughCallsArriveLate) {
  std::mt19937 random(20201);
  // A call may arrive after the process that made it has ended, and after its successor has asked
  // for the job's state.
  TcpProxy network(dts().port());
  network.SetDelay(Duration{0}, milliseconds(1500));
  CreateJobs();
  RestartOften(&random, {fmt::format("--dts-endpoint=http://127.0.0.1:{}", network.port())});
  ExpectAllReadyAndStartedOnce();
}

TEST_F(Restarts, NeverStartAJobTwiceWhenThreeOfTenRepliesAreLost) {
  std::mt19937 random(20202);
  dts().AddFault({{"count", 0}, {"percent", 15}, {"effect", "lostReply"}});
  dts().AddFault({{"count", 0}, {"percent", 18}, {"effect", "resetAfter"}});
  CreateJobs();
  RestartOften(&random, {});
  ExpectAllReadyAndStartedOnce();
}

}  // namespace
}  // namespace dtsop
