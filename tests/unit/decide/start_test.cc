// The start: when it is announced, when it is called, what settles it, and that it is made once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Start, EveryStartableWordLeadsToAnAnnouncement) {
  for (const char* word :
       {"NotStarted", "PreCheckPass", "Suspending", "PrecheckFailed", "Failed", "Stopped"}) {
    Scene scene = Scene().Seen(word);
    const Decision d = scene.Decide();
    EXPECT_THAT(EffectsOf(d), ElementsAre("AnnounceStart")) << word;
    ASSERT_TRUE(d.start);
    EXPECT_EQ(d.start->key, scene.Key());
    EXPECT_EQ(d.start->attempt, 1);
    EXPECT_EQ(d.start->before, word);
    EXPECT_EQ(ConditionsOf(d.status), "Starting: Ready=False Reconciling=True Synced=False");
  }
}

TEST(Start, IsCalledOnlyOnceAnnounced) {
  EXPECT_THAT(EffectsOf(Scene().Seen("NotStarted").Phase(StartPhase::kAnnouncing).Decide()),
              IsEmpty());
  EXPECT_THAT(EffectsOf(Scene().Seen("NotStarted").Phase(StartPhase::kAnnounced).Decide()),
              ElementsAre("CallStart"));
  EXPECT_THAT(EffectsOf(Scene().Seen("NotStarted").Phase(StartPhase::kCalling).Decide()),
              IsEmpty());
}

TEST(Start, AnAnnouncementTooOldToBeCalledIsDropped) {
  Scene scene = Scene().Seen("NotStarted").Phase(StartPhase::kAnnounced);
  scene.s.start.call_until = scene.now.mono;
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ForgetStart"));
}

TEST(Start, AnAnnouncementOfAnotherWishIsDropped) {
  Scene scene = Scene().Seen("NotStarted").Phase(StartPhase::kAnnounced);
  scene.job.spec.direction = "Reverse";
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ForgetStart"));
}

TEST(Start, AnAnnouncementOfAnotherAttemptIsDropped) {
  Scene scene = Scene().Seen("NotStarted").Recorded(start_outcome::kUnknown, 1);
  scene.Phase(StartPhase::kAnnounced, 1);
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ForgetStart"));
}

TEST(Start, AnAnnouncementIsDroppedWhenTheJobComesUpByItself) {
  for (const char* word : {"Prechecking", "Starting", "Synchronizing", "Initializing"}) {
    Scene scene = Scene().Seen(word).Phase(StartPhase::kAnnounced);
    EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ForgetStart")) << word;
  }
}

TEST(Start, NeedsAFreshObservation) {
  for (const auto phase : {StartPhase::kNone, StartPhase::kAnnounced}) {
    Scene old = Scene().Seen("NotStarted", kFreshFor + Duration(1)).Phase(phase);
    EXPECT_THAT(EffectsOf(old.Decide()), ElementsAre("Observe"));
    Scene outdated = Scene().Seen("NotStarted", seconds(2)).Phase(phase);
    outdated.s.observe_after = outdated.now.mono - seconds(1);
    EXPECT_THAT(EffectsOf(outdated.Decide()), ElementsAre("Observe"));
  }
}

TEST(Start, NeedsAFreshObject) {
  for (const auto phase : {StartPhase::kNone, StartPhase::kAnnounced}) {
    Scene scene = Scene().Seen("NotStarted").Phase(phase);
    scene.s.object_fresh = false;
    EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ReadLive"));
  }
}

TEST(Start, WaitsWhileAnEarlierLeadersAnnouncementsAreUnknown) {
  Scene scene = Scene().Seen("NotStarted");
  scene.s.starts_from = scene.now.mono + seconds(3);
  const Decision d = scene.Decide();
  EXPECT_THAT(EffectsOf(d), IsEmpty());
  EXPECT_EQ(d.requeue_after, seconds(3));
  EXPECT_THAT(ConditionsOf(d.status), HasSubstr("StartOutcomePending: Ready=False Reconciling"));
}

TEST(Start, WaitsForTheStartOfAnotherDtsJob) {
  Scene scene = Scene().Seen("NotStarted");
  scene.s.foreign_start = true;
  EXPECT_THAT(EffectsOf(scene.Decide()), IsEmpty());
}

TEST(Start, AnInheritedStartWhoseSuccessIsRecordedIsForgottenWhateverTheJobDoesSince) {
  Scene scene = Scene().Seen("Stopped", seconds(0)).Recorded(start_outcome::kSucceeded);
  scene.Phase(StartPhase::kUncertain, 1, "Stopped");
  scene.s.start.nonce = scene.job.status.start->nonce;
  scene.s.start.certain_from = scene.now.mono - seconds(1);
  const Decision d = scene.Decide();
  EXPECT_THAT(EffectsOf(d), testing::ElementsAre("ForgetStart"));
  EXPECT_EQ(d.status.start, scene.job.status.start);
}

TEST(Start, ARunningJobIsNotAdoptedWhileAnEarlierSuspendIsUnderWay) {
  Scene scene;
  scene.Calling(LegEffect::Kind::kSuspend);
  const Decision d = scene.Seen("Synchronizing").Decide();
  EXPECT_FALSE(d.status.start);
  EXPECT_EQ(ConditionsOf(d.status), "Progressing: Ready=False Reconciling=True Synced=False");
}

TEST(Start, ARunningJobIsAdoptedWithoutACall) {
  Scene scene = Scene().Seen("Synchronizing");
  const Decision d = scene.Decide();
  EXPECT_THAT(d.effects, IsEmpty());
  ASSERT_TRUE(d.status.start);
  EXPECT_EQ(d.status.start->outcome, start_outcome::kAdopted);
  EXPECT_EQ(d.status.start->key, scene.Key());
}

TEST(Start, AnAnswerIsRecordedAndThenForgotten) {
  for (const auto outcome : {start_outcome::kSucceeded, start_outcome::kRejected}) {
    Scene scene = Scene().Seen("NotStarted").Phase(StartPhase::kCalling).Answered(outcome);
    const Decision record = scene.Decide();
    EXPECT_EQ(record.status.start, scene.s.start_result->record);
    EXPECT_FALSE(record.can_wait) << "until it is written only the Lease knows";
    EXPECT_THAT(EffectsOf(record), Not(Contains("ForgetStart")));
    EXPECT_THAT(EffectsOf(scene.Apply(record).Decide()), Contains("ForgetStart"));
  }
}

TEST(Start, AnAnswerIsRecordedEvenWhenPaused) {
  Scene scene = Scene().Seen("NotStarted").Phase(StartPhase::kCalling);
  scene.Answered(start_outcome::kSucceeded);
  scene.job.paused = true;
  EXPECT_EQ(scene.Decide().status.start, scene.s.start_result->record);
}

TEST(Start, OneStartPerWishWhateverBecomesOfTheJob) {
  for (const char* word :
       {"NotStarted", "Suspending", "Stopped", "Failed", "PrecheckFailed", "PreCheckPass"}) {
    for (const auto outcome : {start_outcome::kSucceeded, start_outcome::kAdopted}) {
      Scene scene = Scene().Seen(word).Recorded(outcome);
      EXPECT_THAT(EffectsOf(scene.Decide()), IsEmpty()) << word;
    }
  }
}

TEST(Start, AStartByAClockThatIsAheadIsGivenItsTimeOnce) {
  for (const Duration ahead : {Duration(seconds(100)), Duration(minutes(5)), Duration(hours(9))}) {
    Scene scene = Scene().Recorded(start_outcome::kSucceeded, 1, -ahead);
    for (Duration since{0}; since < minutes(10); since += seconds(10)) {
      const Decision d = scene.Seen("Stopped", Duration{0}).Decide();
      const std::string& reason = FindCondition(d.status, "Ready")->reason;
      EXPECT_EQ(reason, since < minutes(2) ? "Starting" : "ExternalChange");
      scene.Apply(d, seconds(10));
    }
  }
}

TEST(Start, AJobThatSomebodyPausedOrStoppedIsReportedNotFought) {
  for (const char* word : {"Suspending", "Stopped"}) {
    const Decision d = Scene().Seen(word).Recorded(start_outcome::kSucceeded).Decide();
    EXPECT_EQ(ConditionsOf(d.status), "ExternalChange: Ready=False Stalled=True Synced=True");
  }
}

TEST(Start, AnAcceptedStartWithoutEffectIsReportedAfterTwoMinutes) {
  Scene scene = Scene().Seen("NotStarted").Recorded(start_outcome::kSucceeded, 1, seconds(119));
  EXPECT_EQ(ConditionsOf(scene.Decide().status),
            "Starting: Ready=False Reconciling=True Synced=True");
  scene.Recorded(start_outcome::kSucceeded, 1, seconds(122));
  EXPECT_EQ(ConditionsOf(scene.Decide().status),
            "ActionIneffective: Ready=False Stalled=True Synced=True");
}

TEST(Start, ANewEpisodeIsANewWish) {
  Scene scene = Scene().Seen("Synchronizing").Settled();
  const std::string first = scene.Key();
  scene.job.spec.desired_state = DesiredState::kSuspended;
  scene.Seen("Suspending").Settled();
  EXPECT_EQ(scene.job.status.start->episode, 1);
  EXPECT_EQ(scene.job.status.start->key, "");
  scene.job.spec.desired_state = DesiredState::kRunning;
  const Decision d = scene.Decide();
  EXPECT_THAT(EffectsOf(d), ElementsAre("AnnounceStart"));
  EXPECT_NE(d.start->key, first);
}

TEST(Start, AnEpisodeEndsOnlyWhenItsStartIsSettled) {
  for (const auto phase : {StartPhase::kAnnouncing, StartPhase::kAnnounced, StartPhase::kCalling,
                           StartPhase::kUncertain}) {
    Scene scene(DesiredState::kSuspended);
    scene.Seen("NotStarted").Recorded(start_outcome::kRejected).Phase(phase);
    EXPECT_EQ(scene.Decide().status.start, scene.job.status.start);
  }
}

TEST(Start, ASuspendedWishWaitsForTheStartUnderWay) {
  Scene scene(DesiredState::kSuspended);
  scene.Seen("NotStarted").Phase(StartPhase::kCalling);
  const Decision d = scene.Decide();
  EXPECT_THAT(ConditionsOf(d.status), HasSubstr("StartOutcomePending: Ready=False Reconciling"));
  EXPECT_THAT(EffectsOf(d), IsEmpty());
}

TEST(StartKey, DiffersWithEveryPartOfTheWish) {
  std::set<std::string> keys;
  Scene scene;
  keys.insert(scene.Key());
  scene.job.uid = "uid-2";
  keys.insert(scene.Key());
  scene.job.spec.direction = "Reverse";
  keys.insert(scene.Key());
  scene.s.region = "cn-beijing";
  keys.insert(scene.Key());
  scene.job.status.start = StartRecord{};
  keys.insert(scene.Key());  // episode 0 either way
  EXPECT_EQ(keys.size(), 4U);
  scene.job.status.start->episode = 1;
  keys.insert(scene.Key());
  EXPECT_EQ(keys.size(), 5U);
}

TEST(StartKey, IsNoMatterOfTheInstanceId) {
  Scene scene = Scene().Seen("Suspending").Recorded(start_outcome::kSucceeded, 1, minutes(20));
  ASSERT_THAT(ConditionsOf(scene.Decide().status), HasSubstr("ExternalChange"));
  scene.job.spec.dts_instance_id = "dtsl3m1213ye7l1234";
  EXPECT_THAT(ConditionsOf(scene.Decide().status), HasSubstr("ExternalChange"));
  EXPECT_THAT(EffectsOf(scene.Decide()), IsEmpty());
}

TEST(Start, ASilentDtsIsNoEvidenceAgainstAnAcceptedStart) {
  // Last seen 10 s after the start; then DTS could not be asked for 5 minutes.
  Scene scene = Scene()
                    .Seen("NotStarted", minutes(5) - seconds(10))
                    .Recorded(start_outcome::kSucceeded, 1, minutes(5))
                    .ObserveFailed(ErrorClass::kTransient, "ServiceUnavailable");
  EXPECT_EQ(ConditionsOf(scene.Decide().status),
            "Starting: Ready=False Reconciling=True Synced=True");
}

TEST(Start, AClockThatLagsBehindThePreviousLeadersIsNoEvidenceEither) {
  Scene scene = Scene().Seen("NotStarted").Recorded(start_outcome::kSucceeded, 1, -seconds(20));
  EXPECT_EQ(ConditionsOf(scene.Decide().status),
            "Starting: Ready=False Reconciling=True Synced=True");
}

}  // namespace
}  // namespace dtsop
