// What users read: one case per situation of a DtsJob.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Conditions, AJobJustSeenIsInProgressAndAsksForCredentials) {
  Scene scene;
  scene.s.keys = Snapshot::Keys::kUnknown;
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Progressing: Ready=Unknown Reconciling=True Synced=False");
  EXPECT_THAT(EffectsOf(d), ElementsAre("FetchCredentials"));
  EXPECT_TRUE(d.can_wait) << "a start that takes milliseconds needs no status of its own";
  EXPECT_EQ(d.status.observed_generation, 1);
}

TEST(Conditions, WithCredentialsTheJobIsObserved) {
  const Decision d = Scene().Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Progressing: Ready=Unknown Reconciling=True Synced=False");
  EXPECT_THAT(EffectsOf(d), ElementsAre("Observe"));
}

TEST(Conditions, ChangedSpecOfASettledJobIsInProgressUntilItsStateIsKnown) {
  Scene scene = Scene().Seen("Synchronizing").Settled();
  scene.job.generation = 2;
  scene.s.observation.reset();
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Progressing: Ready=False Reconciling=True Synced=False");
}

TEST(Conditions, RestartOfTheOperatorLeavesASettledJobAsItIs) {
  Scene scene = Scene().Seen("Synchronizing").Settled();
  const DtsJobStatus settled = scene.job.status;
  scene.s.observation.reset();
  scene.s.keys = Snapshot::Keys::kUnknown;
  EXPECT_EQ(scene.Decide().status, settled);
  scene.s.keys = Snapshot::Keys::kReady;
  EXPECT_EQ(scene.Decide().status, settled);
}

TEST(Conditions, EveryRunningWordIsReady) {
  for (const char* word : {"Synchronizing", "synchronizing", "Migrating", "Normal"}) {
    const Decision d = Scene().Seen(word).Decide();
    EXPECT_EQ(ConditionsOf(d.status), "Running: Ready=True Synced=True") << word;
    EXPECT_EQ(d.status.job_status, word);
    EXPECT_THAT(d.effects, IsEmpty());
  }
}

TEST(Conditions, InitialLoadIsReady) {
  const Decision d = Scene().Seen("Initializing").Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Running: Ready=True Synced=True");
  EXPECT_THAT(MessageOf(d), HasSubstr("initial load"));
}

TEST(Conditions, RetryingStaysReadyAndShowsTheTasksError) {
  const Decision d = Scene().Seen("Retrying", seconds(1), "DTS-070211: Connect failed").Decide();
  EXPECT_EQ(ConditionsOf(d.status), "TaskRetrying: Ready=True Synced=True");
  ASSERT_TRUE(d.status.last_error);
  EXPECT_EQ(d.status.last_error->source, "Task");
  EXPECT_EQ(d.status.last_error->err_code, "DTS-070211");
}

TEST(Conditions, OnItsWayTheJobSaysWhatDtsSays) {
  for (const char* word : {"Prechecking", "Starting", "Modifying", "Upgrade"}) {
    const Decision d = Scene().Seen(word).Decide();
    EXPECT_EQ(ConditionsOf(d.status),
              std::string(word) + ": Ready=False Reconciling=True Synced=False");
    EXPECT_THAT(EffectsOf(d), IsEmpty());
    EXPECT_LE(d.requeue_after, seconds(10));
  }
}

TEST(Conditions, AnAcceptedStartOnItsWayIsSynced) {
  Scene scene = Scene().Seen("Prechecking").Recorded(start_outcome::kSucceeded, 1, seconds(5));
  EXPECT_EQ(ConditionsOf(scene.Decide().status),
            "Prechecking: Ready=False Reconciling=True Synced=True");
}

TEST(Conditions, PrecheckFailedAfterOurStartIsStalled) {
  Scene scene = Scene()
                    .Seen("PrecheckFailed", seconds(1), "source unreachable")
                    .Recorded(start_outcome::kSucceeded);
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "PrecheckFailed: Ready=False Stalled=True Synced=True");
  EXPECT_THAT(MessageOf(d), AllOf(HasSubstr("source unreachable"),
                                  HasSubstr("dts.aliyun.com/restart-requested-at=")));
  EXPECT_EQ(d.status.last_error->message, "source unreachable");
}

TEST(Conditions, AFailedPrecheckNamesWhatFailedAndHowToMendIt) {
  for (const auto desired : {DesiredState::kRunning, DesiredState::kSuspended}) {
    Scene scene(desired);
    scene.Seen("PrecheckFailed");
    if (desired == DesiredState::kRunning) scene.Recorded(start_outcome::kSucceeded);
    scene.s.observation->failed_checks = {{"CHECK_CONN_SRC", "Failed", "no route", "REPAIR1"},
                                          {"CHECK_PRIV", "Failed", "denied", ""}};
    const Decision d = scene.Decide();
    EXPECT_THAT(MessageOf(d),
                AllOf(HasSubstr("CHECK_CONN_SRC (no route; repair: REPAIR1)"),
                      HasSubstr("CHECK_PRIV (denied)"), Not(HasSubstr("no details"))));
    EXPECT_EQ(d.status.failed_checks, scene.s.observation->failed_checks);
    const DtsJobStatus shown = scene.Apply(d).Decide().status;
    EXPECT_EQ(shown, d.status) << "nothing to write";
  }
}

TEST(Conditions, WhatFailedInAPrecheckIsBoundedAndGoesWithTheFailure) {
  Scene scene = Scene().Seen("PrecheckFailed").Recorded(start_outcome::kSucceeded);
  scene.s.observation->failed_checks.resize(32, {"CHECK", "Failed", std::string(1'024, 'x'), ""});
  EXPECT_EQ(scene.Settled().job.status.failed_checks.size(), 10U);
  // While nothing new is known, it stays.
  const auto seen = std::exchange(scene.s.observation, std::nullopt);
  EXPECT_EQ(scene.Decide().status.failed_checks.size(), 10U);
  EXPECT_THAT(scene.Seen("Prechecking").Decide().status.failed_checks, IsEmpty());
}

TEST(Conditions, AFailedTaskIsStalledUnderEveryWordForIt) {
  for (const char* word : {"Failed", "MigrationFailed", "InitializeFailed", "Abnormal"}) {
    const Decision d = Scene().Seen(word).Recorded(start_outcome::kSucceeded).Decide();
    EXPECT_EQ(ConditionsOf(d.status), "TaskFailed: Ready=False Stalled=True Synced=True") << word;
    EXPECT_THAT(EffectsOf(d), IsEmpty()) << "one start per wish";
  }
}

TEST(Conditions, AFailureSeenRightAfterTheStartMayBeTheOldOne) {
  const Decision d =
      Scene().Seen("Failed").Recorded(start_outcome::kSucceeded, 1, seconds(4)).Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Starting: Ready=False Reconciling=True Synced=True");
}

TEST(Conditions, FinishedIsReadyForEveryWishAndNeverTouched) {
  for (const auto desired :
       {DesiredState::kRunning, DesiredState::kSuspended, DesiredState::kStopped}) {
    const Decision d = Scene(desired).Seen("Finished").Decide();
    EXPECT_EQ(ConditionsOf(d.status), "Finished: Ready=True Synced=True");
    EXPECT_THAT(d.effects, IsEmpty());
  }
}

TEST(Conditions, LockedAndNotConfiguredNeedAPerson) {
  EXPECT_EQ(ConditionsOf(Scene().Seen("Locked").Decide().status),
            "BillingLocked: Ready=False Stalled=True Synced=False");
  EXPECT_EQ(ConditionsOf(Scene().Seen("NotConfigured").Decide().status),
            "NotConfigured: Ready=False Stalled=True Synced=False");
}

TEST(Conditions, AnUnknownWordIsShownAndNothingIsTouched) {
  for (const auto desired :
       {DesiredState::kRunning, DesiredState::kSuspended, DesiredState::kStopped}) {
    const Decision d = Scene(desired).Seen("Hibernating").Decide();
    EXPECT_EQ(ConditionsOf(d.status), "UnknownJobStatus: Ready=Unknown");
    EXPECT_THAT(MessageOf(d), HasSubstr("\"Hibernating\""));
    EXPECT_EQ(d.status.job_status, "Hibernating");
    EXPECT_THAT(d.effects, IsEmpty());
  }
}

TEST(Conditions, WithoutARegionTheSpecIsInvalid) {
  Scene scene;
  scene.s.region_problem = "There is none.";
  const Decision d = scene.Decide();
  EXPECT_EQ(MessageOf(d), "There is none.");
  EXPECT_EQ(ConditionsOf(d.status), "InvalidSpec: Ready=False Stalled=True Synced=False");
  EXPECT_THAT(d.effects, IsEmpty());
}

TEST(Conditions, AMissingSecretIsNamedAndLookedForAgain) {
  Scene scene;
  scene.s.keys = Snapshot::Keys::kUnusable;
  scene.s.keys_problem = "Secret shop/dts does not exist.";
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "CredentialsNotFound: Ready=False Stalled=True Synced=False");
  EXPECT_EQ(MessageOf(d), "Secret shop/dts does not exist.");
  EXPECT_THAT(EffectsOf(d), ElementsAre("FetchCredentials"));
  EXPECT_LE(d.requeue_after, seconds(15));
}

TEST(Conditions, CredentialsThatDoNotServeTheNamespaceAreForAPersonToAllow) {
  Scene scene;
  scene.s.keys = Snapshot::Keys::kNotAllowed;
  scene.s.keys_problem = "Name a Secret.";
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "CredentialsNotAllowed: Ready=False Stalled=True Synced=False");
  EXPECT_EQ(MessageOf(d), "Name a Secret.");
  EXPECT_THAT(d.effects, IsEmpty());
}

TEST(Conditions, OneSecretTooManyIsTriedAgainByItself) {
  Scene scene;
  scene.s.keys = Snapshot::Keys::kTooMany;
  scene.s.keys_problem = "Name the same Secret.";
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "TooManyCredentials: Ready=False Stalled=True Synced=False");
  EXPECT_EQ(MessageOf(d), "Name the same Secret.");
  EXPECT_THAT(EffectsOf(d), ElementsAre("FetchCredentials"));
  EXPECT_LE(d.requeue_after, seconds(15));
}

TEST(Conditions, RefusedCredentialsAreReadAgainSoon) {
  for (const bool acted : {false, true}) {
    const auto refused = [&](ErrorClass error_class) {
      Scene scene = Scene().Seen("NotStarted");
      acted ? scene.ActFailed(error_class, "SignatureDoesNotMatch", minutes(10))
            : scene.ObserveFailed(error_class, "SignatureDoesNotMatch", minutes(10));
      return scene.Decide();
    };
    const Decision d = refused(ErrorClass::kCredential);
    EXPECT_EQ(ConditionsOf(d.status),
              "SignatureDoesNotMatch: Ready=False Stalled=True Synced=False");
    EXPECT_THAT(EffectsOf(d), ElementsAre("FetchCredentials"));
    EXPECT_EQ(d.requeue_after, seconds(15));
    EXPECT_THAT(EffectsOf(refused(ErrorClass::kPermission)), IsEmpty());
  }
}

TEST(Conditions, ADeletedDtsJobIsLeftAlone) {
  Scene scene = Scene(DesiredState::kStopped).Seen("Synchronizing");
  scene.job.deleting = true;
  const Decision d = scene.Decide();
  EXPECT_THAT(d.effects, IsEmpty());
  EXPECT_EQ(d.status, scene.job.status);
}

TEST(Conditions, AFailedPollOfAHealthyJobChangesNothingButLastError) {
  Scene scene = Scene().Seen("Synchronizing", seconds(61)).Settled();
  const auto conditions = scene.job.status.conditions;
  for (const auto error_class : {ErrorClass::kThrottled, ErrorClass::kTransient,
                                 ErrorClass::kUnknown, ErrorClass::kStateConflict}) {
    scene.ObserveFailed(error_class, "Throttling.User");
    const Decision d = scene.Decide();
    EXPECT_EQ(d.status.conditions, conditions);
    EXPECT_EQ(d.status.last_error->err_code, "Throttling.User");
    EXPECT_THAT(d.effects, IsEmpty()) << "the next try is later";
  }
}

TEST(Conditions, AFailedFirstLookSaysWhy) {
  const Decision d = Scene().ObserveFailed(ErrorClass::kTransient, "ServiceUnavailable").Decide();
  EXPECT_EQ(ConditionsOf(d.status),
            "ServiceUnavailable: Ready=Unknown Reconciling=True Synced=False");
  EXPECT_THAT(MessageOf(d), HasSubstr("Refused: why (ServiceUnavailable, RequestId REQ-9). Fix"));
}

TEST(Conditions, AnErrorThatNeedsAPersonStallsEvenARunningJob) {
  for (const auto error_class : {ErrorClass::kCredential, ErrorClass::kPermission,
                                 ErrorClass::kNotFound, ErrorClass::kInvalid}) {
    Scene scene = Scene().Seen("Synchronizing").Settled();
    const Decision d = scene.ObserveFailed(error_class, "Forbidden.RAM", minutes(10)).Decide();
    EXPECT_EQ(ConditionsOf(d.status), "ForbiddenRAM: Ready=False Stalled=True Synced=False");
    EXPECT_THAT(EffectsOf(d), Each("FetchCredentials"));
  }
}

}  // namespace
}  // namespace dtsop
