#include "dts/job_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/mutate.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

HttpResult Answer(std::string body) {
  HttpResult result;
  result.status = 200;
  result.body = std::move(body);
  return result;
}

tl::expected<JobPage, CallFailure> Page(std::string body) {
  return DecodeReply(Answer(std::move(body))).and_then(DecodeJobPage);
}
tl::expected<ObservedJob, CallFailure> Detail(std::string body) {
  return DecodeReply(Answer(std::move(body))).and_then(DecodeJobDetail);
}

// An answer with these members of a job, beside an id and a status.
ObservedJob JobWith(const std::string& members) {
  const auto page = Page(R"({"Success":true,"DtsJobList":[{"DtsJobId":"j","Status":"S")" +
                         (members.empty() ? "" : "," + members) + "}]}");
  EXPECT_TRUE(page) << members;
  EXPECT_EQ(page->jobs.size(), 1U);
  return page->jobs.at(0);
}

constexpr char kTwoWay[] = R"({"Success":"true","HttpStatusCode":"200","RequestId":"R",
  "PageNumber":"2","PageRecordCount":2,"TotalRecordCount":"102","New":{"a":1},"DtsJobList":[
   {"DtsJobId":"j1","DtsInstanceID":"dtsj1","DtsJobDirection":"Forward","Status":"Synchronizing",
    "JobType":"SYNC","Delay":"7","Checkpoint":"1616899019","Unknown":[1],
    "ReverseJob":{"DtsJobId":"other","Status":"Failed","Delay":9,"ErrorMessage":"DTS-1: gone"}},
   {"DtsJobId":"j2","DtsInstanceID":"","Status":"SomethingNew","JobType":"SYNC"}]})";

TEST(JobPage, HasAnItemPerLeg) {
  const auto page = Page(kTwoWay);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->records, 2);
  EXPECT_EQ(page->unreadable, 0);
  EXPECT_EQ(page->total, 102);
  ASSERT_EQ(page->jobs.size(), 3U);
  const ObservedJob& forward = page->jobs[0];
  EXPECT_EQ(forward.job_id, "j1");
  EXPECT_EQ(forward.instance_id, "dtsj1");
  EXPECT_EQ(forward.direction, "Forward");
  EXPECT_EQ(forward.type, JobType::kSync);
  EXPECT_EQ(forward.status, "Synchronizing");
  EXPECT_EQ(FormatRfc3339(*forward.checkpoint), "2021-03-28T02:36:59Z");
  const ObservedJob& reverse = page->jobs[1];
  EXPECT_EQ(reverse.job_id, "j1") << "what StartDtsJob takes, with the direction";
  EXPECT_EQ(reverse.instance_id, "dtsj1");
  EXPECT_EQ(reverse.direction, "Reverse");
  EXPECT_EQ(reverse.type, JobType::kSync);
  EXPECT_EQ(reverse.status, "Failed");
  EXPECT_EQ(reverse.error_message, "DTS-1: gone");
  EXPECT_EQ(page->jobs[2].status, "SomethingNew") << "verbatim";
}

TEST(JobPage, IsTheSameInXml) {
  const auto xml = Page(
      "<?xml version='1.0'?><DescribeDtsJobsResponse><Success>true</Success><TotalRecordCount>102"
      "</TotalRecordCount><DtsJobList><DtsJobId>j1</DtsJobId><DtsInstanceID>dtsj1</DtsInstanceID>"
      "<Status>Synchronizing</Status><JobType>SYNC</JobType><Delay>7</Delay><Checkpoint>1616899019"
      "</Checkpoint><ReverseJob><Status>Failed</Status><Delay>9</Delay><ErrorMessage>DTS-1: gone"
      "</ErrorMessage></ReverseJob></DtsJobList><DtsJobList><DtsJobId>j2</DtsJobId><JobType>SYNC"
      "</JobType><Status>SomethingNew</Status></DtsJobList></DescribeDtsJobsResponse>");
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->jobs, Page(kTwoWay)->jobs);
  EXPECT_EQ(xml->records, 2);
}

TEST(JobPage, WithoutAListIsUnreadable) {
  for (const char* rest :
       {"", R"(,"DtsJobList":null)", R"(,"DtsJobList":"none")", R"(,"DtsJobList":{"a":1})",
        R"(,"TotalRecordCount":3)", R"(,"DtsJobs":[])"}) {
    const auto page = Page(std::string(R"({"Success":true)") + rest + "}");
    ASSERT_FALSE(page) << rest;
    EXPECT_EQ(page.error().code, "Client.UnreadableAnswer");
    EXPECT_TRUE(page.error().may_have_acted);
  }
}

TEST(JobPage, MayBeEmpty) {
  for (const char* body :
       {R"({"Success":true,"DtsJobList":[]})", R"({"Success":true,"TotalRecordCount":0})",
        "<R><Success>true</Success><TotalRecordCount>0</TotalRecordCount></R>",
        "<R><Success>true</Success><DtsJobList/></R>"}) {
    const auto page = Page(body);
    ASSERT_TRUE(page) << body;
    EXPECT_TRUE(page->jobs.empty());
    EXPECT_FALSE(HasNextPage(*page, 0, 0));
  }
}

TEST(JobPage, LeavesOutWhatNamesNoJobOrNoStatus) {
  const auto page = Page(R"({"Success":true,"DtsJobList":[7,null,[],{},{"DtsJobId":"a"},)"
                         R"({"Status":"Failed"},{"DtsJobId":5,"Status":"Failed"},)"
                         R"({"DtsJobId":"b","Status":{}},{"DtsJobId":"c","Status":"Failed"}]})");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->jobs.size(), 1U);
  EXPECT_EQ(page->jobs[0].job_id, "c");
  EXPECT_EQ(page->records, 6);
  EXPECT_EQ(page->unreadable, 5);
}

TEST(JobPage, EndsWithTheLastRecord) {
  const auto has_next = [](int64_t records, std::optional<int64_t> total, int64_t arrived,
                           int64_t served = 100) {
    JobPage answer;
    answer.records = records;
    answer.total = total;
    return HasNextPage(answer, arrived, served);
  };
  EXPECT_TRUE(has_next(100, 101, 100));
  EXPECT_FALSE(has_next(1, 101, 101));
  EXPECT_FALSE(has_next(100, 100, 100));
  EXPECT_TRUE(has_next(30, 200, 180, 30)) << "by what has come, not by what was asked for";
  EXPECT_FALSE(has_next(0, 5000, 100)) << "or it would never end";
  EXPECT_TRUE(has_next(30, std::nullopt, 30, 30)) << "not said: as large as the first";
  EXPECT_FALSE(has_next(29, std::nullopt, 59, 30));
}

TEST(JobPage, TellsWhenDtsGivesSmallerPagesThanItWasAskedFor) {
  const auto served = [](int64_t records, std::optional<int64_t> total) {
    JobPage first;
    first.records = records;
    first.total = total;
    return ServedPageSize(first, 100);
  };
  EXPECT_EQ(served(30, 200), 30);
  EXPECT_EQ(served(10, 11), 10);
  EXPECT_EQ(served(30, 30), 100) << "there are no more";
  EXPECT_EQ(served(100, 1000), 100);
  EXPECT_EQ(served(99, 1000), 100) << "no size of pages: one could not be read";
  EXPECT_EQ(served(30, std::nullopt), 100);
}

TEST(JobPage, HasASaneTotal) {
  for (const auto& [total, read] :
       {std::pair{"-1", int64_t{-1}}, std::pair{"9223372036854775807", int64_t{1'000'000'000}},
        std::pair{"7", int64_t{7}}, std::pair{"\"many\"", int64_t{-1}}}) {
    const auto page =
        Page(std::string(R"({"Success":true,"DtsJobList":[],"TotalRecordCount":)") + total + "}");
    ASSERT_TRUE(page) << total;
    EXPECT_EQ(page->total.value_or(-1), read) << total;
  }
}

TEST(Checkpoint, IsNoneWhenItIsNoTime) {
  EXPECT_EQ(JobWith(R"("Checkpoint":1616405159)").checkpoint,
            WallTime(std::chrono::seconds(1616405159)));
  for (const char* members : {R"("Checkpoint":0)", R"("Checkpoint":"0")", R"("Checkpoint":"")",
                              R"("Checkpoint":-5)", R"("Checkpoint":9223372036854775807)"}) {
    EXPECT_FALSE(JobWith(members).checkpoint) << members;
  }
}

TEST(Failure, OfTheTaskIsReadFromWhereverItStands) {
  const ObservedJob job = JobWith(
      R"("ErrorMessage":"DTS-070211: Connect Source DB failed.\nat x","MigrationErrMsg":"other",)"
      R"("MigrationErrCode":"dts.retry.err.0046","MigrationErrHelpDocKey":"DTS-RETRY-ERR-0046",)"
      R"("MigrationErrWorkaround":"grant","MigrationErrHelpDocId":462133)");
  EXPECT_EQ(job.error_message, "DTS-070211: Connect Source DB failed. at x");
  EXPECT_EQ(job.error_code, "DTS-RETRY-ERR-0046");
  EXPECT_EQ(job.workaround, "grant");
  EXPECT_EQ(job.help_doc_id, "462133");
  EXPECT_EQ(JobWith(R"("MigrationErrMsg":"m","MigrationErrCode":"c")").error_message, "m");
  EXPECT_EQ(JobWith(R"("MigrationErrCode":"c")").error_code, "c");
  EXPECT_EQ(JobWith(R"("ErrorDetails":[{"ErrorCode":"DTS-31009"}])").error_code, "DTS-31009");
  EXPECT_EQ(JobWith(R"("RetryState":{"Retrying":"true","ErrMessage":"r"})").error_message, "r");
  EXPECT_EQ(JobWith(R"("RetryState":{"Retrying":false,"ErrMessage":"r"})").error_message, "");
}

TEST(Failure, NamesTheItemsOfThePrecheckThatDidNotPass) {
  const std::string item = R"({"CheckItem":"CHECK_CONN_SRC","CheckResult":"Failed",)"
                           R"("FailedReason":"Access denied","RepairMethod":"REPAIR1"})";
  const ObservedJob job = JobWith(
      R"("PrecheckStatus":{"Status":"Failed","Detail":[{"CheckItem":"A","CheckResult":"Success"},)" +
      item + R"(,{"CheckItem":"B","CheckResult":"warning"},{},3]})");
  EXPECT_THAT(*job.failed_checks,
              ElementsAre(PrecheckItem{"CHECK_CONN_SRC", "Failed", "Access denied", "REPAIR1"},
                          PrecheckItem{"B", "warning", "", ""}));
  std::string many = item;
  for (int i = 0; i < 200; ++i) many += "," + item;
  EXPECT_EQ(JobWith(R"("PrecheckStatus":{"Detail":[)" + many + "]}").failed_checks->size(), 32U);
  for (const char* none : {"null", R"({"Status":"Failed"})", R"({"Detail":[]})",
                           R"({"Detail":[{"CheckItem":"A","CheckResult":"Success"}]})"}) {
    EXPECT_FALSE(JobWith(std::string(R"("PrecheckStatus":)") + none).failed_checks) << none;
  }
}

TEST(JobDetail, FillsTheSameValues) {
  const auto detail = Detail(
      R"({"Success":true,"Code":200,"DtsJobId":"j","DtsInstanceID":"dtsj","JobType":"sync",)"
      R"("DtsJobDirection":"Reverse","Status":"synchronizing","Delay":"3","Checkpoint":1616405159})");
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->job_id, "j");
  EXPECT_EQ(detail->instance_id, "dtsj");
  EXPECT_EQ(detail->type, JobType::kSync);
  EXPECT_EQ(detail->direction, "Reverse");
  EXPECT_EQ(detail->status, "synchronizing");
  EXPECT_TRUE(detail->checkpoint);
}

TEST(JobDetail, NeedsAStatusAndNothingElse) {
  const auto detail = Detail(R"({"Success":true,"Status":"Failed","ErrorMessage":"DTS-1: a\nb"})");
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->status, "Failed");
  EXPECT_EQ(detail->error_message, "DTS-1: a b");
  for (const char* body :
       {R"({"Success":true})", R"({"Success":true,"Status":""})", R"({"Success":true,"Status":7})",
        R"({"Success":true,"Status":{"a":1}})", R"({"Success":true,"Status":null})"}) {
    ASSERT_FALSE(Detail(body)) << body;
    EXPECT_EQ(Detail(body).error().code, "Client.UnreadableAnswer");
  }
  const auto xml = Detail("<R><Success>true</Success><Status>synchronizing</Status></R>");
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->status, "synchronizing");
}

TEST(Parameters, AreSpelledAsEachActionWants) {
  EXPECT_THAT(JobPageParameters(JobType::kSync, "cn-hangzhou", 3),
              ElementsAre(Pair("JobType", "SYNC"), Pair("OrderColumn", "CreateTime"),
                          Pair("OrderDirection", "ASC"), Pair("PageNumber", "3"),
                          Pair("PageSize", "100"), Pair("Region", "cn-hangzhou"),
                          Pair("RegionId", "cn-hangzhou"), Pair("WithoutDbList", "true")));
  EXPECT_THAT(JobPageParameters(JobType::kMigration, "r", 1)[0], Pair("JobType", "MIGRATION"));
  EXPECT_THAT(JobPageParameters(JobType::kSubscribe, "r", 1)[0], Pair("JobType", "SUBSCRIBE"));
  EXPECT_THAT(JobPageParameters(JobType::kSync, "r", 2, 30)[4], Pair("PageSize", "30"));
  EXPECT_THAT(
      JobListParameters(JobType::kSync, "cn-hangzhou", {"b", "a"}),
      ElementsAre(Pair("DtsJobId", "a,b"), Pair("JobType", "SYNC"),
                  Pair("OrderColumn", "CreateTime"), Pair("OrderDirection", "ASC"),
                  Pair("PageNumber", "1"), Pair("PageSize", "30"), Pair("Region", "cn-hangzhou"),
                  Pair("RegionId", "cn-hangzhou"), Pair("WithoutDbList", "true")));
  EXPECT_THAT(PrecheckParameters("j", "cn-hangzhou"),
              ElementsAre(Pair("DtsJobId", "j"), Pair("JobCode", "01"), Pair("PageNo", "1"),
                          Pair("PageSize", "100"), Pair("RegionId", "cn-hangzhou"),
                          Pair("StructType", "before")));
}

TEST(Hostile, TextsAreCleanedAndCut) {
  const std::string huge(1U << 20, 'x');
  const ObservedJob job = JobWith(R"("ErrorMessage":"a\u001b[31m)" + huge + R"(","Status2":1,)" +
                                  R"("MigrationErrCode":")" + huge + R"(")");
  EXPECT_LE(job.error_message.size(), 2048U);
  EXPECT_LE(job.error_code.size(), 128U);
  EXPECT_EQ(job.error_message.substr(0, 6), "a [31m");
}

TEST(MutationFuzz, NoPageThrowsOrHoldsAnOddJob) {
  Random random(1);
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto page = Page(Mutate(kTwoWay, random));
    if (!page) continue;
    ++read;
    for (const ObservedJob& job : page->jobs) {
      ASSERT_FALSE(job.job_id.empty());
      ASSERT_FALSE(job.status.empty());
      ASSERT_NO_THROW((void)Json(job.error_message).dump());
    }
  }
  EXPECT_GT(read, 1000);
}

}  // namespace
}  // namespace dtsop
