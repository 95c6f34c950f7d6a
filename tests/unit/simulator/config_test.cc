#include "simulator/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dtsop::simulator {
namespace {

TEST(Config, ReadsEverything) {
  const auto settings = ParseConfig(R"(
accounts:
  - accountId: 1234567890
    accessKeyId: key
    accessKeySecret: "0123"
    securityToken: token
    tokenExpired: true
    active: false
    deniedActions: [StopDtsJob]
jobs:
  - jobId: orders
    type: SYNC
    twoWay: true
    status: Locked
    precheck: fail
    precheckDuration: 1m30s
    initializeDuration: 2h
    failAfter: 10s
    failures: 3
    delay: 7s
  - {jobId: "bench-{n}", type: MIGRATION, count: 3, migrateDuration: 5s}
faults:
  - action: StartDtsJob
    jobId: orders
    nth: 3
    effect: error
    error: {code: InvalidParameter, dynamicMessage: DtsJobId, httpStatus: 418, shape: both}
  - {effect: garbage, garbage: html, percent: 5, count: 0, latency: 10ms}
quotas:
  StartDtsJob: {perSecond: 100}
behaviour:
  repeatedStart: success
  errorShape: gateway
  serviceErrorsAsHttp200: true
  format: XML
  stoppedStatus: Stopped
  stoppedJobsRestart: false
  subscribeSuspends: true
  regions: [cn-hangzhou]
  latency: 80ms
speed: 60
)");
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  const Account& account = settings->accounts.at(0);
  EXPECT_EQ(account.account_id, "1234567890");
  EXPECT_EQ(account.access_key_secret.Reveal(), "0123");
  EXPECT_TRUE(account.token_expired);
  EXPECT_FALSE(account.active);
  EXPECT_EQ(account.denied_actions, std::vector<std::string>{"StopDtsJob"});
  ASSERT_EQ(settings->jobs.size(), 4U);
  const JobConfig& orders = settings->jobs[0];
  EXPECT_EQ(orders.instance_id, "dtsorders");
  EXPECT_EQ(orders.status, "Locked");
  EXPECT_FALSE(orders.precheck_passes);
  EXPECT_EQ(orders.timings.precheck, seconds(90));
  EXPECT_EQ(orders.fail_after, seconds(10));
  EXPECT_EQ(settings->jobs[3].job_id, "bench-3");
  EXPECT_EQ(settings->jobs[3].instance_id, "dtsbench-3");
  EXPECT_EQ(settings->jobs[3].timings.migrate, seconds(5));
  ASSERT_EQ(settings->faults.size(), 2U);
  EXPECT_EQ(settings->faults[0].after, 2U);
  EXPECT_EQ(settings->faults[0].error.http_status, 418);
  EXPECT_EQ(settings->faults[0].shape, ErrorShape::kBoth);
  EXPECT_EQ(settings->faults[1].garbage, Garbage::kHtml);
  EXPECT_EQ(settings->quotas.at("StartDtsJob").burst, 100);
  EXPECT_EQ(settings->quotas.at("DescribeDtsJobs").per_second, 20);
  EXPECT_EQ(settings->behaviour.repeated_start, RepeatedStart::kSuccess);
  EXPECT_EQ(settings->behaviour.format, ForcedFormat::kXml);
  EXPECT_EQ(settings->behaviour.latency, milliseconds(80));
  EXPECT_EQ(settings->speed, 60);
}

TEST(Config, ReadsHowDtsListsAndShowsJobs) {
  const auto settings = ParseConfig(R"(
behaviour:
  maxPageSize: 30
  tooLarge: clamp
  maxIds: 0
  unknownIds: fail
  delayUnit: milliseconds
)");
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_EQ(settings->behaviour.page_size_max, 30);
  EXPECT_EQ(settings->behaviour.too_large, TooLarge::kClamp);
  EXPECT_EQ(settings->behaviour.ids_max, 0);
  EXPECT_EQ(settings->behaviour.unknown_ids, UnknownIds::kFail);
  EXPECT_EQ(settings->behaviour.delay_unit, DelayUnit::kMilliseconds);
  EXPECT_FALSE(ParseConfig("behaviour: {maxPageSize: 5}").has_value());
  EXPECT_FALSE(ParseConfig("behaviour: {tooLarge: cut}").has_value());
}

TEST(Config, SeveralAccountsMayHaveOneAccessKeyId) {
  const auto settings = ParseConfig(R"(
accounts:
  - {accessKeyId: a, accessKeySecret: b}
  - {accessKeyId: a, accessKeySecret: c, accountId: 2000}
jobs:
  - {jobId: orders}
  - {jobId: invoices, accountId: 2000}
)");
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_EQ(settings->accounts.size(), 2U);
}

TEST(Config, AnEmptyFileIsTheDefaults) {
  EXPECT_TRUE(ParseConfig("").has_value());
  EXPECT_TRUE(ParseConfig("# nothing\n").has_value());
}

TEST(Config, NamesTheFieldThatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"jobz: []", "jobz: is not a known field; known are accounts, behaviour,"},
      {"jobs: 5", "jobs: must be a list"},
      {"jobs: [5]", "jobs[0]: must be a mapping of fields"},
      {"jobs: [{}]", "jobs[0].jobId: is required"},
      {"jobs: [{jobId: a}, {jobId: b, tpye: SYNC}]", "jobs[1].tpye: is not a known field"},
      {"jobs: [{jobId: a, type: Sync}]", "jobs[0].type: must be one of MIGRATION, SYNC, SUBSCRIBE"},
      {"jobs: [{jobId: a, type: MIGRATION, twoWay: true}]", "jobs[0].twoWay: is possible for SYNC"},
      {"jobs: [{jobId: a, failAfter: 10}]", "jobs[0].failAfter: must be a duration"},
      {"jobs: [{jobId: a, failAfter: 999999h}]", "jobs[0].failAfter: must be at most ten years"},
      {"jobs: [{jobId: a, failures: 1.5}]", "jobs[0].failures: must be a whole number"},
      {"jobs: [{jobId: a, failures: -1}]", "jobs[0].failures: must be a whole number"},
      {"jobs: [{jobId: a, purchased: 7}]", "jobs[0].purchased: must be true or false"},
      {"jobs: [{jobId: [a]}]", "jobs[0].jobId: must be a text"},
      {"jobs: [{jobId: a, count: 2}]", "jobs[0].jobId: must contain {n}"},
      {"jobs: [{jobId: 'a{n}', count: 0}]", "jobs[0].count: must be a whole number"},
      {"jobs: [{jobId: 'a{n}', count: 150000}, {jobId: 'b{n}', count: 150000}]",
       "jobs: are more than"},
      {"jobs: [{jobId: a}, {jobId: a}]", "jobs: jobId a is given twice"},
      {"accounts: [{accessKeyId: a}]", "accounts[0].accessKeySecret: is required"},
      {"accounts: [{accessKeyId: a, accessKeySecret: b, deniedActions: x}]",
       "accounts[0].deniedActions: must be a list"},
      {"accounts: [{accessKeyId: a, accessKeySecret: b}, {accessKeyId: a, accessKeySecret: c}]",
       "accounts: accessKeyId a is given twice; that needs another accountId"},
      {"accounts: [{accessKeyId: a, accessKeySecret: b}, "
       "{accessKeyId: a, accessKeySecret: b, accountId: 2}]",
       "accounts: accessKeyId a is given twice; that needs another accountId"},
      {"faults: [{}]", "faults[0].effect: is required"},
      {"faults: [{effect: explode}]", "faults[0].effect: must be one of latency, error"},
      {"faults: [{effect: error}]", "faults[0].error: is required with effect error"},
      {"faults: [{effect: latency, error: {code: a}}]", "faults[0].error: needs effect error"},
      {"faults: [{effect: errorAfter}]", "faults[0].error: is required with effect error"},
      {"behaviour: {lags: [1]}", "behaviour.lags: must be a mapping of actions"},
      {"behaviour: {lags: {DescribeDtsJobs: {}}}", "behaviour.lags: must be of StartDtsJob,"},
      {"behaviour: {lags: {StopDtsJob: {effectAfter: 5}}}",
       "behaviour.lags.StopDtsJob.effectAfter: must be a duration"},
      {"faults: [{effect: error, error: {}}]", "faults[0].error.code: is required"},
      {"faults: [{effect: error, error: {code: a, httpStatus: 99}}]",
       "faults[0].error.httpStatus: must be a whole number from 200 to 599"},
      {"faults: [{effect: error, error: {code: a, oops: 1}}]", "faults[0].error.oops: is not"},
      {"faults: [{effect: garbage}]", "faults[0].garbage: is required"},
      {"faults: [{effect: latency, nth: 1, count: 2}]", "faults[0].nth: excludes"},
      {"faults: [{effect: latency, nth: 0}]", "faults[0].nth: must be a whole number from 1"},
      {"faults: [{effect: latency, percent: 101}]", "faults[0].percent: must be"},
      {"quotas: [1]", "quotas: must be a mapping"},
      {"quotas: {StartDtsJob: {perSecond: 0}}", "quotas.StartDtsJob.perSecond: must be a number"},
      {"quotas: {StartDtsJob: {burst: 0.5}}", "quotas.StartDtsJob.burst: must be at least 1"},
      {"behaviour: {format: json}", "behaviour.format: must be one of auto, JSON, XML"},
      {"behaviour: {latency: fast}", "behaviour.latency: must be a duration"},
      {"speed: .nan", "speed: must be a number above 0"},
      {"speed: 0", "speed: must be a number above 0"},
      {"just text", "the document: must be a mapping"},
      {"a: [", "not valid YAML at line 1"},
  };
  for (const auto& [yaml, message] : cases) {
    const auto settings = ParseConfig(yaml);
    ASSERT_FALSE(settings.has_value()) << yaml;
    EXPECT_THAT(settings.error().message, testing::StartsWith(message)) << yaml;
  }
}

TEST(Config, NeverQuotesASecret) {
  const auto settings = ParseConfig(
      "accounts: [{accessKeyId: key, accessKeySecret: hush, securityToken: [hush], active: hush}]");
  ASSERT_FALSE(settings.has_value());
  EXPECT_THAT(settings.error().message, testing::Not(testing::HasSubstr("hush")));
}

TEST(Config, ShownBehaviourAndFaultsReadBack) {
  const auto behaviour = ReadBehaviour(
      ShowBehaviour(
          ReadBehaviour(*ParseJson(R"({"format":"XML","latency":"5s"})"), "", {}).value()),
      "", {});
  ASSERT_TRUE(behaviour.has_value()) << behaviour.error().message;
  EXPECT_EQ(behaviour->format, ForcedFormat::kXml);
  EXPECT_EQ(behaviour->latency, seconds(5));
  const Json rule = *ParseJson(R"({"action":"a","jobId":"j","effect":"error","after":1,"count":2,
      "percent":3,"latency":"4s","error":{"code":"c","message":"m","dynamicMessage":"d",
      "httpStatus":500,"timeLeft":"1s","shape":"both"}})");
  EXPECT_EQ(ShowFault(ReadFault(rule, "").value()), rule);
}

}  // namespace
}  // namespace dtsop::simulator
