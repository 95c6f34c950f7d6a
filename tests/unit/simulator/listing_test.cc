// DescribeDtsJobs and DescribePreCheckStatus, as the operator and strangers use them.
#include "simulator/listing.h"

#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Ids(Rig& rig, const QueryParameters& parameters) {
  std::vector<std::string> out;
  const Json body = BodyOf(rig.Call("DescribeDtsJobs", parameters));
  EXPECT_EQ(body["Success"], true) << DumpJson(body);
  for (const Json& job : Member(body, "DtsJobList")) out.push_back(StringOr(job["DtsJobId"]));
  return out;
}

Settings TwoMigrations() {
  Settings settings;
  settings.accounts = RigSettings().accounts;
  for (const char* id : {"a", "b"}) {
    JobConfig job;
    job.job_id = id;
    job.instance_id = std::string("dts") + id;
    job.type = JobType::kMigration;
    job.source_instance_id = std::string("rm-src-") + id;
    job.destination_instance_id = std::string("rm-dst-") + id;
    settings.jobs.push_back(job);
  }
  return settings;
}

TEST(Listing, FiltersByTheDatabases) {
  Rig rig(TwoMigrations());
  EXPECT_THAT(Ids(rig, {{"Type", "srcRds"}, {"Params", "rm-src-a"}}), ElementsAre("a"));
  EXPECT_THAT(Ids(rig, {{"Type", "srcRds"}, {"Params", "rm-dst-a"}}), IsEmpty());
  EXPECT_THAT(Ids(rig, {{"Type", "rds"}, {"Params", "rm-dst-b"}}), ElementsAre("b"));
  EXPECT_THAT(Ids(rig, {{"InstanceId", "rm-src-b"}}), ElementsAre("b"));
  EXPECT_THAT(Ids(rig, {{"InstanceId", "rm-dst-b"}}), ElementsAre("b"));
  EXPECT_THAT(Ids(rig, {{"DtsInstanceId", "dtsa"}}), ElementsAre("a"));
}

TEST(Listing, OrdersByTimeAndDirection) {
  Rig rig(TwoMigrations());
  JobConfig young = TwoMigrations().jobs[0];
  young.job_id = "Z";  // before "a" in the order of ids
  rig.now += minutes(1);
  rig.sim.PutJob(young, rig.now);
  EXPECT_THAT(Ids(rig, {{"OrderColumn", "CreateTime"}}), ElementsAre("a", "b", "Z"));
  EXPECT_THAT(Ids(rig, {{"OrderColumn", "CreateTime"}, {"OrderDirection", "DESC"}}),
              ElementsAre("Z", "b", "a"));
  rig.sim.FindJob("a", rig.now)->Force(false, "Finished", rig.now);
  EXPECT_EQ(Ids(rig, {{"OrderColumn", "FinishTime"}}).back(), "a");
}

Settings ManyJobs(int count) {
  Settings settings;
  settings.accounts = RigSettings().accounts;
  for (int i = 0; i < count; ++i) {
    JobConfig job;
    job.job_id = "job" + std::to_string(i);
    settings.jobs.push_back(job);
  }
  return settings;
}

TEST(Listing, HasThePageSizesOfTheManuals) {
  Rig rig(TwoMigrations());
  for (const char* size : {"10", "20", "30", "50", "100"}) {
    EXPECT_EQ(Ids(rig, {{"PageSize", size}}).size(), 2U);
  }
  for (const char* size : {"1", "31", "99", "200"}) {
    EXPECT_EQ(Rig::CodeOf(rig.Call("DescribeDtsJobs", {{"PageSize", size}})), "InvalidParameter");
  }
  EXPECT_THAT(Ids(rig, {{"PageNumber", "2147483647"}, {"PageSize", "100"}}), IsEmpty());
}

TEST(Listing, RefusesOrClampsLargerPagesThanItGives) {
  Settings settings = ManyJobs(35);
  settings.behaviour.page_size_max = 30;
  Rig refusing(settings);
  EXPECT_EQ(Rig::CodeOf(refusing.Call("DescribeDtsJobs", {{"PageSize", "100"}})),
            "InvalidParameter");
  EXPECT_EQ(Ids(refusing, {{"JobType", "SYNC"}, {"PageSize", "30"}}).size(), 30U);
  settings.behaviour.too_large = TooLarge::kClamp;
  Rig clamping(settings);
  EXPECT_EQ(Ids(clamping, {{"JobType", "SYNC"}, {"PageSize", "100"}}).size(), 30U);
  EXPECT_EQ(Ids(clamping, {{"JobType", "SYNC"}, {"PageSize", "100"}, {"PageNumber", "2"}}).size(),
            5U);
}

TEST(Listing, TakesIdsSeparatedByCommas) {
  Settings settings = ManyJobs(5);
  Rig rig(settings);
  const auto ask = [](Rig& of, const char* ids) {
    return of.Call("DescribeDtsJobs", {{"JobType", "SYNC"}, {"DtsJobId", ids}});
  };
  EXPECT_THAT(Ids(rig, {{"JobType", "SYNC"}, {"DtsJobId", "job1,job4,none"}}),
              ElementsAre("job1", "job4"));
  settings.behaviour.unknown_ids = UnknownIds::kFail;
  settings.behaviour.ids_max = 2;
  Rig strict(settings);
  EXPECT_EQ(Rig::CodeOf(ask(strict, "job1,none")), "InvalidParameter");
  EXPECT_EQ(Rig::CodeOf(ask(strict, "job1,job2,job3")), "InvalidParameter");
  EXPECT_EQ(Rig::CodeOf(ask(strict, "job1,job2")), "");
  settings.behaviour.ids_max = 0;
  Rig one(settings);
  EXPECT_THAT(Ids(one, {{"JobType", "SYNC"}, {"DtsJobId", "job1,job2"}}), IsEmpty());
  EXPECT_THAT(Ids(one, {{"JobType", "SYNC"}, {"DtsJobId", "job1"}}), ElementsAre("job1"));
}

TEST(Listing, ShowsTheReverseLegAndTheFailure) {
  Settings settings = RigSettings();
  JobIn(settings, "sync").two_way = true;
  JobIn(settings, "sync").reverse_status = "Failed";
  Rig rig(settings);
  const Json item = BodyOf(rig.Call("DescribeDtsJobs", {{"JobType", "SYNC"}}))["DtsJobList"][0];
  EXPECT_EQ(item["DtsJobDirection"], "Forward");
  EXPECT_EQ(item["ReverseJob"]["DtsJobDirection"], "Reverse");
  EXPECT_EQ(item["ReverseJob"]["Status"], "Failed");
  EXPECT_EQ(item["ReverseJob"]["MigrationErrHelpDocKey"], "DTS-RETRY-ERR-0046");
}

struct PrecheckStatus : testing::Test {
  PrecheckStatus() {
    Settings settings = RigSettings();
    JobIn(settings, "sync").precheck_passes = false;
    rig = std::make_unique<Rig>(settings);
  }
  Json Ask(const QueryParameters& more = {{"JobCode", "01"}}) {
    QueryParameters parameters = more;
    parameters.emplace_back("DtsJobId", "sync");
    return BodyOf(rig->Call("DescribePreCheckStatus", parameters));
  }
  std::unique_ptr<Rig> rig;
};

TEST_F(PrecheckStatus, FollowsTheJob) {
  EXPECT_EQ(Ask()["State"], "NotStarted");
  rig->Call("StartDtsJob", "sync");
  EXPECT_EQ(Ask()["State"], "Checking");
  rig->now += minutes(1);
  const Json failed = Ask();
  EXPECT_EQ(failed["State"], "Failed");
  EXPECT_EQ(failed["Code"], "01");
  EXPECT_EQ(failed["ErrorItem"], 1);
  EXPECT_EQ(failed["Total"], 2);
  EXPECT_EQ(failed["JobProgress"][0]["Item"], "CHECK_CONN_SRC");
  EXPECT_EQ(failed["JobProgress"][0]["State"], "Failed");
  EXPECT_EQ(failed["JobProgress"][0]["ErrMsg"],
            rig->sim.FindJob("sync", rig->now)->config().failure_message);
  EXPECT_EQ(failed["JobProgress"][1]["State"], "Success");
  EXPECT_FALSE(failed.contains("ErrCode"));
}

TEST_F(PrecheckStatus, OfARunningJobHasFinished) {
  rig->sim.FindJob("sync", rig->now)->Force(false, "Initializing", rig->now);
  EXPECT_EQ(Ask({{"JobCode", "02"}})["State"], "Finished");
  EXPECT_EQ(Ask({{"JobCode", "03"}})["State"], "Migrating");
  EXPECT_EQ(Ask({{"JobCode", "04"}})["State"], "NotStarted");
  rig->now += minutes(1);
  EXPECT_EQ(Ask({{"JobCode", "03"}})["State"], "Finished");
  EXPECT_EQ(Ask({{"JobCode", "04"}})["State"], "Catched");
}

TEST_F(PrecheckStatus, HasPages) {
  const Json second = Ask({{"JobCode", "01"}, {"PageNo", "2"}, {"PageSize", "1"}});
  ASSERT_EQ(second["JobProgress"].size(), 1U);
  EXPECT_EQ(second["JobProgress"][0]["Item"], "CHECK_CONN_DEST");
  EXPECT_EQ(Ask({{"JobCode", "01"}, {"PageNo", "9"}})["JobProgress"].size(), 0U);
}

TEST_F(PrecheckStatus, NeedsAJobAndACode) {
  EXPECT_EQ(Ask({})["ErrCode"], "MissingJobCode");
  EXPECT_EQ(Ask({{"JobCode", "05"}})["ErrCode"], "InvalidParameter");
  EXPECT_EQ(rig->Code("DescribePreCheckStatus", "none"), "InvalidJobId");
}

}  // namespace
}  // namespace dtsop::simulator
