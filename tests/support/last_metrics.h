// Metrics that a test can look at.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "observe/metrics.h"

namespace dtsop {

// What each series was last set to, or has been added up to.
class LastMetrics final : public Metrics {
 public:
  void Declare(const MetricDef& metric, std::initializer_list<std::string_view> labels) override {
    values.emplace(Series(metric, labels), 0);
  }
  void Add(const MetricDef& metric, std::initializer_list<std::string_view> labels,
           double value) override {
    values[Series(metric, labels)] += value;
  }
  void Set(const MetricDef& metric, std::initializer_list<std::string_view> labels,
           double value) override {
    values[Series(metric, labels)] = value;
  }
  void Observe(const MetricDef&, std::initializer_list<std::string_view>, double) override {}

  std::map<std::string, double> values;  // "name label label"

 private:
  static std::string Series(const MetricDef& metric,
                            std::initializer_list<std::string_view> labels) {
    std::string series(metric.name);
    for (const std::string_view label : labels) series.append(" ").append(label);
    return series;
  }
};

}  // namespace dtsop
