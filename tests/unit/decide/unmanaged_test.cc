// desiredState: Unmanaged: everything is told, nothing is done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr DesiredState kUnmanaged = DesiredState::kUnmanaged;

TEST(Unmanaged, EachStateIsToldOfAndNothingIsDone) {
  const struct {
    const char* word;
    const char* conditions;
  } kRows[] = {
      {"NotStarted", "Unmanaged: Ready=True Synced=True"},
      {"Prechecking", "Unmanaged: Ready=True Synced=True"},
      {"Initializing", "Unmanaged: Ready=True Synced=True"},
      {"Synchronizing", "Unmanaged: Ready=True Synced=True"},
      {"Retrying", "TaskRetrying: Ready=True Synced=True"},
      {"Suspending", "Unmanaged: Ready=True Synced=True"},
      {"Stopped", "Unmanaged: Ready=True Synced=True"},
      {"Finished", "Finished: Ready=True Synced=True"},
      {"Failed", "TaskFailed: Ready=False Stalled=True Synced=True"},
      {"PrecheckFailed", "PrecheckFailed: Ready=False Stalled=True Synced=True"},
      {"NotConfigured", "NotConfigured: Ready=False Stalled=True Synced=False"},
      {"Locked", "BillingLocked: Ready=False Stalled=True Synced=False"},
      {"Hibernating", "UnknownJobStatus: Ready=Unknown"},
  };
  for (const auto& row : kRows) {
    const Decision d = Scene(kUnmanaged).Seen(row.word).Decide();
    EXPECT_EQ(ConditionsOf(d.status), row.conditions) << row.word;
    EXPECT_EQ(d.status.job_status, row.word);
    EXPECT_THAT(EffectsOf(d), IsEmpty()) << row.word;
    EXPECT_FALSE(d.status.start) << row.word;
  }
}

TEST(Unmanaged, TheTasksErrorIsToldOf) {
  const Decision d = Scene(kUnmanaged).Seen("Failed", seconds(1), "DTS-1: disk full").Decide();
  ASSERT_TRUE(d.status.last_error);
  EXPECT_EQ(d.status.last_error->err_code, "DTS-1");
  EXPECT_THAT(MessageOf(d), HasSubstr("disk full"));
}

// Whoever adopts a fleet reads what each job would meet.
TEST(Unmanaged, SaysWhatRunningWouldDo) {
  EXPECT_THAT(MessageOf(Scene(kUnmanaged).Seen("Suspending").Decide()),
              HasSubstr("Running would start it"));
  EXPECT_EQ(MessageOf(Scene(kUnmanaged).Seen("Synchronizing").Decide()),
            "DTS reports Synchronizing. Nothing is done to the job, since desiredState is "
            "Unmanaged.");
}

TEST(Unmanaged, IsObservedAtItsInterval) {
  Scene scene(kUnmanaged);
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("Observe"));
  EXPECT_THAT(EffectsOf(scene.Seen("Synchronizing", seconds(70)).Decide()), ElementsAre("Observe"));
}

// Running is a wish whatever was seen before: it starts the job that somebody has paused, once.
TEST(Unmanaged, ThenRunningStartsAPausedJobOnce) {
  Scene scene = Scene(kUnmanaged).Seen("Suspending").Settled();
  scene.job.spec.desired_state = DesiredState::kRunning;
  const Decision d = scene.Decide();
  EXPECT_THAT(EffectsOf(scene.Apply(d).Decide()), ElementsAre("AnnounceStart"));
  scene.Recorded(start_outcome::kSucceeded);
  EXPECT_THAT(ConditionsOf(scene.Decide().status), HasSubstr("ExternalChange"));
  EXPECT_THAT(EffectsOf(scene.Decide()), IsEmpty());
}

TEST(Unmanaged, ThenSuspendedLeavesAPausedJobAlone) {
  Scene scene = Scene(kUnmanaged).Seen("Suspending").Settled();
  scene.job.spec.desired_state = DesiredState::kSuspended;
  EXPECT_EQ(ConditionsOf(scene.Decide().status), "Suspended: Ready=True Synced=True");
  EXPECT_THAT(EffectsOf(scene.Decide()), IsEmpty());
}

// A stretch of Running that was left is over: the next one is another wish.
TEST(Unmanaged, EndsTheEpisode) {
  Scene scene = Scene().Seen("Suspending").Recorded(start_outcome::kSucceeded);
  const std::string key = scene.Key();
  scene.job.spec.desired_state = kUnmanaged;
  scene.Settled();
  ASSERT_TRUE(scene.job.status.start);
  EXPECT_EQ(scene.job.status.start->key, "");
  EXPECT_NE(scene.Key(), key);
}

TEST(Unmanaged, AnAnnouncedStartIsNotCalled) {
  Scene scene = Scene(kUnmanaged).Seen("NotStarted").Phase(StartPhase::kAnnounced);
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ForgetStart"));
}

// What was called before may still act; until then nothing is said of the job.
TEST(Unmanaged, WaitsUntilAnEarlierCallShows) {
  for (const LegEffect::Kind kind :
       {LegEffect::Kind::kStart, LegEffect::Kind::kSuspend, LegEffect::Kind::kStop}) {
    Scene scene = Scene(kUnmanaged).Seen("Synchronizing").Called(kind, seconds(5), "Synchronizing");
    const Decision d = scene.Decide();
    EXPECT_THAT(ConditionsOf(d.status), HasSubstr("Ready=False Reconciling=True"));
  }
}

}  // namespace
}  // namespace dtsop
