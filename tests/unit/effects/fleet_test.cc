#include "effects/fleet.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/outbox_probe.h"

namespace dtsop {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const AccountKey kAccount = {"LTAI", "cn-hangzhou"};

// A Fleet, DtsJobs that are named as their jobs, and a DTS that has `jobs_` jobs of type SYNC, or
// refuses pages with `pages_fail_` and everything with `all_fails_`.
class FleetTest : public ::testing::Test {
 protected:
  void Wish(int first, int count, JobType type = JobType::kSync) {
    for (int i = first; i < first + count; ++i) {
      Fleet::Wish wish;
      wish.spec.dts_job_id = fmt::format("job{:05}", i);
      wish.type = type;
      wish.after = after_;
      wish.credentials = {"LTAI", SecretString("s"), {}};
      fleet_.Observe({"shop", wish.spec.dts_job_id}, kAccount, wish, probe_.now.mono);
    }
  }
  // Every call and every answer, for `time`.
  void Run(Duration time = seconds(30)) {
    for (const MonoTime end = probe_.now.mono + time; probe_.now.mono < end;) {
      dts_.Advance(probe_.now);
      fleet_.Advance(probe_.now);
      if (!probe_.sent().empty()) {
        Serve();
      } else {
        probe_.Advance(milliseconds(10));
      }
    }
  }
  void Serve() {
    const std::string action(FindHeader(probe_.Take().headers, "x-acs-action"));
    const std::string target = probe_.Take().target;
    calls_.push_back(action);
    if (!all_fails_.empty()) return probe_.Answer(400, R"({"Code":")" + all_fails_ + R"("})");
    if (action == "DescribeDtsJobDetail") {
      return probe_.Answer(200, R"({"Success":true,"Status":"Synchronizing","JobType":"sync"})");
    }
    if (!pages_fail_.empty()) return probe_.Answer(400, R"({"Code":")" + pages_fail_ + R"("})");
    const bool sync = target.find("JobType=SYNC") != std::string::npos;
    const size_t at = target.find("PageNumber=") + 11;
    const int page = std::stoi(target.substr(at));
    Json list = Json::array();
    for (int i = (page - 1) * 100; sync && i < std::min(page * 100, jobs_); ++i) {
      list.push_back({{"DtsJobId", fmt::format("job{:05}", i)},
                      {"Status", "Synchronizing"},
                      {"JobType", "SYNC"}});
    }
    probe_.Answer(200, DumpJson({{"Success", true},
                                 {"TotalRecordCount", sync ? jobs_ : 0},
                                 {"DtsJobList", list}}));
  }
  size_t Calls(std::string_view action) const {
    return static_cast<size_t>(std::count(calls_.begin(), calls_.end(), action));
  }

  OutboxProbe probe_;
  int jobs_ = 0;
  std::string pages_fail_;
  std::string all_fails_;
  MonoTime after_ = MonoTime::min();
  std::vector<std::string> calls_;
  std::vector<std::string> answered_;
  std::vector<std::string> failed_;
  std::set<std::string> listed_;

  Random random_{1};
  NullMetrics metrics_;
  DtsCaller dts_{{{"https://dts.example", {}, false}, SignatureKind::kAcs3, {}},
                 probe_.outbox,
                 random_,
                 metrics_,
                 {[this](DtsAction action, const AccountKey& account, const ObjectKey& who,
                         Now now) { return fleet_.OnTurn(action, account, who, now); },
                  [](const AccountKey&, Now) {}}};
  Fleet fleet_{dts_,
               {[this](const ObjectKey& who, const Fleet::Wish&,
                       const tl::expected<ObservedJob, CallFailure>& answer, MonoTime, Now) {
                  answered_.push_back(who.name);
                  if (!answer) failed_.push_back(answer.error().code);
                },
                [this](const AccountKey&, const ObservedJob& seen, MonoTime, Now) {
                  listed_.insert(seen.job_id);
                }}};
};

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
  EXPECT_EQ(Calls("DescribeDtsJobs"), 1U);
  EXPECT_THAT(answered_, SizeIs(20));
  calls_.clear();
  Wish(50'000, 20);
  Run();
  EXPECT_EQ(Calls("DescribeDtsJobs"), 0U);
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

TEST_F(FleetTest, ThatPagesAreRefusedIsRememberedWhileAnotherAccountIsAskedAbout) {
  pages_fail_ = "Forbidden.RAM";
  Wish(0, 60);
  Run();
  Fleet::Wish other;
  other.credentials = {"OTHER", SecretString("s"), {}};
  fleet_.Observe({"shop", "other"}, {"OTHER", "cn-hangzhou"}, other, probe_.now.mono);
  Run();
  Wish(0, 60);
  Run();
  EXPECT_EQ(Calls("DescribeDtsJobs"), 1U);
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
  for (int i = 0; i < 20; ++i) {
    Wish(i * 10, 1);
    dts_.Advance(probe_.now);
    fleet_.Advance(probe_.now);
    while (!probe_.sent().empty()) probe_.Answer(503, R"({"Code":"ServiceUnavailable"})");
  }
  EXPECT_THAT(failed_, SizeIs(20));
  EXPECT_NE(dts_.Outage(kAccount), nullptr);
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
