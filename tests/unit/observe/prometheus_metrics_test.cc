#include "observe/prometheus_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace dtsop {
namespace {

using testing::HasSubstr;

TEST(PrometheusMetrics, CountsBySeries) {
  PrometheusMetrics metrics;
  metrics.Add(metric::kApiCalls, {"StartDtsJob", "Success"}, 1);
  metrics.Add(metric::kApiCalls, {"StartDtsJob", "Success"}, 1);
  metrics.Add(metric::kApiCalls, {"StartDtsJob", "Throttled"}, 1);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("# TYPE dts_api_calls_total counter"));
  EXPECT_THAT(text, HasSubstr(R"(dts_api_calls_total{action="StartDtsJob",outcome="Success"} 2)"));
  EXPECT_THAT(text,
              HasSubstr(R"(dts_api_calls_total{action="StartDtsJob",outcome="Throttled"} 1)"));
}

TEST(PrometheusMetrics, AGaugeHasItsLastValue) {
  PrometheusMetrics metrics;
  metrics.Set(metric::kStartsInFlight, {}, 7);
  metrics.Set(metric::kStartsInFlight, {}, 0);
  EXPECT_THAT(metrics.Text(), HasSubstr("\ndts_starts_in_flight 0\n"));
}

TEST(PrometheusMetrics, AHistogramHasBucketsThatFitACall) {
  PrometheusMetrics metrics;
  metrics.Observe(metric::kApiSeconds, {"DescribeDtsJobDetail"}, 0.07);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr(R"(_bucket{action="DescribeDtsJobDetail",le="0.05"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(_bucket{action="DescribeDtsJobDetail",le="0.1"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(_count{action="DescribeDtsJobDetail"} 1)"));
}

TEST(PrometheusMetrics, CanBeScrapedWhileTheyAreReported) {
  PrometheusMetrics metrics;
  std::atomic<bool> done = false;
  std::thread scraper([&] {
    while (!done) metrics.Text();
  });
  for (int i = 0; i < 2000; ++i) {
    metrics.Add(metric::kReconcileTotal, {"dtsjob", "success"}, 1);
    metrics.Set(metric::kJobs, {"True"}, i);
    metrics.Observe(metric::kApiSeconds, {"StartDtsJob"}, 0.01);
  }
  done = true;
  scraper.join();
  EXPECT_THAT(
      metrics.Text(),
      HasSubstr(
          R"(controller_runtime_reconcile_total{controller="dtsjob",result="success"} 2000)"));
}

}  // namespace
}  // namespace dtsop
