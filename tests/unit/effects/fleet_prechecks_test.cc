// What failed in a precheck comes with the answer, for at most one call more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/effects/fleet_fixture.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const PrecheckItem kItem = {"CHECK_CONN_SRC", "Failed", "no route", "REPAIR1"};

class Prechecks : public FleetTest {
 protected:
  Prechecks() {
    word_ = "PrecheckFailed";
    error_message_ = "DTS-070211: Connect Source DB failed";
  }
  // What is known of the job's failed items once it has been asked for.
  std::optional<std::vector<PrecheckItem>> Look(int job = 0) {
    Wish(job, 1);
    Run(seconds(1));
    return seen_[fmt::format("job{:05}", job)].failed_checks;
  }
};

TEST_F(Prechecks, ThatFailedAreAskedForWhatFailedBeforeTheAnswerIsGiven) {
  Wish(0, 1);
  fleet_.Advance(probe_.now);
  Serve();
  EXPECT_THAT(answered_, IsEmpty());
  const std::string target = probe_.Take().target;
  EXPECT_THAT(target, testing::HasSubstr("DtsJobId=job00000"));
  EXPECT_THAT(target, testing::HasSubstr("JobCode=01"));
  Serve();
  EXPECT_THAT(calls_, ElementsAre("DescribeDtsJobDetail", "DescribePreCheckStatus"));
  EXPECT_THAT(answered_, ElementsAre("job00000"));
  EXPECT_THAT(*seen_["job00000"].failed_checks, ElementsAre(kItem));
  EXPECT_EQ(seen_["job00000"].status, "PrecheckFailed");
}

TEST_F(Prechecks, OfJobsInAnyOtherStateAreNotAskedFor) {
  for (const char* word : {"Synchronizing", "Prechecking", "PreCheckPass", "Failed", "Odd"}) {
    word_ = word;
    EXPECT_FALSE(Look());
  }
  EXPECT_EQ(Calls("DescribePreCheckStatus"), 0U);
}

TEST_F(Prechecks, ThatAreKnownAreNotAskedForAgain) {
  known_precheck_ = error_message_;
  EXPECT_FALSE(Look());
  EXPECT_EQ(Calls("DescribePreCheckStatus"), 0U);
  error_message_ = "DTS-070212: another one";
  EXPECT_TRUE(Look());
  EXPECT_EQ(Calls("DescribePreCheckStatus"), 1U);
}

TEST_F(Prechecks, OfAReverseLegCannotBeAskedFor) {
  Fleet::Wish wish;
  wish.spec.dts_job_id = "two-way";
  wish.spec.direction = "Reverse";
  wish.credentials = {"LTAI", SecretString("s"), {}};
  fleet_.Observe({"shop", "two-way"}, kAccount, wish);
  Run(seconds(1));
  EXPECT_THAT(calls_, ElementsAre("DescribeDtsJobDetail"));
  EXPECT_THAT(answered_, SizeIs(1));
}

TEST_F(Prechecks, ThatPagesDescribeAreNotAskedFor) {
  jobs_ = 15;
  precheck_of_pages_ =
      *ParseJson(R"({"Detail":[{"CheckItem":"A","CheckResult":"Failed"},{"CheckItem":"B"}]})");
  Wish(0, 15);
  Run(seconds(1));
  EXPECT_THAT(calls_, ElementsAre("DescribeDtsJobs"));
  EXPECT_THAT(*seen_["job00007"].failed_checks, ElementsAre(PrecheckItem{"A", "Failed", "", ""}));
}

TEST_F(Prechecks, ThatPagesDoNotDescribeAreAskedForByJob) {
  jobs_ = 20;
  Wish(0, 15);
  fleet_.Advance(probe_.now);
  Serve();
  EXPECT_THAT(answered_, IsEmpty());
  EXPECT_THAT(listed_, SizeIs(5)) << "and nobody is told the half of it";
  Run(seconds(1));
  EXPECT_EQ(Calls("DescribeDtsJobs"), 1U);
  EXPECT_EQ(Calls("DescribePreCheckStatus"), 15U);
  EXPECT_THAT(answered_, SizeIs(15));
  EXPECT_THAT(*seen_["job00014"].failed_checks, ElementsAre(kItem));
}

TEST_F(Prechecks, AreNotWaitedForWhenTheQuotaIsUsedUp) {
  jobs_ = 60;
  Wish(0, 60);
  fleet_.Advance(probe_.now);
  Serve();
  EXPECT_THAT(answered_, SizeIs(40));
  EXPECT_THAT(failed_, IsEmpty());
  EXPECT_FALSE(seen_["job00059"].failed_checks);
  Run(seconds(5));
  EXPECT_THAT(answered_, SizeIs(60));
  EXPECT_EQ(Calls("DescribePreCheckStatus"), 20U);
}

TEST_F(Prechecks, WithoutTheRightTheAnswerComesWithoutThemAndTheyAreLeftAlone) {
  prechecks_fail_ = "Forbidden.RAM";
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Look(i % 2));
  EXPECT_THAT(failed_, IsEmpty());
  EXPECT_THAT(answered_, SizeIs(5));
  EXPECT_EQ(Calls("DescribePreCheckStatus"), 1U);
  prechecks_fail_.clear();
  probe_.Advance(minutes(10));
  EXPECT_TRUE(Look());
}

TEST_F(Prechecks, ThatAFailureOfDtsHidesAreAskedForSoonAgain) {
  prechecks_fail_ = "ServiceUnavailable";
  EXPECT_FALSE(Look());
  EXPECT_THAT(failed_, IsEmpty());
  EXPECT_FALSE(Look());
  EXPECT_EQ(Calls("DescribePreCheckStatus"), 1U);
  prechecks_fail_.clear();
  probe_.Advance(seconds(10));
  EXPECT_TRUE(Look());
}

// Only looking for jobs says whether DTS is there.
TEST_F(Prechecks, ThatDtsDoesNotAnswerAreNoOutage) {
  Wish(0, 10);
  fleet_.Advance(probe_.now);
  while (!probe_.sent().empty()) {
    const bool precheck =
        FindHeader(probe_.Take().headers, "x-acs-action") == "DescribePreCheckStatus";
    precheck ? probe_.Break(HttpError::kTimeout) : Serve();
    fleet_.Advance(probe_.now);
  }
  EXPECT_THAT(answered_, SizeIs(10));
  EXPECT_THAT(failed_, IsEmpty());
  EXPECT_EQ(dts_.Outage(kAccount), nullptr);
}

TEST_F(Prechecks, ThatDtsRefusesForAJobAreEmptyForThatJobOnly) {
  prechecks_fail_ = "InvalidParameter";
  EXPECT_THAT(*Look(0), IsEmpty());
  prechecks_fail_.clear();
  EXPECT_THAT(*Look(1), ElementsAre(kItem));
}

TEST_F(Prechecks, ThatRunAgainAreNotKnownYet) {
  precheck_ = R"({"Success":true,"State":"Checking","JobProgress":[]})";
  EXPECT_FALSE(Look());
}

TEST_F(Prechecks, OfADtsJobThatHasGoneInterestNobody) {
  Wish(0, 1);
  fleet_.Advance(probe_.now);
  Serve();
  fleet_.Forget({"shop", "job00000"}, kAccount);
  Serve();
  EXPECT_THAT(answered_, IsEmpty());
}

}  // namespace
}  // namespace dtsop
