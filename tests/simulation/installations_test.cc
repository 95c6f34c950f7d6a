// Two installations of the operator, whose leaders know nothing of each other's Lease, over the
// same DtsJobs and a DTS that shows a start 6 s late: one of them acts.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lease/namespace_leases.h"
#include "tests/simulation/liveness.h"
#include "tests/simulation/sim_world.h"

namespace dtsop::sim {
namespace {

using ::testing::IsEmpty;

constexpr int kInstalledJobs = 20;

class Installations : public testing::Test {
 protected:
  Installations() : world_(LateWorld()) {
    for (int i = 0; i < kInstalledJobs; ++i) {
      simulator::JobConfig config;
      config.job_id = Id(i);
      world_.AddDtsJob(config);
    }
  }
  static WorldOptions LateWorld() {
    WorldOptions options;
    options.behaviour.lags["StartDtsJob"].visible_after = seconds(6);
    return options;
  }
  static std::string Id(int i) { return fmt::format("job{}", i); }

  void CreateAll() {
    for (int i = 0; i < kInstalledJobs; ++i) world_.CreateDtsJob(Id(i));
  }
  SimProcess& First() { return world_.AddOperator("pod-a"); }
  SimProcess& Second() { return world_.AddOperator("pod-b", {}, "rival"); }

  std::string Manager() {
    for (const Json& lease : world_.kubernetes().All("leases")) {
      if (Member(lease, "metadata", "name") == Json(kNamespaceLease)) return HolderOf(lease);
    }
    return "";
  }
  void DeleteLease() {
    world_.kubernetes().DeleteLease("shop", kNamespaceLease, world_.clock().wall());
  }
  // Of accepted calls, not only of those with an effect.
  void ExpectEachStartedOnce() {
    for (int i = 0; i < kInstalledJobs; ++i) {
      const simulator::Job& job = *world_.dts().FindJob(Id(i), world_.clock().wall());
      EXPECT_EQ(job.starts_accepted, 1U) << Id(i);
    }
    EXPECT_THAT(world_.checker().failures(), IsEmpty());
    EXPECT_THAT(Unsettled(world_, {}), IsEmpty());
  }

  SimWorld world_;
};

TEST_F(Installations, StartEachJobOnceBetweenThem) {
  First().Start();
  Second().Start();
  CreateAll();
  world_.Run(minutes(20));
  ExpectEachStartedOnce();
}

TEST_F(Installations, TheSecondTakesOverFiveMinutesAfterTheFirstHasEnded) {
  SimProcess& first = First();
  first.Start();
  CreateAll();
  world_.Run(seconds(3));
  ASSERT_GT(world_.checker().starts_sent(), 0U);
  first.Kill();
  Second().Start();
  world_.Run(minutes(4));
  EXPECT_EQ(Manager(), "dts-system/dts-operator");
  world_.Run(minutes(6));
  EXPECT_EQ(Manager(), "dts-system/rival");
  ExpectEachStartedOnce();
}

// At moments of a start that shows only after the second has taken the Lease; with the first going
// on, and with the first dying before it can write down what it did.
TEST_F(Installations, ALeaseThatIsDeletedUnderTheFirstStartsNothingTwice) {
  for (const int64_t ms : {0, 1, 5, 20, 50, 100, 300, 1'000}) {
    for (const bool dies : {false, true}) {
      SCOPED_TRACE(fmt::format("{} ms, dies: {}", ms, dies));
      WorldOptions options;
      options.behaviour.lags["StartDtsJob"].visible_after = seconds(45);
      SimWorld world(options);
      simulator::JobConfig config;
      config.job_id = Id(0);
      world.AddDtsJob(config);
      // It has been looked at before.
      world.CreateDtsJob(Id(0), {{"desiredState", "Suspended"}});
      SimProcess& first = world.AddOperator("pod-a");
      first.Start();
      world.AddOperator("pod-b", {}, "rival").Start();
      world.Run(minutes(2));
      world.PatchDtsJob(Id(0), {{"spec", {{"desiredState", "Running"}}}});
      while (world.checker().starts_sent() == 0) world.Run(milliseconds(1));
      world.Run(milliseconds(ms));
      if (dies) first.Kill();
      world.kubernetes().DeleteLease("shop", kNamespaceLease, world.clock().wall());
      world.Run(minutes(5));
      EXPECT_LE(world.dts().FindJob(Id(0), world.clock().wall())->starts_effective, 1U);
      EXPECT_THAT(world.checker().failures(), IsEmpty());
      EXPECT_THAT(Unsettled(world, {}), IsEmpty());
    }
  }
}

// What docs/install.md says: install the other, end the old one, delete the Lease.
TEST_F(Installations, MovingFromOneToTheOtherLosesNothing) {
  SimProcess& first = First();
  first.Start();
  CreateAll();
  world_.Run(minutes(1));
  Second().Start();
  world_.Run(minutes(1));
  first.Stop();
  world_.Run(seconds(30));
  EXPECT_FALSE(first.alive());
  DeleteLease();
  world_.Run(seconds(31));
  EXPECT_EQ(Manager(), "dts-system/rival");
  world_.PatchDtsJob(Id(0), {{"spec", {{"desiredState", "Suspended"}}}});
  world_.Run(minutes(2));
  ExpectEachStartedOnce();
}

// A frozen process of the first finds out that its time is over before it calls.
TEST_F(Installations, AFirstThatThawsAfterTheSecondTookOverDoesNothing) {
  SimProcess& first = First();
  first.Start();
  world_.CreateDtsJob(Id(0));
  world_.Run(milliseconds(30));
  first.Pause();
  Second().Start();
  for (int i = 1; i < kInstalledJobs; ++i) world_.CreateDtsJob(Id(i));
  world_.Run(minutes(8));
  EXPECT_EQ(Manager(), "dts-system/rival");
  first.Resume();
  world_.Run(minutes(5));
  EXPECT_EQ(Manager(), "dts-system/rival");
  ExpectEachStartedOnce();
}

TEST_F(Installations, ANamespaceWithoutDtsJobsCostsNothing) {
  First().Start();
  world_.Run(minutes(5));
  EXPECT_EQ(Manager(), "");
}

}  // namespace
}  // namespace dtsop::sim
