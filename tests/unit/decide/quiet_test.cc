// desiredState Suspended and Stopped, and that nothing is written when nothing has changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr DesiredState kSuspended = DesiredState::kSuspended;
constexpr DesiredState kStopped = DesiredState::kStopped;

TEST(Suspend, ARunningJobIsSuspended) {
  for (const char* word : {"Synchronizing", "Migrating", "Normal", "Initializing", "Retrying"}) {
    Scene scene = Scene(kSuspended).Seen(word);
    const Decision d = scene.Decide();
    EXPECT_EQ(ConditionsOf(d.status), "Suspending: Ready=False Reconciling=True Synced=False");
    EXPECT_THAT(EffectsOf(scene.Apply(d).Decide()), ElementsAre("Suspend")) << word;
  }
}

TEST(Suspend, WhatDoesNotRunIsLeftAlone) {
  EXPECT_EQ(ConditionsOf(Scene(kSuspended).Seen("Suspending").Decide().status),
            "Suspended: Ready=True Synced=True");
  for (const char* word : {"NotStarted", "Stopped"}) {
    const Decision d = Scene(kSuspended).Seen(word).Decide();
    EXPECT_EQ(ConditionsOf(d.status), "NotStarted: Ready=True Synced=True");
    EXPECT_THAT(d.effects, IsEmpty());
  }
}

TEST(Suspend, AFailedJobIsReported) {
  const Decision d = Scene(kSuspended).Seen("Failed", seconds(1), "disk full").Decide();
  EXPECT_THAT(ConditionsOf(d.status), HasSubstr("TaskFailed: Ready=False Stalled=True"));
  EXPECT_THAT(MessageOf(d), HasSubstr("disk full"));
  EXPECT_THAT(d.effects, IsEmpty());
}

// Whoever pauses a job must know until when it can be resumed.
TEST(Suspend, SaysHowLongAJobMayBePaused) {
  for (const char* word : {"Suspending", "Failed"}) {
    const std::string message = MessageOf(Scene(kSuspended).Seen(word).Decide());
    EXPECT_THAT(message, HasSubstr("6 hours")) << word;
    EXPECT_THAT(message, HasSubstr("7 days")) << word;
  }
  const Decision outside = Scene().Seen("Suspending").Recorded(start_outcome::kSucceeded).Decide();
  EXPECT_THAT(ConditionsOf(outside.status), HasSubstr("ExternalChange"));
  EXPECT_THAT(MessageOf(outside), HasSubstr("7 days"));
  const Decision stopped = Scene().Seen("Stopped").Recorded(start_outcome::kSucceeded).Decide();
  EXPECT_THAT(MessageOf(stopped), Not(HasSubstr("7 days")));
}

TEST(Suspend, WaitsWhileTheJobIsOnItsWay) {
  const Decision d = Scene(kSuspended).Seen("Prechecking").Decide();
  EXPECT_THAT(EffectsOf(d), IsEmpty());
  EXPECT_EQ(ConditionsOf(d.status), "Prechecking: Ready=False Reconciling=True Synced=False");
}

TEST(Stop, EverythingThatCouldGoOnIsStopped) {
  for (const char* word : {"Synchronizing", "Suspending", "Failed", "PrecheckFailed"}) {
    Scene scene = Scene(kStopped).Seen(word);
    EXPECT_THAT(EffectsOf(scene.Apply(scene.Decide()).Decide()), ElementsAre("Stop")) << word;
  }
}

// The next process learns of the call from the status alone.
TEST(QuietAction, IsWrittenDownBeforeItIsMade) {
  for (const DesiredState desired : {kSuspended, kStopped}) {
    const Decision d = Scene(desired).Seen("Synchronizing").Decide();
    EXPECT_THAT(d.effects, IsEmpty());
    EXPECT_FALSE(d.can_wait);
    EXPECT_TRUE(TellsOfQuietCall(d.status));
  }
}

TEST(QuietAction, StaysWrittenDownWhenItGotNoAnswer) {
  Scene scene = Scene(kSuspended)
                    .Seen("Synchronizing")
                    .ActFailed(ErrorClass::kTransient, "Client.ConnectionLost");
  scene.s.act_failure->failure.may_have_acted = true;
  EXPECT_TRUE(TellsOfQuietCall(scene.Decide().status));
  EXPECT_EQ(scene.Decide().status.last_error->err_code, "Client.ConnectionLost");
}

TEST(Stop, WhatDoesNotRunIsReady) {
  for (const char* word : {"NotStarted", "Stopped"}) {
    const Decision d = Scene(kStopped).Seen(word).Decide();
    EXPECT_EQ(ConditionsOf(d.status), "Stopped: Ready=True Synced=True");
    EXPECT_THAT(d.effects, IsEmpty());
  }
}

TEST(Stop, AFailedJobThatAcceptedTheStopIsAtRest) {
  Scene scene(kStopped);
  const Decision d = scene.Seen("Failed").Accepted(kStopped, seconds(5)).Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Stopped: Ready=True Synced=True");
  EXPECT_THAT(d.effects, IsEmpty());
}

// Another process would take the job for settled, and what the call still does for news.
TEST(QuietAction, IsNotCalledDoneBeforeTheLastCallIsOver) {
  for (const auto& [desired, word] :
       {std::pair{kStopped, "Failed"}, {kSuspended, "Failed"}, {kSuspended, "Suspending"}}) {
    Scene scene = Scene(desired).Seen(word).Accepted(desired, seconds(5));
    scene.Called(*KindFor(desired), seconds(5), "Synchronizing");
    EXPECT_EQ(ConditionsOf(scene.Decide().status),
              "Stopping: Ready=False Reconciling=True Synced=False");
    EXPECT_THAT(scene.Decide().effects, IsEmpty());
    scene.Called(*KindFor(desired), kShowsWithin, "Synchronizing");
    EXPECT_THAT(ConditionsOf(scene.Decide().status), Not(HasSubstr("Reconciling"))) << word;
  }
}

TEST(QuietAction, NeedsAFreshObservationAndAFreshObject) {
  for (const DesiredState desired : {kSuspended, kStopped}) {
    Scene old = Scene(desired).Seen("Synchronizing", kFreshFor + Duration(1));
    old.Apply(old.Decide());
    EXPECT_THAT(EffectsOf(old.Decide()), ElementsAre("Observe"));
    Scene unknown = Scene(desired).Seen("Synchronizing");
    unknown.Apply(unknown.Decide());
    unknown.s.object_fresh = false;
    EXPECT_THAT(EffectsOf(unknown.Decide()), ElementsAre("ReadLive"));
  }
}

TEST(QuietAction, IsNotRepeatedWhileUnderWayOrAccepted) {
  for (const DesiredState desired : {kSuspended, kStopped}) {
    Scene acting = Scene(desired).Seen("Synchronizing");
    acting.Calling(*KindFor(desired));
    EXPECT_THAT(EffectsOf(acting.Decide()), IsEmpty());
    Scene accepted = Scene(desired).Seen("Synchronizing").Accepted(desired, seconds(5));
    EXPECT_THAT(EffectsOf(accepted.Decide()), IsEmpty());
  }
}

TEST(QuietAction, AcceptedWithoutEffectIsReportedAfterTwoMinutes) {
  Scene scene = Scene(kSuspended).Seen("Normal").Accepted(kSuspended, minutes(2) + seconds(2));
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "ActionIneffective: Ready=False Stalled=True Synced=True");
  EXPECT_THAT(MessageOf(d), HasSubstr("SuspendDtsJob"));
  EXPECT_THAT(d.effects, IsEmpty());
}

TEST(QuietAction, ARefusalIsWaitedOut) {
  Scene scene = Scene(kSuspended)
                    .Seen("Synchronizing")
                    .ActFailed(ErrorClass::kStateConflict, "OperationDenied.JobStatusModifying");
  const Decision d = scene.Decide();
  EXPECT_THAT(d.effects, IsEmpty());
  EXPECT_EQ(ConditionsOf(d.status),
            "OperationDeniedJobStatusModifying: Ready=False Reconciling=True Synced=False");
  scene.now.mono += seconds(5);
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("Suspend"));
}

TEST(QuietAction, AnAnnouncedStartIsDropped) {
  for (const DesiredState desired : {kSuspended, kStopped}) {
    Scene scene = Scene(desired).Seen("NotStarted").Phase(StartPhase::kAnnounced);
    EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ForgetStart"));
  }
}

TEST(QuietAction, AnUncertainStartIsSettledBeforeDoesNotRunIsBelieved) {
  for (const DesiredState desired : {kSuspended, kStopped}) {
    Scene scene = Scene(desired).Seen("NotStarted").Phase(StartPhase::kUncertain);
    EXPECT_THAT(ConditionsOf(scene.Decide().status), HasSubstr("StartOutcomePending: Ready="));
    scene.job.status = scene.Seen("Synchronizing").Decide().status;
    EXPECT_EQ(scene.job.status.start->outcome, start_outcome::kSucceeded);
    EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ForgetStart"));
    scene.s.start = {};
    EXPECT_THAT(scene.Decide().effects, IsEmpty()) << "before the end of the episode is durable";
    scene.job.status = scene.Decide().status;
    EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre(desired == kSuspended ? "Suspend" : "Stop"));
  }
}

TEST(QuietAction, ASilentDtsIsNoEvidenceAgainstAnAcceptedAction) {
  Scene scene = Scene(kSuspended)
                    .Seen("Synchronizing", minutes(4))
                    .Accepted(kSuspended, minutes(5))
                    .ObserveFailed(ErrorClass::kTransient, "ServiceUnavailable");
  EXPECT_THAT(ConditionsOf(scene.Decide().status), HasSubstr("Reconciling=True"));
}

}  // namespace
}  // namespace dtsop
