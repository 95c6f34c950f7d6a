// Metrics on prometheus-cpp.
#pragma once

#include <memory>
#include <string>

#include "observe/metrics.h"

namespace dtsop {

// Declare, Add, Set and Observe are for one thread; Text may be called from others meanwhile.
class PrometheusMetrics final : public Metrics {
 public:
  PrometheusMetrics();
  ~PrometheusMetrics() override;

  void Declare(const MetricDef& metric, std::initializer_list<std::string_view> labels) override;
  void Add(const MetricDef& metric, std::initializer_list<std::string_view> labels,
           double value) override;
  void Set(const MetricDef& metric, std::initializer_list<std::string_view> labels,
           double value) override;
  void Observe(const MetricDef& metric, std::initializer_list<std::string_view> labels,
               double value) override;

  // All metrics, and those of the process, in Prometheus' text format.
  std::string Text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace dtsop
