// Failures: what is shown of them, when the call is made again, and when DTS is asked again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The four error codes of StartDtsJob's own page.
TEST(StartErrors, NotPurchasedNeedsAPerson) {
  Scene scene = Scene()
                    .Seen("NotStarted")
                    .ActFailed(ErrorClass::kBilling, "OperationDenied.NotPurchased", minutes(10));
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status),
            "OperationDeniedNotPurchased: Ready=False Stalled=True Synced=False");
  EXPECT_EQ(d.status.last_error->err_code, "OperationDenied.NotPurchased");
  EXPECT_EQ(d.status.last_error->request_id, "REQ-9");
  EXPECT_THAT(MessageOf(d), HasSubstr("Refused: why"));
  EXPECT_THAT(d.effects, IsEmpty());
}

TEST(StartErrors, TheOtherThreeAreTriedAgainLater) {
  struct Case {
    ErrorClass error_class;
    const char* code;
    const char* reason;
  };
  for (const Case& c : {Case{ErrorClass::kCredentialExpired, "InvalidSecurityToken.Expired",
                             "InvalidSecurityTokenExpired"},
                        Case{ErrorClass::kThrottled, "Throttling.User", "ThrottlingUser"},
                        Case{ErrorClass::kTransient, "ServiceUnavailable", "ServiceUnavailable"}}) {
    Scene scene = Scene().Seen("NotStarted").ActFailed(c.error_class, c.code);
    const Decision wait = scene.Decide();
    EXPECT_EQ(ConditionsOf(wait.status),
              std::string(c.reason) + ": Ready=False Reconciling=True Synced=False");
    EXPECT_THAT(wait.effects, IsEmpty());
    EXPECT_EQ(wait.requeue_after, seconds(5));
    scene.now.mono += seconds(5);
    EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("AnnounceStart")) << c.code;
  }
}

TEST(StartErrors, AStartThatNoPersonHasMendedIsProbedAgain) {
  Scene scene = Scene()
                    .Seen("NotStarted")
                    .ActFailed(ErrorClass::kBilling, "OperationDenied.NotPurchased", seconds(1));
  scene.now.mono += seconds(2);
  const Decision d = scene.Decide();
  EXPECT_THAT(EffectsOf(d), ElementsAre("AnnounceStart"));
  EXPECT_EQ(ConditionsOf(d.status),
            "OperationDeniedNotPurchased: Ready=False Stalled=True Synced=False")
      << "the error stays on display until there is news";
}

// DTS may go on showing the failure that the start has ended.
TEST(StartErrors, AFailureAsBeforeTheStartIsOldForAWhile) {
  for (const char* word : {"PrecheckFailed", "Failed", "ModifyFailed"}) {
    Scene scene = Scene().Seen(word).Recorded(start_outcome::kSucceeded, 1, seconds(30));
    EXPECT_THAT(ConditionsOf(scene.Decide().status), HasSubstr("Stalled=True")) << word;
    scene.s.unchanged_since_start = true;
    EXPECT_EQ(ConditionsOf(scene.Decide().status),
              "Starting: Ready=False Reconciling=True Synced=True");
    scene.Recorded(start_outcome::kSucceeded, 1, kConvergeWithin + seconds(2));
    EXPECT_THAT(ConditionsOf(scene.Decide().status), HasSubstr("Stalled=True")) << word;
  }
}

TEST(LastError, AnOldTaskErrorStaysAwayWhileAReadyJobIsLookedAtAgain) {
  Scene scene = Scene(DesiredState::kStopped).Seen("Stopped", seconds(1), "DTS-070211: failed");
  scene.job.status = scene.Decide().status;
  EXPECT_FALSE(scene.job.status.last_error);
  scene.s.observe_after = scene.now.mono;  // a look is due
  EXPECT_EQ(scene.Decide().status, scene.job.status);
}

TEST(LastError, GoesWhenTheJobRuns) {
  Scene scene = Scene().Seen("NotStarted").ActFailed(ErrorClass::kTransient, "ServiceUnavailable");
  scene.Apply(scene.Decide());
  ASSERT_TRUE(scene.job.status.last_error);
  EXPECT_FALSE(scene.Seen("Synchronizing").Decide().status.last_error);
}

TEST(LastError, AnActionsFailureComesBeforeAnObservations) {
  Scene scene = Scene()
                    .Seen("NotStarted")
                    .ActFailed(ErrorClass::kTransient, "ServiceUnavailable")
                    .ObserveFailed(ErrorClass::kThrottled, "Throttling");
  EXPECT_EQ(scene.Decide().status.last_error->err_code, "ServiceUnavailable");
}

TEST(ReconcileRequest, IsHandledByAnObservationMadeAfterIt) {
  Scene scene = Scene().Seen("Synchronizing", seconds(3)).Settled();
  scene.job.reconcile_requested = "now";
  scene.s.observe_after = scene.now.mono - seconds(1);
  const Decision asked = scene.Decide();
  EXPECT_EQ(asked.status.last_handled_reconcile_at, "");
  EXPECT_THAT(EffectsOf(asked), ElementsAre("Observe"));
  EXPECT_EQ(scene.Seen("Synchronizing", Duration{0}).Decide().status.last_handled_reconcile_at,
            "now");
}

TEST(ReconcileRequest, IsHandledWhenTheLookFails) {
  Scene scene = Scene().ObserveFailed(ErrorClass::kTransient, "ServiceUnavailable");
  scene.job.reconcile_requested = "now";
  EXPECT_EQ(scene.Decide().status.last_handled_reconcile_at, "now");
}

TEST(ReconcileRequest, IsHandledWhenThereIsNoWayToLook) {
  Scene scene;
  scene.job.reconcile_requested = "now";
  scene.s.region_problem = "There is none.";
  EXPECT_EQ(scene.Decide().status.last_handled_reconcile_at, "now");
}

TEST(Polling, ASettledJobIsLookedAtOnceInEachPollInterval) {
  Scene scene = Scene().Seen("Synchronizing", Duration{0}).Settled();
  scene.job.spec.poll_interval = minutes(5);
  for (int i = 0; i < 3; ++i) {
    const Decision quiet = scene.Decide();
    EXPECT_THAT(quiet.effects, IsEmpty());
    EXPECT_LE(quiet.requeue_after, minutes(5));
    scene.now.mono += quiet.requeue_after - Duration(1);
    EXPECT_THAT(scene.Decide().effects, IsEmpty());
    scene.now.mono += Duration(1);
    EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("Observe"));
    if (i > 0) {
      EXPECT_EQ(quiet.requeue_after, minutes(5));
    }
    scene.Seen("Synchronizing", Duration{0});
  }
}

// Then pages of DescribeDtsJobs answer for all of them.
TEST(Polling, TheJobsOfAnAccountAreDueTogether) {
  std::set<Duration> due;
  for (const seconds age : {seconds(1), seconds(20), seconds(50)}) {
    Scene scene = Scene().Settled();
    scene.s.poll_phase = minutes(7) + seconds(8);
    due.insert(scene.Seen("Synchronizing", age).Decide().requeue_after);
  }
  EXPECT_THAT(due, ElementsAre(seconds(3)));
}

// A pass is woken by the end of what it asked for: one that asks to be woken at once instead would
// turn in circles until then.
TEST(Polling, WhileAnObservationIsAwaitedNothingTurnsInCircles) {
  EXPECT_GE(Scene().Seen("Synchronizing", minutes(2)).Decide().requeue_after, milliseconds(500));
}

TEST(Polling, WhileDtsIsDownNothingTurnsInCircles) {
  Scene scene = Scene().Seen("Synchronizing", minutes(2)).Settled();
  scene.ObserveFailed(ErrorClass::kTransient, "ServiceUnavailable", seconds(40));
  EXPECT_EQ(scene.Decide().requeue_after, seconds(40));
}

TEST(Polling, WhileAStartIsTriedAgainNothingTurnsInCircles) {
  Scene scene = Scene().Seen("NotStarted").ActFailed(ErrorClass::kTransient, "ServiceUnavailable");
  scene.now.mono += seconds(6);
  scene.Phase(StartPhase::kCalling);
  EXPECT_GE(scene.Decide().requeue_after, milliseconds(500));
}

}  // namespace
}  // namespace dtsop
