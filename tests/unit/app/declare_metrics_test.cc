#include "app/declare_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "observe/prometheus_metrics.h"

namespace dtsop {
namespace {

using ::testing::HasSubstr;

TEST(DeclareMetrics, EveryKindOfEventIsCountedFromZero) {
  PrometheusMetrics metrics;
  DeclareMetrics(metrics);
  const std::string text = metrics.Text();
  for (const char* line :
       {R"(controller_runtime_reconcile_total{controller="dtsjob",result="success"} 0)",
        R"(controller_runtime_reconcile_total{controller="dtsjob",result="error"} 0)",
        R"(controller_runtime_reconcile_errors_total{controller="dtsjob"} 0)",
        R"(workqueue_depth{name="dtsjob"} 0)",
        R"(leader_election_master_status{name="dts-operator"} 0)",
        R"(dts_api_calls_total{action="StartDtsJob",outcome="Success"} 0)",
        R"(dts_api_calls_total{action="StopDtsJob",outcome="Throttled"} 0)",
        R"(dts_api_calls_total{action="DescribePreCheckStatus",outcome="Unknown"} 0)",
        R"(dts_api_call_duration_seconds_count{action="DescribeDtsJobs"} 0)",
        R"(dts_jobs{ready="False"} 0)", "dts_starts_in_flight 0", "dts_breaker_opened_total 0",
        "dts_breakers_open 0", "dts_clock_error_seconds 0",
        R"(dts_unreadable_jobs_total{cause="too large"} 0)",
        R"(dts_unreadable_jobs_total{cause="invalid"} 0)",
        R"(dts_watch_restarts_total{cause="list"} 0)",
        R"(dts_watch_restarts_total{cause="watch"} 0)"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
  }
}

TEST(DeclareMetrics, WhatIsDeclaredAgainKeepsItsCount) {
  PrometheusMetrics metrics;
  metrics.Add(metric::kBreakerOpened, {}, 3);
  DeclareMetrics(metrics);
  EXPECT_THAT(metrics.Text(), HasSubstr("\ndts_breaker_opened_total 3\n"));
}

}  // namespace
}  // namespace dtsop
