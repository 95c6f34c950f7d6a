// A person asks for another start, by spec.restartToken or the annotation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Scene Asking(const char* word, std::string_view outcome = start_outcome::kSucceeded) {
  Scene scene = Scene().Seen(word).Recorded(outcome).Settled();
  scene.job.restart.token = "again";
  return scene;
}

// Each state of a job that was started, what the request makes of it.
TEST(Restart, AJobThatDoesNotRunIsStartedOnceMore) {
  for (const char* word : {"Failed", "PrecheckFailed", "Suspending", "Stopped", "NotStarted"}) {
    Scene scene = Asking(word);
    const std::string key = scene.Key();
    Decision d = scene.Decide();
    EXPECT_EQ(d.status.last_handled_restart.token, "again") << word;
    EXPECT_EQ(d.status.start->episode, 1) << word;
    EXPECT_FALSE(d.can_wait) << word;
    EXPECT_THAT(EffectsOf(d), Not(Contains("AnnounceStart"))) << "not durable yet: " << word;
    d = scene.Apply(d).Decide();
    EXPECT_THAT(EffectsOf(d), Contains("AnnounceStart")) << word;
    EXPECT_NE(d.start->key, key) << word;
    // The start is made, and the job is down again: the same value asks for nothing more.
    scene.Recorded(start_outcome::kSucceeded);
    d = scene.Decide();
    EXPECT_THAT(EffectsOf(d), Not(Contains("AnnounceStart"))) << word;
    EXPECT_EQ(d.status.start->episode, 1) << word;
  }
}

TEST(Restart, AJobThatRunsIsLeftAlone) {
  for (const char* word : {"Synchronizing", "Initializing", "Retrying"}) {
    Scene scene = Asking(word);
    const Decision d = scene.Decide();
    EXPECT_EQ(d.status.last_handled_restart.token, "again") << word;
    EXPECT_EQ(d.status.start, scene.job.status.start) << word;
    EXPECT_THAT(EffectsOf(d), IsEmpty()) << word;
  }
}

TEST(Restart, OfAJobOnItsWayWaitsUntilItIsThere) {
  const Decision d = Asking("Prechecking").Decide();
  EXPECT_EQ(d.status.last_handled_restart.token, "");
  EXPECT_EQ(d.status.start->episode, 0);
}

TEST(Restart, WaitsForAStartThatIsNotSettled) {
  for (const StartPhase phase : {StartPhase::kAnnouncing, StartPhase::kAnnounced,
                                 StartPhase::kCalling, StartPhase::kUncertain}) {
    Scene scene = Asking("Failed", start_outcome::kRejected);
    scene.Phase(phase);
    EXPECT_EQ(scene.Decide().status.start->episode, 0) << static_cast<int>(phase);
  }
}

TEST(Restart, ARequestThatCameWithTheDtsJobIsItsFirstStart) {
  Scene scene = Scene().Seen("NotStarted");
  scene.job.restart.token = "first";
  Decision d = scene.Decide();
  EXPECT_THAT(EffectsOf(d), Not(Contains("AnnounceStart"))) << "not durable yet";
  EXPECT_EQ(d.status.last_handled_restart.token, "first");
  d = scene.Apply(d).Decide();
  EXPECT_THAT(EffectsOf(d), Contains("AnnounceStart"));
  EXPECT_EQ(d.start->key, scene.Key());
}

TEST(Restart, TokenAndAnnotationAskEachForItself) {
  Scene scene = Asking("Failed");
  scene.Apply(scene.Decide());
  scene.Recorded(start_outcome::kSucceeded);
  scene.job.restart.requested_at = "1700000000";
  Decision d = scene.Decide();
  EXPECT_EQ(d.status.start->episode, 2);
  scene.Apply(d);
  scene.Recorded(start_outcome::kSucceeded);
  // To take them away asks for nothing, nor does one that comes back after the other has changed.
  scene.job.restart = {};
  EXPECT_EQ(scene.Decide().status.start->episode, 2);
  scene.job.restart = {"third", ""};
  scene.Apply(scene.Decide());
  scene.Recorded(start_outcome::kSucceeded);
  scene.job.restart = {"third", "1700000000"};
  EXPECT_EQ(scene.Decide().status.start->episode, 3);
}

TEST(Restart, WhatIsSuspendedIsStartedWhenItIsToRunAgain) {
  Scene scene = Asking("Suspending");
  scene.job.spec.desired_state = DesiredState::kSuspended;
  Decision d = scene.Decide();
  EXPECT_THAT(EffectsOf(d), IsEmpty());
  EXPECT_EQ(d.status.last_handled_restart.token, "") << "it waits for Running";
  scene.Apply(d);
  scene.job.spec.desired_state = DesiredState::kRunning;
  d = scene.Apply(scene.Decide()).Decide();
  EXPECT_THAT(EffectsOf(d), Contains("AnnounceStart"));
  EXPECT_EQ(d.status.start->episode, 1) << "one wish, not two";
}

TEST(Restart, TheMessagesPrintTheCommand) {
  for (const char* word : {"Failed", "PrecheckFailed", "Suspending"}) {
    const Decision d = Scene().Seen(word).Recorded(start_outcome::kSucceeded).Decide();
    EXPECT_THAT(MessageOf(d), HasSubstr("kubectl annotate dtsjob orders -n shop dts.aliyun.com/"
                                        "restart-requested-at=\"$(date +%s)\" --overwrite"))
        << word;
  }
}

}  // namespace
}  // namespace dtsop
