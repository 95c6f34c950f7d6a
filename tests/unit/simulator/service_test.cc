#include "simulator/service.h"

#include <pugixml.hpp>

#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

TEST(Service, SuccessHasTheThreeFieldsOfTheManual) {
  Rig rig;
  const SimulatedReply reply = rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(reply.status, 200);
  const Json body = BodyOf(reply);
  EXPECT_EQ(body["HttpStatusCode"], 200);
  EXPECT_EQ(body["Success"], true);
  EXPECT_THAT(StringOr(body["RequestId"]),
              testing::MatchesRegex("[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"));
}

TEST(Service, DetailCarriesTheFieldsAClientNeeds) {
  Settings settings = RigSettings();
  JobIn(settings, "sync").delay = minutes(20);
  Rig rig(settings);
  rig.Call("StartDtsJob", "sync");
  rig.now += minutes(1);
  const Json detail = BodyOf(rig.Call("DescribeDtsJobDetail", "sync"));
  EXPECT_EQ(detail["Status"], "synchronizing");
  EXPECT_EQ(detail["DtsJobId"], "sync");
  EXPECT_EQ(detail["DtsInstanceID"], "dtssync");
  EXPECT_FALSE(detail.contains("DtsInstanceId"));
  EXPECT_EQ(detail["Delay"], 1200);
  EXPECT_EQ(detail["DtsJobDirection"], "Forward");
  EXPECT_EQ(detail["BootTime"], "2026-11-24T13:35:41Z");
  EXPECT_TRUE(detail["Checkpoint"].is_number_integer());
  EXPECT_EQ(detail["DataSynchronizationStatus"]["Status"], "Migrating");
}

TEST(Service, DelayIsInTheUnitThatIsSetAndCheckpointSaysTheSame) {
  const std::pair<DelayUnit, std::pair<int64_t, int64_t>> cases[] = {
      {DelayUnit::kByType, {90, 90'000}},
      {DelayUnit::kSeconds, {90, 90}},
      {DelayUnit::kMilliseconds, {90'000, 90'000}}};
  for (const auto& [unit, counts] : cases) {
    Settings settings = RigSettings();
    settings.behaviour.delay_unit = unit;
    for (const char* id : {"sync", "migration"}) {
      JobIn(settings, id).delay = seconds(90);
      JobIn(settings, id).status = id == std::string("sync") ? "Synchronizing" : "Migrating";
    }
    Rig rig(settings);
    const Json sync = BodyOf(rig.Call("DescribeDtsJobDetail", "sync"));
    EXPECT_EQ(sync["Delay"], counts.first);
    EXPECT_EQ(sync["Checkpoint"], rig.now.time_since_epoch() / seconds(1) - 90);
    EXPECT_EQ(BodyOf(rig.Call("DescribeDtsJobDetail", "migration"))["Delay"], counts.second);
  }
}

TEST(Service, AFailureOfAModificationIsAFailure) {
  Settings settings = RigSettings();
  JobIn(settings, "sync").status = "ModifyFailed";
  Rig rig(settings);
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
  EXPECT_EQ(rig.Status("sync"), "Synchronizing");
}

TEST(Service, ListWritesSynchronizingWithACapital) {
  Rig rig;
  rig.Call("StartDtsJob", "sync");
  rig.now += minutes(1);
  const Json body = BodyOf(rig.Call("DescribeDtsJobs", {{"JobType", "SYNC"}}));
  ASSERT_EQ(body["DtsJobList"].size(), 1U);
  EXPECT_EQ(body["DtsJobList"][0]["Status"], "Synchronizing");
  EXPECT_EQ(body["DtsJobList"][0]["DtsInstanceID"], "dtssync");
}

TEST(Service, ListIsOfMigrationsUnlessTold) {
  Rig rig;
  const Json body = BodyOf(rig.Call("DescribeDtsJobs", QueryParameters{}));
  ASSERT_EQ(body["DtsJobList"].size(), 1U);
  EXPECT_EQ(body["DtsJobList"][0]["DtsJobId"], "migration");
}

TEST(Service, ListFilters) {
  Rig rig;
  const auto ids = [&](QueryParameters parameters) {
    std::vector<std::string> out;
    const Json body = BodyOf(rig.Call("DescribeDtsJobs", parameters));
    for (const Json& job : Member(body, "DtsJobList")) out.push_back(StringOr(job["DtsJobId"]));
    return out;
  };
  using testing::ElementsAre;
  using testing::IsEmpty;
  EXPECT_THAT(ids({{"DtsJobId", "migration"}}), ElementsAre("migration"));
  EXPECT_THAT(ids({{"DtsJobId", "sync"}}), IsEmpty()) << "of another type";
  EXPECT_THAT(ids({{"Type", "name"}, {"Params", "migr"}}), ElementsAre("migration"));
  EXPECT_THAT(ids({{"Type", "name"}, {"Params", "other"}}), IsEmpty());
  EXPECT_THAT(ids({{"Type", "instance"}, {"Params", "dtsmigration"}}), ElementsAre("migration"));
  EXPECT_THAT(ids({{"Status", "notstarted"}}), ElementsAre("migration"));
  EXPECT_THAT(ids({{"Status", "Finished"}}), IsEmpty());
  EXPECT_THAT(ids({{"Region", "cn-hangzhou"}}), ElementsAre("migration"));
  EXPECT_THAT(ids({{"Region", "cn-beijing"}}), IsEmpty());
}

TEST(Service, PagesCoverEveryJobOnce) {
  Settings settings = RigSettings();
  for (int i = 0; i < 250; ++i) {
    JobConfig job;
    job.job_id = "m" + std::to_string(i);
    job.type = JobType::kMigration;
    settings.jobs.push_back(job);
  }
  Rig rig(settings);
  std::set<std::string> seen;
  size_t items = 0;
  for (int page = 1; page <= 4; ++page) {
    const Json body = BodyOf(
        rig.Call("DescribeDtsJobs", {{"PageSize", "100"}, {"PageNumber", std::to_string(page)}}));
    EXPECT_EQ(body["TotalRecordCount"], 251);
    EXPECT_EQ(body["PageNumber"], page);
    EXPECT_EQ(body["PageRecordCount"], body["DtsJobList"].size());
    for (const Json& job : body["DtsJobList"]) {
      seen.insert(StringOr(job["DtsJobId"]));
      ++items;
    }
  }
  EXPECT_EQ(items, 251U);
  EXPECT_EQ(seen.size(), 251U);
}

TEST(Service, RefusesBadPages) {
  Rig rig;
  for (const char* size : {"0", "-1", "101", "x", "99999999999999999999"}) {
    const SimulatedReply reply = rig.Call("DescribeDtsJobs", {{"PageSize", size}});
    EXPECT_EQ(Rig::CodeOf(reply), "InvalidParameter") << size;
    EXPECT_EQ(BodyOf(reply)["ErrMessage"], "The Value of Input Parameter %s is not valid");
    EXPECT_EQ(BodyOf(reply)["DynamicMessage"], "PageSize");
  }
}

TEST(Service, JobsOfOtherAccountsRegionsAndInstancesAreNotFound) {
  Settings settings = RigSettings();
  JobIn(settings, "migration").account_id = "other";
  Rig rig(settings);
  EXPECT_EQ(rig.Code("StartDtsJob", "migration"), "InvalidJobId");
  EXPECT_EQ(rig.Code("StartDtsJob", "none"), "InvalidJobId");
  const auto code = [&](const char* name, const char* value) {
    return Rig::CodeOf(rig.Call("DescribeDtsJobDetail", {{"DtsJobId", "sync"}, {name, value}}));
  };
  EXPECT_EQ(code("RegionId", "cn-hangzhou"), "");
  EXPECT_EQ(code("RegionId", "cn-beijing"), "Forbidden.InstanceNotFound");
  EXPECT_EQ(code("DtsInstanceID", "dtssync"), "");
  EXPECT_EQ(code("DtsInstanceId", "dtsother"), "Forbidden.InstanceNotFound");
  rig.sim.behaviour().regions = {"cn-hangzhou"};
  EXPECT_EQ(code("RegionId", "cn-hangzhou"), "");
  EXPECT_EQ(code("RegionId", "mars"), "InvalidRegionId");
}

TEST(Service, ErrorsComeInThreeShapes) {
  Rig rig;
  rig.sim.behaviour().error_shape = ErrorShape::kService;
  Json body = BodyOf(rig.Call("StartDtsJob", "none"));
  EXPECT_EQ(body["Success"], false);
  EXPECT_EQ(body["ErrCode"], "InvalidJobId");
  EXPECT_EQ(body["DynamicMessage"], "none");
  EXPECT_EQ(body["DynamicCode"], "404");
  EXPECT_FALSE(body.contains("Code"));

  rig.sim.behaviour().error_shape = ErrorShape::kGateway;
  body = BodyOf(rig.Call("StartDtsJob", "none"));
  EXPECT_EQ(body["Code"], "InvalidJobId");
  EXPECT_FALSE(body.contains("Success"));

  rig.sim.behaviour().error_shape = ErrorShape::kBoth;
  body = BodyOf(rig.Call("StartDtsJob", "none"));
  EXPECT_EQ(body["Code"], "InvalidJobId");
  EXPECT_EQ(body["ErrCode"], "InvalidJobId");
}

TEST(Service, AnErrorCanHideOnHttp200) {
  Rig rig;
  rig.sim.behaviour().service_errors_as_http_200 = true;
  const SimulatedReply reply = rig.Call("StartDtsJob", "none");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(BodyOf(reply)["HttpStatusCode"], 404);
  rig.credentials.access_key_secret = SecretString("wrong");
  EXPECT_EQ(rig.Call("StartDtsJob", "sync").status, 400) << "the gateway's errors never do";
}

TEST(Format, XmlOnDemand) {
  Settings settings = RigSettings();
  JobIn(settings, "migration").failure_message = "a < b & \"c\" 数据";
  JobIn(settings, "migration").status = "Migrating";
  JobIn(settings, "migration").fail_after = seconds(1);
  Rig rig(settings);
  rig.now += minutes(1);
  rig.sim.behaviour().format = ForcedFormat::kXml;
  const SimulatedReply reply = rig.Call("DescribeDtsJobs", QueryParameters{});
  EXPECT_EQ(FindHeader(reply.headers, "content-type"), "text/xml;charset=utf-8");
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(reply.body.c_str()));
  const pugi::xml_node root = document.child("DescribeDtsJobsResponse");
  EXPECT_STREQ(root.child("Success").text().get(), "true");
  EXPECT_STREQ(root.child("DtsJobList").child("Status").text().get(), "MigrationFailed");
  EXPECT_STREQ(root.child("DtsJobList").child("ErrorMessage").text().get(), "a < b & \"c\" 数据");

  document.load_string(rig.Call("StartDtsJob", "none").body.c_str());
  EXPECT_STREQ(document.child("StartDtsJobResponse").child("ErrCode").text().get(), "InvalidJobId");
  rig.credentials.access_key_id = "nobody";
  document.load_string(rig.Call("StartDtsJob", "none").body.c_str());
  EXPECT_STREQ(document.child("Error").child("Code").text().get(), "InvalidAccessKeyId.NotFound");
}

TEST(Format, TheRequestChooses) {
  Rig rig;
  const auto is_xml = [&](HttpRequest request) { return rig.Send(request).body[0] == '<'; };
  EXPECT_FALSE(is_xml(rig.Sign("DescribeDtsJobs", {{"Format", "json"}})));
  EXPECT_TRUE(is_xml(rig.Sign("DescribeDtsJobs", {{"Format", "xml"}})));
  HttpRequest request = rig.Sign("DescribeDtsJobs", {});
  for (auto& [name, value] : request.headers) {
    if (name == "accept") value = "application/xml";
  }
  EXPECT_TRUE(is_xml(request));
}

}  // namespace
}  // namespace dtsop::simulator
