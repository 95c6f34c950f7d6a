#include "effects/leg_table.h"

#include <gtest/gtest.h>

namespace dtsop {
namespace {

using Kind = LegEffect::Kind;

const Leg kLeg{"cn-hangzhou", "job1", "Forward"};
constexpr MonoTime At(int64_t s) { return MonoTime(seconds(s)); }

TEST(LegTable, KnowsTheLastCallOfALegFromItsBeginToItsEnd) {
  LegTable legs;
  EXPECT_EQ(legs.Find(kLeg), nullptr);
  const uint64_t call = legs.Begin(kLeg, Kind::kStart, "NotStarted", At(1));
  ASSERT_NE(legs.Find(kLeg), nullptr);
  EXPECT_TRUE(legs.Find(kLeg)->UnderWay());
  EXPECT_EQ(legs.Find({"cn-hangzhou", "job1", "Reverse"}), nullptr);
  legs.OnMayHaveActed(kLeg, call, At(62), At(2));
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(62));
  EXPECT_EQ(legs.LookAfter(kLeg), At(2));
}

TEST(LegTable, ARefusedCallLeavesWhatWasInTransitionBefore) {
  LegTable legs;
  const uint64_t first = legs.Begin(kLeg, Kind::kSuspend, "Synchronizing", At(1));
  legs.OnMayHaveActed(kLeg, first, At(62), At(2));
  const uint64_t second = legs.Begin(kLeg, Kind::kSuspend, "Synchronizing", At(5));
  legs.OnRefused(kLeg, second, false, At(6));
  ASSERT_NE(legs.Find(kLeg), nullptr);
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(62));
  EXPECT_EQ(legs.LookAfter(kLeg), At(2));

  const uint64_t third = legs.Begin(kLeg, Kind::kStart, "Suspending", At(70));
  legs.OnRefused(kLeg, third, true, At(71));
  EXPECT_EQ(legs.Find(kLeg), nullptr);
  EXPECT_EQ(legs.LookAfter(kLeg), At(71)) << "why it was refused may be news of the job";
}

TEST(LegTable, AnAnswerThatComesAfterTheNextCallHasBegunSaysNothing) {
  LegTable legs;
  const uint64_t first = legs.Begin(kLeg, Kind::kSuspend, "Synchronizing", At(1));
  legs.Begin(kLeg, Kind::kStop, "Synchronizing", At(5));
  legs.OnRefused(kLeg, first, true, At(6));
  ASSERT_NE(legs.Find(kLeg), nullptr);
  EXPECT_TRUE(legs.Find(kLeg)->UnderWay());
}

TEST(LegTable, AnEffectIsSeenByTheFirstQuestionAfterTheCallThatShowsIt) {
  LegTable legs;
  const uint64_t call = legs.Begin(kLeg, Kind::kStart, "NotStarted", At(10));
  legs.OnSeen(kLeg, "Synchronizing", At(9));
  EXPECT_FALSE(legs.Find(kLeg)->seen_at) << "asked before the call";
  legs.OnSeen(kLeg, "NotStarted", At(11));
  EXPECT_FALSE(legs.Find(kLeg)->seen_at);
  legs.OnSeen(kLeg, "Prechecking", At(12));
  legs.OnSeen(kLeg, "Synchronizing", At(13));
  EXPECT_EQ(legs.Find(kLeg)->seen_at, At(12));
  legs.OnMayHaveActed(kLeg, call, At(75), At(15));
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(12));
}

// Which of two calls it is that shows, nobody can tell.
TEST(LegTable, OfTwoCallsThatOverlapNoneIsSeen) {
  LegTable legs;
  const uint64_t first = legs.Begin(kLeg, Kind::kSuspend, "Synchronizing", At(1));
  legs.OnMayHaveActed(kLeg, first, At(90), At(2));
  const uint64_t second = legs.Begin(kLeg, Kind::kSuspend, "Synchronizing", At(3));
  legs.OnMayHaveActed(kLeg, second, At(64), At(4));
  legs.OnSeen(kLeg, "Suspending", At(20));
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(90)) << "when the last of both is over";

  const uint64_t third = legs.Begin(kLeg, Kind::kStart, "Suspending", At(91));
  legs.OnMayHaveActed(kLeg, third, At(151), At(92));
  legs.OnSeen(kLeg, "Synchronizing", At(95));
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(95)) << "those before are over";
}

TEST(LegTable, AnInheritedSuspendMayBeOneOfSeveral) {
  LegTable legs;
  legs.Inherit(kLeg, Kind::kSuspend, "", At(60), At(0));
  legs.OnSeen(kLeg, "Suspending", At(5));
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(60));
  legs.Inherit({"cn-hangzhou", "job2", "Forward"}, Kind::kStart, "", At(60), At(0));
  legs.OnSeen({"cn-hangzhou", "job2", "Forward"}, "Synchronizing", At(5));
  EXPECT_EQ(legs.Find({"cn-hangzhou", "job2", "Forward"})->TrueFrom(), At(5));
}

TEST(LegTable, WhatIsInheritedNeverShortensWhatIsKnown) {
  LegTable legs;
  legs.Inherit(kLeg, Kind::kStart, "", At(60), At(0));
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(60));
  legs.Inherit(kLeg, Kind::kSuspend, "", At(50), At(1));
  EXPECT_EQ(legs.Find(kLeg)->kind, Kind::kStart);
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(60));
  legs.Inherit(kLeg, Kind::kStart, "", At(80), At(2));
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(80));
  legs.Inherit(kLeg, Kind::kSuspend, "", At(150), At(90));
  EXPECT_EQ(legs.Find(kLeg)->kind, Kind::kSuspend) << "the start is over";

  const uint64_t call = legs.Begin(kLeg, Kind::kStart, "Suspending", At(200));
  legs.Inherit(kLeg, Kind::kStart, "", At(300), At(210));
  EXPECT_TRUE(legs.Find(kLeg)->UnderWay());
  legs.OnMayHaveActed(kLeg, call, At(280), At(220));
  EXPECT_EQ(legs.Find(kLeg)->TrueFrom(), At(280));
}

TEST(LegTable, ForgetsWhatIsLongOverAndNothingThatIsUnderWay) {
  LegTable legs;
  const uint64_t call = legs.Begin(kLeg, Kind::kStart, "NotStarted", At(0));
  legs.Prune(At(100'000));
  EXPECT_EQ(legs.size(), 1U);
  legs.OnMayHaveActed(kLeg, call, At(100'060), At(100'000));
  legs.Prune(At(100'060));
  EXPECT_EQ(legs.size(), 1U);
  legs.Prune(At(101'000));
  EXPECT_EQ(legs.size(), 0U);
}

}  // namespace
}  // namespace dtsop
