#include "api/dtsjob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/yaml.h"
#include "tests/support/mutate.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json Object() {
  return *ParseJson(R"({
    "apiVersion": "dts.aliyun.com/v1alpha1", "kind": "DtsJob",
    "metadata": {"namespace": "shop", "name": "orders", "uid": "u1", "resourceVersion": "12",
                 "generation": 3, "creationTimestamp": "2027-01-15T08:00:00Z",
                 "annotations": {"dts.aliyun.com/paused": "true",
                                 "dts.aliyun.com/reconcile-requested-at": "t1"}},
    "spec": {"dtsJobId": "job1", "dtsInstanceId": "dtsl3m", "regionId": "cn-hangzhou",
             "synchronizationDirection": "Reverse", "desiredState": "Suspended",
             "credentialsSecretRef": {"name": "dts"}, "pollInterval": "1m30s"},
    "status": {"observedGeneration": 2, "jobStatus": "Synchronizing",
               "conditions": [{"type": "Ready", "status": "True", "reason": "Running",
                               "message": "m", "observedGeneration": 2,
                               "lastTransitionTime": "2027-01-15T08:00:00Z"}],
               "start": {"key": "k", "episode": 4, "attempt": 1, "nonce": "n",
                         "intentTime": "2027-01-15T08:00:00Z", "outcome": "Succeeded",
                         "requestId": "R"},
               "lastError": {"source": "API", "httpStatusCode": 403, "errCode": "A.B",
                             "errMessage": "%s", "dynamicMessage": "d", "message": "d",
                             "dynamicCode": "403", "requestId": "R", "recommendUrl": "u",
                             "count": 4, "firstTime": "2027-01-15T08:00:00Z",
                             "lastTime": "2027-01-15T08:00:00Z"},
               "precheck": {"failedItems": [
                   {"item": "CHECK_CONN_SRC", "result": "Failed", "reason": "no route",
                    "repairMethod": "REPAIR1"}, {"item": "CHECK_PRIV", "result": "Warning"}]},
               "lastHandledReconcileAt": "t0"}})");
}

TEST(DtsJob, ReadsEveryField) {
  const auto job = DtsJobFromJson(Object());
  ASSERT_TRUE(job);
  EXPECT_EQ(job->key.ToString(), "shop/orders");
  EXPECT_EQ(job->uid, "u1");
  EXPECT_EQ(job->resource_version, "12");
  EXPECT_EQ(job->generation, 3);
  EXPECT_TRUE(job->paused);
  EXPECT_FALSE(job->deleting);
  EXPECT_EQ(job->reconcile_requested, "t1");
  EXPECT_EQ(job->spec.dts_job_id, "job1");
  EXPECT_EQ(job->spec.dts_instance_id, "dtsl3m");
  EXPECT_EQ(job->spec.region_id, "cn-hangzhou");
  EXPECT_EQ(job->spec.direction, "Reverse");
  EXPECT_EQ(job->spec.desired_state, DesiredState::kSuspended);
  EXPECT_EQ(job->spec.credentials_secret, "dts");
  EXPECT_EQ(job->spec.poll_interval, seconds(90));
  EXPECT_EQ(job->status.start->episode, 4);
  EXPECT_EQ(job->status.last_error->count, 4);
  EXPECT_THAT(job->status.failed_checks,
              ElementsAre(PrecheckItem{"CHECK_CONN_SRC", "Failed", "no route", "REPAIR1"},
                          PrecheckItem{"CHECK_PRIV", "Warning", "", ""}));
  EXPECT_EQ(FindCondition(job->status, "Ready")->reason, "Running");
  EXPECT_EQ(FindCondition(job->status, "Stalled"), nullptr);
}

TEST(DtsJob, TheSmallestOneHasTheDefaults) {
  Json object = Object();
  object["spec"] = {{"dtsJobId", "job1"}};
  object.erase("status");
  object["metadata"].erase("annotations");
  const auto job = DtsJobFromJson(object);
  ASSERT_TRUE(job);
  EXPECT_EQ(job->spec.desired_state, DesiredState::kRunning);
  EXPECT_EQ(job->spec.direction, "Forward");
  EXPECT_EQ(job->spec.poll_interval, seconds(60));
  EXPECT_EQ(job->status.observed_generation, -1);
  EXPECT_EQ(job->status, DtsJobStatus{});
  EXPECT_FALSE(job->paused);
}

TEST(DtsJob, TheOperatorsOwnRequestComesBeforeFluxs) {
  Json object = Object();
  Json& annotations = object["metadata"]["annotations"];
  annotations["reconcile.fluxcd.io/requestedAt"] = "flux";
  EXPECT_EQ(DtsJobFromJson(object)->reconcile_requested, "t1");
  annotations.erase("dts.aliyun.com/reconcile-requested-at");
  EXPECT_EQ(DtsJobFromJson(object)->reconcile_requested, "flux");
  annotations["reconcile.fluxcd.io/requestedAt"] = std::string(100'000, 'x');
  EXPECT_LE(DtsJobFromJson(object)->reconcile_requested.size(), 1024U);
}

TEST(DtsJob, TrueAndFalseMayBeSpelledAsPeopleDoAndAnythingElsePausesAndIsTold) {
  Json object = Object();
  const auto read = [&object](const Json& value) {
    object["metadata"]["annotations"]["dts.aliyun.com/paused"] = value;
    return *DtsJobFromJson(object);
  };
  for (const char* value : {"true", "True", "TRUE", " true\n"}) {
    EXPECT_TRUE(read(value).paused) << value;
    EXPECT_FALSE(read(value).odd_pause) << value;
  }
  for (const char* value : {"false", "False", "false "}) {
    EXPECT_FALSE(read(value).paused) << value;
    EXPECT_FALSE(read(value).odd_pause) << value;
  }
  for (const char* value : {"", "yes", "1", "no", "tru"}) {
    EXPECT_TRUE(read(value).paused) << value;
    EXPECT_EQ(read(value).odd_pause, value);
  }
  EXPECT_LE(read(std::string(1000, 'x')).odd_pause->size(), 64U);
  EXPECT_TRUE(read(true).odd_pause) << "no text at all";
}

// The members of an object schema, and of the objects of an array.
std::vector<std::string> Properties(const Json& schema) {
  std::vector<std::string> names;
  for (const auto& [name, property] : Member(schema, "properties").items()) names.push_back(name);
  return names;
}

TEST(DtsJob, TheShapeKeepsAllThatTheSchemaHasOfSpecAndStatus) {
  std::ifstream file(DTSOP_SOURCE_DIR "/crds/dtsjobs.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto crd = ParseYaml(text);
  ASSERT_TRUE(crd);
  const Json& schema =
      Member((*crd)["spec"]["versions"][0], "schema", "openAPIV3Schema", "properties");
  for (const JsonShape& part : DtsJobShape().members) {
    if (part.name == "metadata" || part.members.empty()) continue;
    std::vector<std::string> kept;
    for (const JsonShape& member : part.members) kept.emplace_back(member.name);
    EXPECT_THAT(kept, ::testing::UnorderedElementsAreArray(Properties(Member(schema, part.name))));
  }
}

TEST(DtsJob, WhatTheShapeKeepsReadsAsTheWhole) {
  Json object = Object();
  const DtsJob whole = *DtsJobFromJson(object);
  object["metadata"]["labels"]["x"] = "y";
  object["metadata"]["managedFields"] = {{{"manager", "m"}, {"fieldsV1", {{"f:spec", {}}}}}};
  object["metadata"]["deletionTimestamp"] = "2027-01-15T08:00:00Z";
  JsonSieve sieve(DtsJobShape(), kDtsJobBytesKeptMax);
  std::vector<DtsJob> jobs;
  const std::string text = object.dump();
  ASSERT_TRUE(sieve.Feed(text, [&jobs](const JsonSieve::Record& record) {
    jobs.push_back(*DtsJobFromRecord(*ParseJson(record.text), record));
  }));
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].json_bytes, text.size());
  EXPECT_TRUE(jobs[0].deleting);
  EXPECT_EQ(jobs[0].creation_time, whole.creation_time);
  EXPECT_EQ(jobs[0].uid, whole.uid);
  EXPECT_EQ(jobs[0].generation, whole.generation);
  EXPECT_EQ(jobs[0].reconcile_requested, whole.reconcile_requested);
  EXPECT_EQ(jobs[0].paused, whole.paused);
  EXPECT_EQ(jobs[0].status, whole.status);
  EXPECT_EQ(jobs[0].spec.credentials_secret, whole.spec.credentials_secret);
}

TEST(DtsJob, OneThatHasBeenCutIsNamed) {
  const auto job = DtsJobFromRecord(Object(), {"", 12345, false, true});
  ASSERT_FALSE(job);
  EXPECT_THAT(job.error().message, AllOf(HasSubstr("shop/orders"), HasSubstr("12345")));
}

TEST(DtsJob, WhatCannotBeActedOnIsRefusedByName) {
  const auto refused = [](const char* pointer, const Json& value) {
    Json object = Object();
    object[Json::json_pointer(pointer)] = value;
    const auto job = DtsJobFromJson(object);
    return job ? "accepted" : job.error().message;
  };
  EXPECT_THAT(refused("/spec/desiredState", "Hovering"),
              AllOf(HasSubstr("shop/orders"), HasSubstr("Hovering")));
  EXPECT_THAT(refused("/spec/dtsJobId", ""), HasSubstr("dtsJobId"));
  EXPECT_THAT(refused("/spec/dtsJobId", 7), HasSubstr("dtsJobId"));
  EXPECT_THAT(refused("/spec/pollInterval", "soon"), HasSubstr("pollInterval"));
  for (const char* pointer :
       {"/metadata/name", "/metadata/namespace", "/metadata/uid", "/metadata/resourceVersion"}) {
    EXPECT_THAT(refused(pointer, Json()), HasSubstr("lacks"));
  }
  for (const Json& none : {Json(), Json(7), Json::array(), Json::object()}) {
    EXPECT_FALSE(DtsJobFromJson(none));
  }
}

TEST(DtsJob, AStatusOfWrongTypesReadsAsIfItWereNotThere) {
  Json object = Object();
  for (const Json& odd : {Json(), Json(7), Json("x"), Json::array()}) {
    object["status"] = odd;
    EXPECT_EQ(DtsJobFromJson(object)->status, DtsJobStatus{});
  }
  object["status"] = {{"observedGeneration", "3"},
                      {"conditions", {{"a", 1}}},
                      {"start", 7},
                      {"lastError", "x"},
                      {"precheck", {{"failedItems", {{"a", 1}}}}},
                      {"jobStatus", {1}}};
  EXPECT_EQ(DtsJobFromJson(object)->status, DtsJobStatus{});
}

TEST(Status, IsReadBackAsItWasWritten) {
  const DtsJobStatus status = DtsJobFromJson(Object())->status;
  EXPECT_EQ(StatusFromJson(StatusToJson(status)), status);
  EXPECT_EQ(StatusToJson(status), Object()["status"]);
  DtsJobStatus empty;
  empty.start = StartRecord{};
  EXPECT_EQ(StatusFromJson(StatusToJson(empty)), empty);
}

TEST(Status, LeavesOutWhatIsEmptyButNeverGenerationAndConditions) {
  EXPECT_EQ(StatusToJson(DtsJobStatus{}),
            (Json{{"observedGeneration", -1}, {"conditions", Json::array()}}));
}

TEST(Status, AnUpdateNamesTheVersionThatMustStillHold) {
  const DtsJob job = *DtsJobFromJson(Object());
  const Json body = StatusUpdateBody(job, job.status);
  EXPECT_EQ(body["metadata"]["resourceVersion"], "12");
  EXPECT_EQ(body["metadata"]["uid"], "u1");
  EXPECT_EQ(body["kind"], "DtsJob");
  EXPECT_FALSE(body.contains("spec"));
}

TEST(MutationFuzz, ADtsJobIsReadOrRefused) {
  Random random(1);
  const std::string text = DumpJson(Object());
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto json = ParseJson(Mutate(text, random));
    if (!json) continue;
    const auto job = DtsJobFromJson(*json);
    if (!job) continue;
    ++accepted;
    ASSERT_FALSE(job->uid.empty() || job->spec.dts_job_id.empty());
    ASSERT_GE(job->spec.poll_interval, seconds(1));
    // Status round trips, or an unchanged status would be written again and again.
    ASSERT_EQ(StatusFromJson(StatusToJson(job->status)), job->status);
    (void)DumpJson(StatusUpdateBody(*job, job->status));
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace dtsop
