#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/effects/fleet_fixture.h"

namespace dtsop {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(FleetTest, OneJobIsAskedForByItself) {
  jobs_ = 1000;
  Wish(0, 1);
  Run();
  EXPECT_THAT(calls_, ElementsAre("DescribeDtsJobDetail"));
  EXPECT_THAT(answered_, ElementsAre("job00000"));
}

TEST_F(FleetTest, AThousandJobsTakeTenPages) {
  jobs_ = 1000;
  Wish(0, 1000);
  Run();
  EXPECT_THAT(calls_, SizeIs(10));
  EXPECT_THAT(calls_, Each("DescribeDtsJobs"));
  EXPECT_THAT(listed_, SizeIs(1000));
  EXPECT_THAT(answered_, SizeIs(1000));
}

TEST_F(FleetTest, JobsOfUnknownTypeAreFoundAmongThoseOfAnyType) {
  jobs_ = 300;
  Wish(0, 300, JobType::kUnknown);
  Run();
  EXPECT_EQ(Calls("DescribeDtsJobs"), 3U);
  EXPECT_THAT(listed_, SizeIs(300));
}

TEST_F(FleetTest, WhatThePagesLackIsAskedForByItself) {
  jobs_ = 200;
  Wish(0, 203, JobType::kUnknown);
  Run();
  EXPECT_THAT(answered_, SizeIs(203));
  EXPECT_EQ(Calls("DescribeDtsJobDetail"), 3U);
  EXPECT_EQ(Calls("DescribeDtsJobs"), 4U);  // and that no job is of another type
}

TEST_F(FleetTest, AFewJobsOfALargeAccountAreNotLookedForInAllItsPages) {
  jobs_ = 100'000;
  Wish(50'000, 20);
  Run();
  EXPECT_EQ(Calls("DescribeDtsJobs"), 2U) << "a page that tells how many there are, and a list";
  EXPECT_THAT(answered_, SizeIs(20));
  calls_.clear();
  Wish(50'000, 20);
  Run();
  EXPECT_THAT(calls_, ElementsAre("DescribeDtsJobs"));
}

TEST_F(FleetTest, WithoutTheRightToListJobsEachIsAskedForByItself) {
  jobs_ = 60;
  pages_fail_ = "Forbidden.RAM";
  Wish(0, 60);
  Run();
  EXPECT_EQ(Calls("DescribeDtsJobs"), 1U);
  EXPECT_THAT(answered_, SizeIs(60));
  Wish(0, 60);
  Run();
  EXPECT_EQ(Calls("DescribeDtsJobs"), 1U);
}

TEST_F(FleetTest, ThatPagesAreRefusedIsRememberedWhileTheAccountIsUsed) {
  AccountBook book(random_);
  const ObjectKey secret = {"shop", "dts"};
  ASSERT_EQ(book.Bind(secret, {"LTAI", SecretString("s"), {}}), kAccount.account);
  pages_fail_ = "Forbidden.RAM";
  Wish(0, 60);
  Run();
  fleet_.ForgetUnused(book, probe_.now.mono);
  Wish(0, 60);
  Run();
  EXPECT_EQ(Calls("DescribeDtsJobs"), 1U);
  EXPECT_EQ(fleet_.accounts(), 1U);
  book.Drop(secret);
  fleet_.ForgetUnused(book, probe_.now.mono);
  EXPECT_EQ(fleet_.accounts(), 0U);
}

TEST_F(FleetTest, WhatWasLearnedOfAnAccountIsForgottenWhenNobodyAsksAboutItForLong) {
  AccountBook book(random_);
  ASSERT_EQ(book.Bind({"shop", "dts"}, {"LTAI", SecretString("s"), {}}), kAccount.account);
  jobs_ = 60;
  Wish(0, 60);
  Run();
  fleet_.ForgetUnused(book, probe_.now.mono);
  EXPECT_EQ(fleet_.accounts(), 1U);
  fleet_.ForgetUnused(book, probe_.now.mono + hours(2));
  EXPECT_EQ(fleet_.accounts(), 0U);
}

TEST_F(FleetTest, AWrongKeyIsToldToAllAfterOneCall) {
  jobs_ = 1000;
  all_fails_ = "InvalidAccessKeyId.NotFound";
  Wish(0, 1000);
  Run();
  EXPECT_THAT(calls_, SizeIs(1));
  EXPECT_THAT(failed_, SizeIs(1000));
}

TEST_F(FleetTest, ADtsThatDoesNotAnswerIsToldToAllAfterAFewCalls) {
  jobs_ = 1000;
  all_fails_ = "ServiceUnavailable";
  Wish(0, 1000);
  Run(milliseconds(100));
  EXPECT_THAT(calls_, SizeIs(Breaker::kFailuresToOpen));
  EXPECT_THAT(failed_, SizeIs(1000));
  EXPECT_NE(dts_.Outage(kAccount), nullptr);
}

TEST_F(FleetTest, AfterOneFailureTheJobsWaitForAnAnswer) {
  jobs_ = 1000;
  Wish(0, 1000);
  fleet_.Advance(probe_.now);
  probe_.Answer(503, R"({"Code":"ServiceUnavailable"})");
  fleet_.Advance(probe_.now);
  EXPECT_THAT(probe_.sent(), SizeIs(Breaker::kFailuresToOpen - 1));
  Run();
  EXPECT_THAT(answered_, SizeIs(1000));
  EXPECT_THAT(failed_, IsEmpty());
}

TEST_F(FleetTest, AnAnswerToAnEarlierQuestionIsOfNoUse) {
  jobs_ = 100;
  Wish(0, 50);
  fleet_.Advance(probe_.now);
  ASSERT_THAT(probe_.sent(), SizeIs(1));
  probe_.Advance(milliseconds(5));
  after_ = probe_.now.mono;
  Wish(0, 1);
  Run();
  EXPECT_THAT(calls_, ElementsAre("DescribeDtsJobs", "DescribeDtsJobDetail"));
}

TEST_F(FleetTest, NobodyIsAskedForOnBehalfOfADtsJobThatHasGone) {
  jobs_ = 100;
  Wish(0, 100);
  for (int i = 0; i < 100; ++i) fleet_.Forget({"shop", fmt::format("job{:05}", i)}, kAccount);
  Run();
  EXPECT_THAT(calls_, IsEmpty());
}

}  // namespace
}  // namespace dtsop
