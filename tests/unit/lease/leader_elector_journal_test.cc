// The Lease as the journal of starts, and giving it back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lease/leader_elector.h"
#include "tests/unit/lease/elector_rig.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Journal, AnAnnouncementIsWrittenAtOnceAndThenReported) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  a.probe.Advance(milliseconds(10));
  const MonoTime sent = a.probe.now.mono;
  ASSERT_TRUE(a.Announce("n1"));
  EXPECT_THAT(a.announced, IsEmpty());
  a.Tick();
  a.probe.Advance(milliseconds(5));
  a.Turn();
  EXPECT_THAT(a.announced, ElementsAre("n1"));
  EXPECT_EQ(a.announced_at, sent) << "the deadline of the call counts from here";
  EXPECT_THAT(lease.Starts(), HasSubstr("n1"));
}

TEST(Journal, StartsThatComeDuringAWriteShareTheNextOne) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  a.Announce("n0");
  a.Tick();
  const int writes = lease.writes;
  for (int i = 1; i < 50; ++i) a.Announce("n" + std::to_string(i));
  a.Turn();
  EXPECT_EQ(a.announced.size(), 50U);
  EXPECT_EQ(lease.writes - writes, 2);
}

TEST(Journal, AnAnnouncementWhoseWriteGotNoAnswerIsReportedOnlyWhenReadBack) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  a.Announce("n1");
  a.Tick();
  (void)lease.Serve(a.probe.Take());
  a.probe.Break(HttpError::kTruncated);
  EXPECT_THAT(a.announced, IsEmpty());
  a.Run(seconds(3));
  EXPECT_THAT(a.announced, ElementsAre("n1"));
}

TEST(Journal, AForgottenStartLeavesWithTheNextWrite) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  a.Announce("n1");
  a.Turn();
  a.elector.Forget("n1");
  a.Run(seconds(3));
  EXPECT_EQ(lease.Starts(), "[]");
}

// Review: the annotation was removed, and nobody knew that there had been starts.
TEST(Journal, IsLostWhenItIsNotThere) {
  FakeLease lease;
  {
    ElectorRig a(lease);
    a.Turn();
    EXPECT_TRUE(a.lost) << "the Lease is new";
    EXPECT_EQ(lease.Starts(), "[]");
  }
  ElectorRig b(lease);
  b.Turn();
  EXPECT_FALSE(b.lost);
  lease.Edit({{"metadata", {{"annotations", {{std::string(kStartsAnnotation), nullptr}}}}}});
  ElectorRig c(lease);
  c.Turn();
  ASSERT_TRUE(c.Leading());
  EXPECT_TRUE(c.lost);
}

TEST(Journal, AStartThatWasForgottenWhileTheLeaseCouldNotBeWrittenIsNotInherited) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  a.Announce("n1");
  a.Announce("n2");
  a.Turn();
  a.elector.Forget("n1");
  a.probe.Advance(minutes(1));
  a.Tick();
  ASSERT_FALSE(a.Leading());
  ASSERT_THAT(lease.Starts(), HasSubstr("n1"));
  a.Run(seconds(3));
  ASSERT_TRUE(a.Leading());
  ASSERT_EQ(a.inherited.size(), 1U);
  EXPECT_EQ(a.inherited[0].nonce, "n2");
  EXPECT_THAT(lease.Starts(), Not(HasSubstr("n1")));
}

TEST(Journal, IsInheritedByTheNextLeader) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  a.Announce("n1");
  a.Turn();
  ElectorRig b(lease, "pod-b", 2);
  b.Run(seconds(20));
  ASSERT_TRUE(b.Leading());
  EXPECT_FALSE(b.lost);
  ASSERT_EQ(b.inherited.size(), 1U);
  EXPECT_EQ(b.inherited[0].nonce, "n1");
  EXPECT_EQ(b.inherited[0].object.ToString(), "shop/orders");
  EXPECT_EQ(b.inherited[0].before, "NotStarted");
  b.Run(seconds(5));
  EXPECT_THAT(lease.Starts(), HasSubstr("n1")) << "until it is settled";
}

TEST(Journal, WhatCannotBeReadIsReportedAsLost) {
  for (const char* text : {"garbage", "{}", "[{}]", "[7]", R"([{"key":"k","nonce":"n"}])"}) {
    FakeLease lease;
    lease.lease = HeldBy("");
    lease.Edit({{"metadata", {{"annotations", {{std::string(kStartsAnnotation), text}}}}}});
    ElectorRig a(lease);
    a.Turn();
    EXPECT_TRUE(a.Leading());
    EXPECT_TRUE(a.lost) << text;
    EXPECT_THAT(a.inherited, IsEmpty());
  }
}

TEST(Journal, IsBounded) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  size_t taken = 0;
  while (taken < 1000 && a.Announce("n" + std::to_string(taken))) ++taken;
  EXPECT_EQ(taken, kStartsInFlightMax);
  a.Turn();
  EXPECT_LT(lease.Starts().size(), 256U * 1024);
  a.elector.Forget("n0");
  EXPECT_TRUE(a.Announce("more"));
}

TEST(Release, GivesTheLeaseBackSoThatTheNextNeedNotWait) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  a.Announce("n1");
  a.Turn();
  bool released = false;
  a.elector.Release([&](Now) { released = true; }, a.probe.now);
  EXPECT_FALSE(released);
  a.Turn();
  EXPECT_TRUE(released);
  EXPECT_FALSE(a.Leading());
  EXPECT_EQ(lease.Holder(), "");
  ElectorRig b(lease, "pod-b", 2);
  b.Turn();
  EXPECT_TRUE(b.Leading());
  EXPECT_EQ(b.inherited.size(), 1U) << "what was not settled is handed on";
}

TEST(Release, WaitsForTheWriteUnderWay) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  a.probe.Advance(seconds(2));
  a.Tick();
  bool released = false;
  a.elector.Release([&](Now) { released = true; }, a.probe.now);
  a.Turn();
  EXPECT_TRUE(released);
  EXPECT_EQ(lease.Holder(), "");
}

TEST(Release, OfAStandbyIsDoneAtOnceOrAfterItsRead) {
  FakeLease lease;
  lease.lease = HeldBy("pod-b");
  ElectorRig a(lease);
  a.Tick();
  bool released = false;
  a.elector.Release([&](Now) { released = true; }, a.probe.now);
  a.Turn();
  EXPECT_TRUE(released);
  EXPECT_EQ(lease.Holder(), "pod-b");
}

TEST(Release, EndsEvenWhenTheApiServerIsGone) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  bool released = false;
  a.elector.Release([&](Now) { released = true; }, a.probe.now);
  a.probe.Break(HttpError::kConnect, false);
  EXPECT_TRUE(released);
  EXPECT_EQ(a.elector.NextWakeup(), kNever);
}

TEST(Release, WhileTheLeaseIsBeingTakenGivesItBackToo) {
  FakeLease lease;
  lease.lease = HeldBy("");
  ElectorRig a(lease);
  a.Tick();
  lease.Answer(a.probe);
  a.Tick();
  ASSERT_EQ(a.probe.Take().method, "PUT");
  bool released = false;
  a.elector.Release([&](Now) { released = true; }, a.probe.now);
  a.Turn();
  EXPECT_TRUE(released);
  EXPECT_EQ(lease.Holder(), "");
}

}  // namespace
}  // namespace dtsop
