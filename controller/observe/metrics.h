// Every metric of the operator: one table of names, one interface to report them. Names and
// meanings of controller-runtime are kept where the meaning is the same; the rest is dts_*.
#pragma once

#include <array>
#include <initializer_list>
#include <string_view>

namespace dtsop {

enum class MetricKind { kCounter, kGauge, kHistogram };

struct MetricDef {
  std::string_view name;
  std::string_view help;
  MetricKind kind;
  std::array<std::string_view, 3> labels;  // unused ones are empty
};

namespace metric {
inline constexpr MetricDef kReconcileTotal = {"controller_runtime_reconcile_total",
                                              "Reconciliations per controller and result.",
                                              MetricKind::kCounter,
                                              {"controller", "result", ""}};
inline constexpr MetricDef kReconcileErrors = {"controller_runtime_reconcile_errors_total",
                                               "Reconciliations that ended in an error.",
                                               MetricKind::kCounter,
                                               {"controller", "", ""}};
inline constexpr MetricDef kQueueDepth = {
    "workqueue_depth", "Keys waiting in the work queue.", MetricKind::kGauge, {"name", "", ""}};
inline constexpr MetricDef kLeader = {"leader_election_master_status",
                                      "1 while this process leads, else 0.",
                                      MetricKind::kGauge,
                                      {"name", "", ""}};
inline constexpr MetricDef kApiCalls = {"dts_api_calls_total",
                                        "Calls to the DTS API by action and outcome class.",
                                        MetricKind::kCounter,
                                        {"action", "outcome", ""}};
inline constexpr MetricDef kApiSeconds = {"dts_api_call_duration_seconds",
                                          "Duration of calls to the DTS API.",
                                          MetricKind::kHistogram,
                                          {"action", "", ""}};
inline constexpr MetricDef kJobs = {
    "dts_jobs", "DtsJobs known, by Ready status.", MetricKind::kGauge, {"ready", "", ""}};
inline constexpr MetricDef kNamespaces = {
    "dts_namespaces",
    "Namespaces with DtsJobs, by whether this installation manages them.",
    MetricKind::kGauge,
    {"managed", "", ""}};
inline constexpr MetricDef kStartsInFlight = {"dts_starts_in_flight",
                                              "Starts announced in the Lease and not yet recorded.",
                                              MetricKind::kGauge,
                                              {"", "", ""}};
inline constexpr MetricDef kBreakerOpened = {
    "dts_breaker_opened_total",
    "How often calls for a credential and region were stopped because DTS did not answer.",
    MetricKind::kCounter,
    {"", "", ""}};
inline constexpr MetricDef kBreakersOpen = {"dts_breakers_open",
                                            "Credentials and regions that DTS does not answer now.",
                                            MetricKind::kGauge,
                                            {"", "", ""}};
inline constexpr MetricDef kClockError = {
    "dts_clock_error_seconds",
    "The clock of DTS less that of this node, if the difference matters; else 0.",
    MetricKind::kGauge,
    {"", "", ""}};
inline constexpr MetricDef kWatchRestarts = {"dts_watch_restarts_total",
                                             "Watches and lists started, by cause.",
                                             MetricKind::kCounter,
                                             {"cause", "", ""}};
inline constexpr MetricDef kNamespaceReadable = {
    "dts_namespace_readable",
    "1 while the DtsJobs of a watched namespace can be read, 0 while not; \"\" stands for all.",
    MetricKind::kGauge,
    {"namespace", "", ""}};
inline constexpr MetricDef kUnreadableJobs = {"dts_unreadable_jobs_total",
                                              "DtsJobs that were ignored as unreadable, by cause.",
                                              MetricKind::kCounter,
                                              {"cause", "", ""}};
inline constexpr MetricDef kBuildInfo = {
    "dts_operator_build_info", "Always 1.", MetricKind::kGauge, {"version", "", ""}};
inline constexpr MetricDef kProcessCpu = {"process_cpu_seconds_total",
                                          "CPU time of the process, user and system.",
                                          MetricKind::kCounter,
                                          {"", "", ""}};
inline constexpr MetricDef kProcessResident = {"process_resident_memory_bytes",
                                               "Resident memory of the process.",
                                               MetricKind::kGauge,
                                               {"", "", ""}};
inline constexpr MetricDef kProcessOpenFds = {
    "process_open_fds", "Open file descriptors.", MetricKind::kGauge, {"", "", ""}};
inline constexpr MetricDef kProcessMaxFds = {
    "process_max_fds", "The limit of open file descriptors.", MetricKind::kGauge, {"", "", ""}};
inline constexpr MetricDef kProcessStart = {"process_start_time_seconds",
                                            "When the process started, in seconds since 1970.",
                                            MetricKind::kGauge,
                                            {"", "", ""}};
}  // namespace metric

// Label values are given in the order of the definition's labels. Callers pass only values from
// fixed sets, so that the number of series is bounded. Implementations are callable from one thread
// while another one scrapes.
class Metrics {
 public:
  virtual ~Metrics() = default;
  // Shows the series, at 0 until something is reported: increase() of Prometheus sees only what
  // is added to a series that was there.
  virtual void Declare(const MetricDef& metric, std::initializer_list<std::string_view> labels) = 0;
  virtual void Add(const MetricDef& metric, std::initializer_list<std::string_view> labels,
                   double value = 1) = 0;
  virtual void Set(const MetricDef& metric, std::initializer_list<std::string_view> labels,
                   double value) = 0;
  virtual void Observe(const MetricDef& metric, std::initializer_list<std::string_view> labels,
                       double value) = 0;
};

// Reports nowhere: for tests and the simulator.
class NullMetrics final : public Metrics {
 public:
  void Declare(const MetricDef&, std::initializer_list<std::string_view>) override {}
  void Add(const MetricDef&, std::initializer_list<std::string_view>, double) override {}
  void Set(const MetricDef&, std::initializer_list<std::string_view>, double) override {}
  void Observe(const MetricDef&, std::initializer_list<std::string_view>, double) override {}
};

}  // namespace dtsop
