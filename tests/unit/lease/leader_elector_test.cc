#include "lease/leader_elector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/lease/elector_rig.h"

namespace dtsop {
namespace {

using ::testing::HasSubstr;

TEST(Acquire, AMissingLeaseIsCreated) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  EXPECT_TRUE(a.Leading());
  EXPECT_EQ(lease.Holder(), "pod-a");
  EXPECT_EQ(lease.lease["spec"]["leaseDurationSeconds"], 15);
  EXPECT_EQ(a.led, 1);
  EXPECT_TRUE(a.lost) << "nobody knows what an earlier Lease held";
}

TEST(Acquire, AReleasedLeaseIsTakenAtOnce) {
  FakeLease lease;
  lease.lease = HeldBy("");
  lease.Edit({{"metadata", {{"annotations", {{std::string(kStartsAnnotation), "[]"}}}}}});
  ElectorRig a(lease);
  a.Turn();
  EXPECT_TRUE(a.Leading());
  EXPECT_FALSE(a.lost);
  EXPECT_EQ(lease.lease["spec"]["leaseTransitions"], 1);
}

TEST(Acquire, AHeldLeaseIsTakenOnlyWhenItStoodStillForItsDuration) {
  FakeLease lease;
  lease.lease = HeldBy("pod-b");
  ElectorRig a(lease);
  a.Run(seconds(14));
  EXPECT_FALSE(a.Leading());
  lease.Edit({{"spec", {{"renewTime", "2027-01-15T08:00:14.000000Z"}}}});
  a.Run(seconds(14));
  EXPECT_FALSE(a.Leading()) << "it was renewed";
  a.Run(seconds(4));
  EXPECT_TRUE(a.Leading());
}

TEST(Acquire, ThePodsOwnLeaseIsTakenBackAtOnce) {
  FakeLease lease;
  lease.lease = HeldBy("pod-a");
  ElectorRig a(lease);
  a.Turn();
  EXPECT_TRUE(a.Leading());
}

TEST(Acquire, ATamperedDurationLocksNobodyOutForEver) {
  for (const int64_t duration : {std::numeric_limits<int64_t>::max(), int64_t{1'000'000}}) {
    FakeLease lease;
    lease.lease = HeldBy("pod-b", duration);
    ElectorRig a(lease);
    a.Run(hours(1) + seconds(5));
    EXPECT_TRUE(a.Leading());
  }
  for (const int64_t duration : {int64_t{0}, int64_t{-5}, std::numeric_limits<int64_t>::min()}) {
    FakeLease lease;
    lease.lease = HeldBy("pod-b", duration);
    ElectorRig a(lease);
    a.Turn();
    EXPECT_FALSE(a.Leading()) << "a second passes at least";
    a.Run(seconds(5));
    EXPECT_TRUE(a.Leading());
  }
}

TEST(Acquire, OfTwoThatTryAtOnceOneLeads) {
  FakeLease lease;
  ElectorRig a(lease);
  ElectorRig b(lease, "pod-b", 2);
  a.Tick();
  b.Tick();
  lease.Answer(a.probe);
  lease.Answer(b.probe);
  a.Turn();
  b.Turn();
  EXPECT_TRUE(a.Leading());
  EXPECT_FALSE(b.Leading());
}

TEST(Acquire, AnUnreadableLeaseIsReadAgain) {
  FakeLease lease;
  ElectorRig a(lease);
  for (const char* body : {"", "<html>", "[]", "{}", R"({"metadata":7})"}) {
    a.Tick();
    a.probe.Answer(200, body);
    EXPECT_FALSE(a.Leading()) << body;
    a.probe.Advance(seconds(3));
  }
  a.Run(seconds(3));
  EXPECT_TRUE(a.Leading());
}

TEST(Renew, ALeaderWritesEveryRetryPeriod) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  const int writes = lease.writes;
  a.Run(seconds(20));
  EXPECT_TRUE(a.Leading());
  EXPECT_GE(lease.writes - writes, 9);
  EXPECT_LE(lease.writes - writes, 11);
  EXPECT_EQ(a.led, 1);
}

TEST(Renew, AStrayEditorOfTheLeaseIsNoRival) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  lease.Edit({{"metadata", {{"labels", {{"team", "x"}}}}}});
  a.Run(seconds(5));
  EXPECT_TRUE(a.Leading());
  EXPECT_EQ(a.stopped, 0);
  EXPECT_EQ(lease.lease["metadata"]["labels"]["team"], "x") << "what others wrote stays";
}

TEST(Renew, AnotherHolderEndsTheLeadership) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  lease.Edit({{"spec", {{"holderIdentity", "pod-b"}}}});
  a.Run(seconds(3));
  EXPECT_FALSE(a.Leading());
  EXPECT_EQ(a.stopped, 1);
  EXPECT_EQ(lease.Holder(), "pod-b");
}

TEST(Renew, AWriteWithoutAnswerThatSucceededIsFoundOut) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  a.probe.Advance(seconds(2));
  a.Tick();
  (void)lease.Serve(a.probe.Take());
  a.probe.Break(HttpError::kTimeout);
  a.Run(seconds(4));
  EXPECT_TRUE(a.Leading());
  EXPECT_EQ(a.stopped, 0);
}

TEST(Renew, ALeaderThatCannotWriteStopsByItsDeadline) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  const MonoTime sent = a.probe.now.mono;
  EXPECT_EQ(a.elector.LeadingUntil(), sent + seconds(10));
  while (a.probe.now.mono < sent + seconds(10)) {
    EXPECT_TRUE(a.Leading());
    a.Tick();
    if (!a.probe.sent().empty()) a.probe.Break(HttpError::kConnect, false);
    a.probe.Advance(milliseconds(500));
  }
  EXPECT_FALSE(a.Leading()) << "even before the next Tick";
  a.Tick();
  EXPECT_EQ(a.stopped, 1);
  EXPECT_FALSE(a.Announce("late"));
}

TEST(Renew, TheDeadlineWakesTheElectorWhileAWriteHangs) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  const MonoTime until = a.elector.LeadingUntil();
  a.probe.Advance(seconds(2));
  a.Tick();
  ASSERT_FALSE(a.probe.sent().empty());
  EXPECT_EQ(a.elector.NextWakeup(), until);
}

TEST(Renew, ADeletedLeaseIsWrittenAnewWithTheJournal) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  ASSERT_TRUE(a.Announce("n1"));
  a.Turn();
  lease.lease = Json();
  a.Run(seconds(3));
  EXPECT_TRUE(a.Leading());
  EXPECT_EQ(a.stopped, 0);
  EXPECT_THAT(lease.Starts(), HasSubstr("n1"));
}

TEST(Renew, ADeletedLeaseThatAnotherTookFirstIsLost) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  lease.lease = HeldBy("pod-b");
  a.Run(seconds(3));
  EXPECT_EQ(a.stopped, 1);
  EXPECT_FALSE(a.Leading());
}

TEST(Renew, OfTwoProcessesWithOneIdentityTheFirstStopsAndDoesNotFight) {
  FakeLease lease;
  ElectorRig a(lease);
  a.Turn();
  ElectorRig twin(lease, "pod-a", 2);
  twin.Turn();
  EXPECT_TRUE(twin.Leading());
  for (int i = 0; i < 60; ++i) {
    a.Run(seconds(1));
    twin.Run(seconds(1));
  }
  EXPECT_FALSE(a.Leading());
  EXPECT_TRUE(twin.Leading());
  EXPECT_EQ(a.stopped, 1);
  EXPECT_EQ(twin.stopped, 0);
}

TEST(Fencing, TwoNeverLeadAtTheSameTime) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    FakeLease lease;
    ElectorRig a(lease, "pod-a", seed);
    ElectorRig b(lease, "pod-b", seed + 1000);
    Random random(seed);
    for (int step = 0; step < 400; ++step) {
      for (ElectorRig* rig : {&a, &b}) {
        rig->Tick();
        if (rig->probe.sent().empty() || random.Percent(30)) continue;
        if (random.Percent(20)) {
          if (random.Percent(50)) (void)lease.Serve(rig->probe.Take());
          rig->probe.Break(HttpError::kTimeout);
        } else {
          lease.Answer(rig->probe);
        }
      }
      ASSERT_FALSE(a.Leading() && b.Leading()) << "seed " << seed << " step " << step;
      const Duration time = milliseconds(random.Below(2000));
      a.probe.Advance(time);
      b.probe.Advance(time);
    }
  }
}

TEST(Acquire, ATamperedCountOfTransitionsStaysALegalNumber) {
  FakeLease lease;
  lease.lease = HeldBy("");
  for (const int64_t count : {std::numeric_limits<int64_t>::max(),
                              int64_t{std::numeric_limits<int32_t>::max()}, int64_t{-9}}) {
    lease.lease["spec"]["leaseTransitions"] = count;
    lease.lease["spec"]["holderIdentity"] = "";
    ElectorRig a(lease);
    a.Turn();
    ASSERT_TRUE(a.Leading());
    const int64_t written = lease.lease["spec"]["leaseTransitions"];
    EXPECT_GE(written, 0);
    EXPECT_LE(written, std::numeric_limits<int32_t>::max());
  }
}

TEST(Acquire, AnAnswerToAWriteThatIsNoLeaseProvesNothing) {
  for (const char* body : {"{}", "[]", "null", "<html>", R"({"metadata":{}})"}) {
    FakeLease lease;
    lease.lease = HeldBy("");
    ElectorRig a(lease);
    a.Tick();
    lease.Answer(a.probe);
    a.Tick();
    ASSERT_EQ(a.probe.Take().method, "PUT");
    a.probe.Answer(200, body);
    EXPECT_FALSE(a.Leading()) << body;
  }
}

}  // namespace
}  // namespace dtsop
