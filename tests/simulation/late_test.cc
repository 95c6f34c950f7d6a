// DTS accepts a start and shows it 6 s later. Meanwhile people do not wait, and the operator may
// crash: the job is started once all the same.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/simulation/liveness.h"
#include "tests/simulation/sim_world.h"
#include "tests/simulation/swarm.h"

namespace dtsop::sim {
namespace {

using ::testing::IsEmpty;

constexpr char kLateJob[] = "l3m1213ye7l1234";

class LateStart : public testing::Test {
 protected:
  // Starts the job; `meanwhile` happens while that does not show, and the process is killed so long
  // after the call was sent, if at all.
  template <class Meanwhile>
  void Run(std::optional<Duration> killed_after, const Meanwhile& meanwhile) {
    WorldOptions options;
    options.behaviour.lags["StartDtsJob"].visible_after = seconds(6);
    SimWorld world(options);
    simulator::JobConfig config;
    config.job_id = kLateJob;
    world.AddDtsJob(config);
    world.CreateDtsJob(kLateJob);
    SimProcess& first = world.AddOperator("pod-a");
    first.Start();
    while (world.checker().starts_sent() == 0) world.Run(milliseconds(1));
    if (killed_after) {
      world.Run(*killed_after);
      first.Kill();
    }
    world.Run(milliseconds(300));
    meanwhile(world);
    if (killed_after) world.Restart(first).Start();
    world.Run(minutes(5));
    const std::string what =
        killed_after ? fmt::format("killed after {}", FormatDuration(*killed_after)) : "not killed";
    // A call that dies with its process may not arrive, and may be made again.
    const simulator::Job& job = *world.dts().FindJob(kLateJob, world.clock().wall());
    EXPECT_EQ(job.starts_effective, 1U) << what;
    EXPECT_EQ(job.starts_accepted, 1U) << what;
    EXPECT_THAT(world.checker().failures(), IsEmpty()) << what;
    EXPECT_THAT(Unsettled(world, {}), IsEmpty()) << what;
  }
  // Without a crash, and with one before the answer, before and after it is written down, and
  // later.
  template <class Meanwhile>
  void RunWithAndWithoutCrash(const Meanwhile& meanwhile) {
    Run(std::nullopt, meanwhile);
    for (const int64_t ms : {1, 50, 100, 200, 1'000, 2'500}) Run(milliseconds(ms), meanwhile);
  }
  static void Wish(SimWorld& world, const char* desired) {
    world.PatchDtsJob(kLateJob, {{"spec", {{"desiredState", desired}}}});
  }
};

TEST_F(LateStart, IsNotRepeatedWhenTheWishFlips) {
  RunWithAndWithoutCrash([](SimWorld& world) {
    Wish(world, "Suspended");
    world.Run(seconds(1));
    Wish(world, "Running");
  });
}

TEST_F(LateStart, IsNotRepeatedWhenTheDtsJobIsCreatedAgain) {
  RunWithAndWithoutCrash([](SimWorld& world) {
    world.DeleteDtsJob(kLateJob);
    world.Run(seconds(1));
    world.CreateDtsJob(kLateJob);
  });
}

TEST_F(LateStart, IsNotRepeatedByATwin) {
  RunWithAndWithoutCrash([](SimWorld& world) {
    world.CreateDtsJob("twin", {{"dtsJobId", kLateJob}});
    world.Run(seconds(1));
    world.DeleteDtsJob(kLateJob);
  });
}

struct Seed {
  uint64_t seed;
  SwarmOptions options;
  const char* what;
};

TEST(Seeds, ThatFailedOnceKeepEveryPromise) {
  const SwarmOptions plain;
  const SwarmOptions late{.late = true};
  const SwarmOptions late_tenants{.late = true, .tenants = true};
  const Seed kSeeds[] = {
      {539, late, "of two Suspends, the first unanswered, the first shows: the second is to come"},
      {644, late, "a Stop of a failed job was called done, and the next process knew of no call"},
      {14, late, "what shows after a takeover may be the first of two Suspends"},
      {585, plain, "a job at rest was in transition anew after a takeover, for an old start"},
      {204, late_tenants, "a look that failed after a Stop hid the Stop from the next process"},
      {182, late_tenants, "one that lost its credentials kept a start that it had announced"},
      {876, plain, "a start that was over was inherited from a Lease that could not be written"},
  };
  for (const Seed& kept : kSeeds) {
    EXPECT_THAT(RunSwarm(kept.seed, kept.options).failures, IsEmpty())
        << "seed " << kept.seed << ": " << kept.what;
  }
}

}  // namespace
}  // namespace dtsop::sim
