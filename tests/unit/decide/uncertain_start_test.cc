// The start whose outcome nobody knows, its attempts, and a status that somebody forged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Uncertain, RunningOrOnItsWayMeansItWorked) {
  for (const char* word :
       {"Synchronizing", "Initializing", "Retrying", "Prechecking", "Starting"}) {
    Scene scene = Scene().Seen(word).Phase(StartPhase::kUncertain);
    const Decision record = scene.Decide();
    ASSERT_TRUE(record.status.start) << word;
    EXPECT_EQ(record.status.start->outcome, start_outcome::kSucceeded);
    EXPECT_EQ(record.status.start->nonce, "nonce-1");
    EXPECT_FALSE(record.can_wait);
    EXPECT_THAT(EffectsOf(record), Not(Contains("ForgetStart")));
    EXPECT_THAT(EffectsOf(scene.Apply(record).Decide()), Contains("ForgetStart"));
  }
}

TEST(Uncertain, AChangedWordMeansItWorked) {
  Scene scene = Scene().Seen("PrecheckFailed").Phase(StartPhase::kUncertain, 1, "NotStarted");
  EXPECT_EQ(scene.Decide().status.start->outcome, start_outcome::kSucceeded);
}

TEST(Uncertain, AnotherSpellingIsNoChange) {
  Scene scene = Scene().Seen("notstarted").Phase(StartPhase::kUncertain, 1, "NotStarted");
  EXPECT_FALSE(scene.Decide().status.start);
}

TEST(Uncertain, AnUnknownWordSettlesNothingEarly) {
  for (const auto& [now, before] :
       {std::pair{"Hibernating", "NotStarted"}, std::pair{"NotStarted", "Hibernating"},
        std::pair{"NotStarted", ""}}) {
    Scene scene = Scene().Seen(now).Phase(StartPhase::kUncertain, 1, before);
    EXPECT_FALSE(scene.Decide().status.start) << now << before;
  }
}

TEST(Uncertain, TheSameWordMeansWaitingUntilItIsCertain) {
  for (const char* word : {"NotStarted", "Failed", "Suspending"}) {
    Scene scene = Scene().Seen(word).Phase(StartPhase::kUncertain, 1, word);
    const Decision wait = scene.Decide();
    EXPECT_THAT(ConditionsOf(wait.status), HasSubstr("StartOutcomePending: Ready=False"));
    EXPECT_FALSE(wait.status.start);
    EXPECT_THAT(EffectsOf(wait), Not(AnyOf(Contains("AnnounceStart"), Contains("CallStart"))));
    EXPECT_LE(wait.requeue_after, seconds(5));
    scene.now.mono += kCallWithin + kSettle;
    EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("Observe"))
        << "what was seen before the deadline settles nothing";
    EXPECT_FALSE(scene.Decide().status.start);
    const Decision settled = scene.Seen(word, Duration{0}).Decide();
    EXPECT_EQ(settled.status.start->outcome, start_outcome::kUnknown);
    EXPECT_THAT(EffectsOf(settled), IsEmpty());
    EXPECT_THAT(EffectsOf(scene.Apply(settled).Decide()), ElementsAre("ForgetStart"));
  }
}

// DTS has answered, if in words that nobody knows: that is no attempt without an answer.
TEST(Uncertain, AfterAnUnknownErrorAndNoEffectItWasRefused) {
  Scene scene = Scene().Seen("NotStarted").Phase(StartPhase::kUncertain);
  scene.s.start.refused = true;
  scene.ActFailed(ErrorClass::kUnknown, "Brand.New");
  EXPECT_THAT(MessageOf(scene.Decide()), HasSubstr("an error that the operator does not know"));
  scene.now.mono += kCallWithin + kSettle;
  const Decision settled = scene.Seen("NotStarted", Duration{0}).Decide();
  EXPECT_EQ(settled.status.start->outcome, start_outcome::kRejected);
  EXPECT_EQ(settled.status.start->attempt, 1);
  EXPECT_EQ(settled.status.last_error->err_code, "Brand.New");
}

TEST(Uncertain, AnInheritedStartHoldsBackAnotherOneUntilItIsForgotten) {
  Scene scene = Scene().Seen("NotStarted").Recorded(start_outcome::kUnknown);
  scene.Phase(StartPhase::kUncertain, 2);
  EXPECT_THAT(EffectsOf(scene.Decide()), IsEmpty());
}

TEST(Attempts, AnAttemptWithoutAnswerAndEffectIsFollowedByAtMostTwoMore) {
  for (const int64_t attempt : {1, 2}) {
    Scene scene = Scene().Seen("NotStarted").Recorded(start_outcome::kUnknown, attempt);
    const Decision d = scene.Decide();
    EXPECT_THAT(EffectsOf(d), ElementsAre("AnnounceStart"));
    EXPECT_EQ(d.start->attempt, attempt + 1);
  }
  Scene scene = Scene().Seen("NotStarted").Recorded(start_outcome::kUnknown, 3);
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "StartOutcomeUnknown: Ready=False Stalled=True Synced=False");
  EXPECT_THAT(EffectsOf(d), IsEmpty());
}

TEST(Attempts, ARefusedAttemptDoesNotCount) {
  Scene scene = Scene().Seen("NotStarted").Recorded(start_outcome::kRejected, 2);
  EXPECT_EQ(scene.Decide().start->attempt, 2);
}

TEST(Attempts, ARefusalStaysOnDisplayAcrossARestart) {
  Scene scene = Scene().Seen("NotStarted").Recorded(start_outcome::kRejected);
  scene.ActFailed(ErrorClass::kBilling, "OperationDenied.NotPurchased");
  scene.Apply(scene.Decide());
  scene.s.act_failure.reset();
  const Decision d = scene.Decide();
  EXPECT_EQ(d.status, scene.job.status);
  EXPECT_THAT(EffectsOf(d), ElementsAre("AnnounceStart"));
}

TEST(ForgedStatus, NumbersOfAnySizeAreBounded) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  for (const int64_t number : {int64_t{-1}, -kMax - 1, int64_t{1} << 62, kMax}) {
    Scene scene = Scene().Seen("NotStarted").Recorded(start_outcome::kUnknown, number);
    const Decision d = scene.Decide();
    if (d.start) {
      EXPECT_EQ(d.start->attempt, 2);
    }
    EXPECT_EQ(EffectsOf(d).contains("AnnounceStart"), number < 0);
    Scene quiet(DesiredState::kSuspended);
    quiet.job.status.start = StartRecord{};
    quiet.job.status.start->episode = number;
    quiet.Seen("Suspending").Recorded(start_outcome::kSucceeded, number);
    const Decision ended = quiet.Decide();
    EXPECT_GT(ended.status.start->episode, 0);
  }
}

TEST(ForgedStatus, HugeStringsAndForeignKeysAreOnlyAnotherWish) {
  Scene scene = Scene().Seen("Suspending").Recorded(start_outcome::kSucceeded);
  scene.job.status.start->key = std::string(1 << 20, 'k');
  scene.job.status.start->intent_time = std::string(1 << 20, '9');
  const Decision d = scene.Decide();
  EXPECT_THAT(EffectsOf(d), ElementsAre("AnnounceStart"));
  EXPECT_EQ(d.start->key.size(), 32U);
}

TEST(Conflict, AnAnnouncementIsDroppedAndALostStartRunsOut) {
  Scene scene = Scene().Seen("NotStarted").Phase(StartPhase::kAnnounced);
  scene.s.conflict_with = ObjectKey{"shop", "first"};
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ForgetStart"));
  scene.Phase(StartPhase::kUncertain);
  const Decision wait = scene.Decide();
  EXPECT_THAT(EffectsOf(wait), IsEmpty());
  EXPECT_EQ(wait.requeue_after, kCallWithin + kSettle);
  scene.now.mono += kCallWithin + kSettle;
  EXPECT_THAT(EffectsOf(scene.Decide()), ElementsAre("ForgetStart"));
}

// Whoever may write the status can keep a job from being started, but can't have it started once
// more.
TEST(ForgedStatus, AnUnknownOutcomeOfTheSameWishNeverStarts) {
  for (const char* outcome : {"", "Banana", "succeeded", "RejectedX"}) {
    Scene scene = Scene().Seen("NotStarted").Recorded(outcome);
    const Decision d = scene.Decide();
    EXPECT_THAT(EffectsOf(d), IsEmpty()) << outcome;
    EXPECT_EQ(ConditionsOf(d.status), "StartOutcomeUnknown: Ready=False Stalled=True Synced=False");
  }
}

}  // namespace
}  // namespace dtsop
