#include "observe/prometheus_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>

#include "observe/process_metrics.h"

namespace dtsop {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                          0.5,   1,    2.5,   5,    10};

prometheus::Labels LabelsOf(const MetricDef& metric,
                            std::initializer_list<std::string_view> values) {
  prometheus::Labels labels;
  size_t i = 0;
  for (const std::string_view value : values) {
    labels.emplace(std::string(metric.labels[i++]), std::string(value));
  }
  return labels;
}

// The family of `metric`, made at its first use; only the thread of the core uses metrics.
template <class T, class Builder>
prometheus::Family<T>& FamilyOf(std::map<std::string_view, prometheus::Family<T>*>* families,
                                const MetricDef& metric, Builder builder,
                                prometheus::Registry& registry) {
  prometheus::Family<T>*& family = (*families)[metric.name];
  if (family == nullptr) {
    family =
        &builder().Name(std::string(metric.name)).Help(std::string(metric.help)).Register(registry);
  }
  return *family;
}

}  // namespace

struct PrometheusMetrics::Families {
  prometheus::Registry registry;
  std::map<std::string_view, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string_view, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string_view, prometheus::Family<prometheus::Histogram>*> histograms;
};

PrometheusMetrics::PrometheusMetrics() : families_(std::make_unique<Families>()) {}
PrometheusMetrics::~PrometheusMetrics() = default;

void PrometheusMetrics::Declare(const MetricDef& metric,
                                std::initializer_list<std::string_view> labels) {
  switch (metric.kind) {
    case MetricKind::kCounter:
      return Add(metric, labels, 0);
    case MetricKind::kGauge:
      return Set(metric, labels, 0);
    case MetricKind::kHistogram:
      FamilyOf(&families_->histograms, metric, prometheus::BuildHistogram, families_->registry)
          .Add(LabelsOf(metric, labels), kSeconds);
  }
}

void PrometheusMetrics::Add(const MetricDef& metric, std::initializer_list<std::string_view> labels,
                            double value) {
  FamilyOf(&families_->counters, metric, prometheus::BuildCounter, families_->registry)
      .Add(LabelsOf(metric, labels))
      .Increment(value);
}

void PrometheusMetrics::Set(const MetricDef& metric, std::initializer_list<std::string_view> labels,
                            double value) {
  FamilyOf(&families_->gauges, metric, prometheus::BuildGauge, families_->registry)
      .Add(LabelsOf(metric, labels))
      .Set(value);
}

void PrometheusMetrics::Observe(const MetricDef& metric,
                                std::initializer_list<std::string_view> labels, double value) {
  FamilyOf(&families_->histograms, metric, prometheus::BuildHistogram, families_->registry)
      .Add(LabelsOf(metric, labels), kSeconds)
      .Observe(value);
}

std::string PrometheusMetrics::Text() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect()) +
         ProcessMetricsText();
}

}  // namespace dtsop
