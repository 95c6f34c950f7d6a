// Which installation manages a namespace.
#include "lease/namespace_leases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lease/fake_lease.h"

namespace dtsop {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kShop[] = "shop";
const ObjectKey kOrders = {kShop, "orders"};

// The leader of one installation, and what its NamespaceLeases told it.
struct Installation {
  explicit Installation(FakeLease& fake, const std::string& name)
      : server(fake),
        leases(name, probe.outbox,
               {[this](const std::string&) { return untouched; },
                [this](const std::string&, bool taken_over, Now) {
                  told.emplace_back(taken_over ? "taken over" : "held");
                },
                [this](const std::string&) { told.emplace_back("not held"); },
                [this](const ObjectKey& who) { checked.push_back(who); }}) {}

  bool Holds() { return leases.Holds(kShop, probe.now); }
  void Answer() {
    for (int i = 0; i < 8 && !probe.sent().empty(); ++i) server.Answer(probe);
  }
  void Run(Duration time) {
    for (const MonoTime end = probe.now.mono + time; probe.now.mono < end;) {
      probe.Advance(seconds(1));
      leases.Tick(probe.now);
      Answer();
    }
  }
  bool MayAct() { return probe.now.mono < leases.ActUntil(kShop); }

  FakeLease& server;
  OutboxProbe probe;
  bool untouched = false;
  std::vector<std::string> told;
  std::vector<ObjectKey> checked;
  NamespaceLeases leases;
};

constexpr char kHere[] = "dts-system/dts-operator";
constexpr char kThere[] = "tools/bank-dts";

TEST(NamespaceLeases, OnlyTheFirstOfTwoInstallationsHoldsANamespace) {
  FakeLease lease;
  Installation here(lease, kHere);
  Installation there(lease, kThere);
  here.untouched = there.untouched = true;
  EXPECT_FALSE(here.Holds()) << "nothing is known yet";
  EXPECT_FALSE(there.Holds());
  // Both find that there is none, and both make one.
  lease.Answer(here.probe);
  lease.Answer(there.probe);
  here.Answer();
  there.Answer();
  EXPECT_TRUE(here.Holds());
  EXPECT_FALSE(there.Holds());
  EXPECT_EQ(lease.Holder(), kHere);
  EXPECT_TRUE(there.leases.IsElsewhere(kShop));
  EXPECT_THAT(here.told, ElementsAre("held")) << "nobody can have called DTS before";
  EXPECT_THAT(there.probe.Logged(), Contains(HasSubstr("another installation manages")));
}

TEST(NamespaceLeases, ANamespaceThatSomebodyHasWorkedInIsTakenOver) {
  FakeLease lease;
  Installation here(lease, kHere);
  here.Holds();
  here.Answer();
  EXPECT_THAT(here.told, ElementsAre("taken over"));
}

TEST(NamespaceLeases, TheNextLeaderOfTheSameInstallationGoesOn) {
  FakeLease lease;
  Installation first(lease, kHere);
  first.untouched = true;
  first.Holds();
  first.Answer();
  Installation next(lease, kHere);
  next.Holds();
  next.Answer();
  EXPECT_TRUE(next.Holds());
  EXPECT_THAT(next.told, ElementsAre("held"));
}

TEST(NamespaceLeases, TheNextLeaderKnowsOfATakeOverThatWasNotLongAgo) {
  FakeLease lease;
  Installation first(lease, kHere);
  first.Holds();
  first.Answer();
  Installation soon(lease, kHere);
  soon.Holds();
  soon.Answer();
  EXPECT_THAT(soon.told, ElementsAre("taken over"));
  Installation later(lease, kHere);
  later.probe.Advance(minutes(11));
  later.Holds();
  later.Answer();
  EXPECT_THAT(later.told, ElementsAre("held"));
}

TEST(NamespaceLeases, ATakeOverWhoseAnswerIsLostIsOneAllTheSame) {
  FakeLease lease;
  Installation here(lease, kHere);
  here.Holds();
  lease.Answer(here.probe);
  (void)lease.Serve(here.probe.Take());
  here.probe.Break(HttpError::kTimeout);
  EXPECT_FALSE(here.Holds());
  here.Run(seconds(10));
  EXPECT_TRUE(here.Holds());
  EXPECT_THAT(here.told, ElementsAre("taken over"));
}

TEST(NamespaceLeases, CallsRestOnAQuestionOfTenSecondsAgoAtMost) {
  FakeLease lease;
  Installation here(lease, kHere);
  EXPECT_FALSE(here.MayAct());
  here.Holds();
  here.Answer();
  EXPECT_TRUE(here.MayAct());
  here.probe.Advance(seconds(10));
  EXPECT_FALSE(here.MayAct());
  EXPECT_TRUE(here.Holds());
  here.leases.Check(kOrders, here.probe.now);
  EXPECT_THAT(here.checked, IsEmpty());
  here.Answer();
  EXPECT_TRUE(here.MayAct());
  EXPECT_THAT(here.checked, ElementsAre(kOrders));
}

TEST(NamespaceLeases, AFailedQuestionIsAskedAgainInItsTime) {
  FakeLease lease;
  Installation here(lease, kHere);
  here.Holds();
  here.Answer();
  here.probe.Advance(seconds(20));
  here.leases.Check(kOrders, here.probe.now);
  here.probe.Answer(503, "");
  here.leases.Check(kOrders, here.probe.now);
  EXPECT_THAT(here.probe.sent(), IsEmpty());
  here.Run(seconds(6));
  EXPECT_TRUE(here.MayAct());
  EXPECT_THAT(here.checked, ElementsAre(kOrders));
}

TEST(NamespaceLeases, IsRenewedWithoutEndAndCostsAWriteAMinute) {
  FakeLease lease;
  Installation here(lease, kHere);
  here.Holds();
  here.Answer();
  here.Run(minutes(1));
  const int writes = lease.writes;
  here.Run(minutes(60));
  EXPECT_TRUE(here.Holds());
  EXPECT_NEAR(lease.writes - writes, 60, 2);
  EXPECT_THAT(here.told, ElementsAre("taken over"));
}

TEST(NamespaceLeases, TheOtherInstallationTakesOverFiveMinutesAfterTheFirstHasEnded) {
  FakeLease lease;
  Installation here(lease, kHere);
  Installation there(lease, kThere);
  here.Holds();
  here.Answer();
  there.Holds();
  there.Answer();
  there.Run(seconds(290));
  EXPECT_FALSE(there.Holds());
  there.Run(seconds(20));
  EXPECT_TRUE(there.Holds());
  EXPECT_THAT(there.told, ElementsAre("taken over"));
  // Should the first one have been frozen only, it finds out before it acts.
  here.probe.Advance(seconds(310));
  EXPECT_FALSE(here.MayAct());
  EXPECT_FALSE(here.Holds());
  here.leases.Check(kOrders, here.probe.now);
  here.Answer();
  EXPECT_FALSE(here.MayAct());
  EXPECT_TRUE(here.leases.IsElsewhere(kShop));
  EXPECT_THAT(here.told, ElementsAre("taken over", "not held"));
}

TEST(NamespaceLeases, ALeaseThatSomebodyDeletesGoesToWhoComesFirst) {
  FakeLease lease;
  Installation here(lease, kHere);
  Installation there(lease, kThere);
  here.untouched = true;
  here.Holds();
  here.Answer();
  there.Holds();
  there.Answer();
  lease.lease = nullptr;
  there.Run(seconds(31));
  EXPECT_TRUE(there.Holds());
  EXPECT_THAT(there.told, ElementsAre("taken over"));
  here.Run(seconds(61));
  EXPECT_FALSE(here.Holds());
  EXPECT_THAT(here.told, ElementsAre("held", "not held"));
}

TEST(NamespaceLeases, WhoMakesItsDeletedLeaseAnewWaitsAsIfItHadTakenOver) {
  FakeLease lease;
  Installation here(lease, kHere);
  here.untouched = true;
  here.Holds();
  here.Answer();
  here.untouched = false;
  lease.lease = nullptr;
  here.Run(seconds(61));
  EXPECT_TRUE(here.Holds());
  EXPECT_THAT(here.told, ElementsAre("held", "taken over"));
}

TEST(NamespaceLeases, WithoutTheRightToItTheDtsJobsAreLeftAloneAndItIsSaidWhy) {
  FakeLease lease;
  Installation here(lease, kHere);
  here.Holds();
  here.probe.Finish(FakeLease::Status(403, "Forbidden"));
  EXPECT_FALSE(here.Holds());
  EXPECT_THAT(here.told, ElementsAre("not held"));
  EXPECT_THAT(here.leases.ProblemOf(kShop), HasSubstr("may get, create and update the Lease"));
  here.Run(seconds(6));
  EXPECT_TRUE(here.Holds());
  EXPECT_EQ(here.leases.ProblemOf(kShop), "");
}

TEST(NamespaceLeases, WhatCannotBeMadeIsNotTriedWithoutAPause) {
  FakeLease lease;
  Installation here(lease, kHere);
  here.Holds();
  lease.Answer(here.probe);
  // As when the namespace has gone meanwhile.
  here.probe.Finish(FakeLease::Status(404, "NotFound"));
  EXPECT_THAT(here.probe.sent(), IsEmpty());
}

TEST(NamespaceLeases, AnAnswerForAForgottenNamespaceIsForNobody) {
  FakeLease lease;
  Installation here(lease, kHere);
  here.Holds();
  here.leases.Forget(kShop);
  here.Answer();
  EXPECT_THAT(here.told, IsEmpty());
  EXPECT_EQ(here.leases.NextWakeup(), kNever);
  here.Holds();
  here.leases.Clear();
  here.Answer();
  EXPECT_THAT(here.told, IsEmpty());
}

}  // namespace
}  // namespace dtsop
