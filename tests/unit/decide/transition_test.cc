// Between a call and the moment at which DTS shows what it did.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = LegEffect::Kind;

LegEffect Effect(Kind kind, std::string before) {
  return {kind, std::move(before), MonoTime(seconds(100)), std::nullopt, std::nullopt};
}

TEST(Shows, AStartByAJobThatRunsOrIsOnItsWayOrHasChanged) {
  const LegEffect start = Effect(Kind::kStart, "NotStarted");
  for (const char* word : {"Synchronizing", "Prechecking", "PrecheckFailed", "Initializing"}) {
    EXPECT_TRUE(Shows(start, word)) << word;
  }
  for (const char* word : {"NotStarted", "Hibernating", ""}) EXPECT_FALSE(Shows(start, word));
  EXPECT_FALSE(Shows(Effect(Kind::kStart, ""), "Failed")) << "it may have been so before";
}

TEST(Shows, ASuspendByAJobThatRestsAndHasNotFailed) {
  for (const Kind kind : {Kind::kSuspend, Kind::kStop}) {
    const LegEffect effect = Effect(kind, "Synchronizing");
    for (const char* word : {"Suspending", "Stopped", "Finished"}) {
      EXPECT_TRUE(Shows(effect, word)) << word;
    }
    // A job that fails meanwhile may still be paused.
    for (const char* word : {"Synchronizing", "Stopping", "Failed", "Hibernating"}) {
      EXPECT_FALSE(Shows(effect, word)) << word;
    }
    EXPECT_TRUE(Shows(Effect(kind, ""), "Suspending"));
  }
  EXPECT_FALSE(Shows(Effect(Kind::kStop, "Suspending"), "Suspending"));
}

TEST(LegEffect, IsTrueFromWhenItWasSeenOrItsTimeIsOver) {
  LegEffect effect = Effect(Kind::kStart, "NotStarted");
  EXPECT_EQ(effect.TrueFrom(), kNever);
  effect.seen_at = MonoTime(seconds(105));
  EXPECT_EQ(effect.TrueFrom(), kNever) << "its end is still to come";
  EXPECT_FALSE(effect.IsOver(MonoTime(hours(1))));
  effect.clear_from = MonoTime(seconds(160));
  EXPECT_EQ(effect.TrueFrom(), MonoTime(seconds(105)));
  EXPECT_TRUE(effect.IsOver(MonoTime(seconds(106))));
  effect.seen_at.reset();
  EXPECT_EQ(effect.TrueFrom(), MonoTime(seconds(160)));
  EXPECT_FALSE(effect.IsOver(MonoTime(seconds(159))));
  EXPECT_TRUE(effect.IsOver(MonoTime(seconds(160))));
}

// Another DtsJob's start, or that of an earlier wish.
TEST(Transition, NothingIsStartedBeforeAStartShowsOrItsTimeIsOver) {
  for (const Duration ago : {seconds(2), seconds(59)}) {
    Scene scene = Scene().Seen("NotStarted", seconds(1)).Called(Kind::kStart, ago, "NotStarted");
    const Decision d = scene.Decide();
    EXPECT_THAT(EffectsOf(d), Not(Contains("AnnounceStart")));
    EXPECT_EQ(ConditionsOf(d.status),
              "StartOutcomePending: Ready=False Reconciling=True Synced=False");
    EXPECT_LE(d.requeue_after, seconds(10));
  }
  // Its time is over, and only what is asked from then on counts.
  Scene scene =
      Scene().Seen("NotStarted", seconds(5)).Called(Kind::kStart, seconds(62), "NotStarted");
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("Observe"));
  scene.Seen("NotStarted", seconds(1));
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("AnnounceStart"));
}

TEST(Transition, AnAnnouncedStartIsDropped) {
  Scene scene = Scene().Seen("NotStarted").Phase(StartPhase::kAnnounced);
  scene.Called(Kind::kStart, seconds(2), "NotStarted");
  EXPECT_THAT(EffectsOf(scene.Decide()), Contains("ForgetStart"));
  EXPECT_THAT(EffectsOf(scene.Decide()), Not(Contains("CallStart")));
}

TEST(Transition, ASuspendedWishIsNotReadyBeforeTheStartShows) {
  for (const DesiredState desired : {DesiredState::kSuspended, DesiredState::kStopped}) {
    Scene scene(desired);
    scene.Recorded(start_outcome::kSucceeded, 1, seconds(2)).Seen("NotStarted");
    scene.Called(Kind::kStart, seconds(2), "NotStarted");
    const Decision d = scene.Decide();
    EXPECT_EQ(ConditionsOf(d.status),
              "StartOutcomePending: Ready=False Reconciling=True Synced=False");
    EXPECT_EQ(d.status.start, scene.job.status.start) << "the episode has not ended";
    scene.Seen("Synchronizing");
    scene.s.leg_effect->seen_at = scene.s.observation->at;
    EXPECT_NE(scene.Decide().status.start, scene.job.status.start);
  }
}

TEST(Transition, ARunningWishIsNotReadyBeforeASuspendShows) {
  for (const Kind kind : {Kind::kSuspend, Kind::kStop}) {
    Scene scene = Scene().Seen("Synchronizing").Called(kind, seconds(2), "Synchronizing");
    const Decision d = scene.Decide();
    EXPECT_EQ(ConditionsOf(d.status), "Stopping: Ready=False Reconciling=True Synced=False");
    EXPECT_FALSE(d.status.start) << "nothing is adopted";
    EXPECT_THAT(d.effects, IsEmpty());
  }
}

TEST(Transition, TheWishThatItIsOfWaitsInItsOwnWords) {
  Scene start = Scene().Recorded(start_outcome::kSucceeded, 1, seconds(2)).Seen("NotStarted");
  start.Called(Kind::kStart, seconds(2), "NotStarted");
  EXPECT_EQ(ConditionsOf(start.Decide().status),
            "Starting: Ready=False Reconciling=True Synced=True");
  Scene suspend = Scene(DesiredState::kSuspended).Seen("Synchronizing");
  suspend.Called(Kind::kSuspend, seconds(2), "Synchronizing");
  suspend.Accepted(DesiredState::kSuspended, seconds(2));
  EXPECT_THAT(MessageOf(suspend.Decide()), testing::HasSubstr("DTS accepted SuspendDtsJob"));
}

// A next process knows of the call from the status alone.
TEST(Transition, TheStatusGoesOnTellingOfAStopUntilItsEffectCanNotComeAnyMore) {
  Scene scene = Scene(DesiredState::kStopped).Seen("Synchronizing");
  scene.Apply(scene.Decide());
  ASSERT_EQ(ConditionsOf(scene.job.status), "Stopping: Ready=False Reconciling=True Synced=False");
  // The wish goes back to Running, and looks fail or the credentials are gone.
  scene.job.spec.desired_state = DesiredState::kRunning;
  ++scene.job.generation;
  scene.Called(Kind::kStop, seconds(2), "Synchronizing");
  scene.s.observe_after = scene.now.mono;
  scene.ObserveFailed(ErrorClass::kTransient, "Client.ConnectionLost");
  Decision d = scene.Decide();
  EXPECT_EQ(d.status.conditions, scene.job.status.conditions);
  EXPECT_TRUE(d.status.last_error) << "which is told all the same";
  scene.s.keys = Snapshot::Keys::kUnusable;
  d = scene.Decide();
  EXPECT_EQ(d.status.conditions, scene.job.status.conditions);
  EXPECT_LE(d.requeue_after, kShowsWithin);
  scene.now.mono += kShowsWithin;
  EXPECT_EQ(ConditionsOf(scene.Decide().status),
            "CredentialsNotFound: Ready=False Stalled=True Synced=False");
}

// An old view of a DtsJob whose twin has seen more.
TEST(Transition, WhatWasAskedBeforeTheEffectWasSeenIsNoGround) {
  Scene scene = Scene().Seen("NotStarted", seconds(3));
  scene.Called(Kind::kStart, seconds(8), "NotStarted");
  scene.s.leg_effect->seen_at = scene.now.mono - seconds(1);
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("Observe"));
}

// The Lease keeps an answered start until it shows: only so does the next leader know of it.
TEST(Transition, ARecordedStartIsForgottenOnceItShows) {
  Scene scene = Scene().Seen("NotStarted").Phase(StartPhase::kCalling);
  scene.Answered(start_outcome::kSucceeded).Called(Kind::kStart, seconds(2), "NotStarted");
  scene.job.status.start = scene.s.start_result->record;
  EXPECT_THAT(EffectsOf(scene.Decide()), Not(Contains("ForgetStart")));
  scene.s.leg_effect->seen_at = scene.now.mono - seconds(1);
  EXPECT_THAT(EffectsOf(scene.Decide()), Contains("ForgetStart"));
  scene.s.leg_effect->seen_at.reset();
  scene.now.mono += kShowsWithin;
  EXPECT_THAT(EffectsOf(scene.Decide()), Contains("ForgetStart"));
}

}  // namespace
}  // namespace dtsop
