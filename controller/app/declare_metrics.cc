#include "app/declare_metrics.h"

#include "api/call_failure.h"
#include "effects/dts_account.h"

namespace dtsop {

void DeclareMetrics(Metrics& metrics) {
  for (const char* result : {"success", "error"}) {
    metrics.Declare(metric::kReconcileTotal, {"dtsjob", result});
  }
  metrics.Declare(metric::kReconcileErrors, {"dtsjob"});
  metrics.Declare(metric::kQueueDepth, {"dtsjob"});
  metrics.Declare(metric::kLeader, {"dts-operator"});
  for (size_t i = 0; i < kDtsActions; ++i) {
    const std::string_view action = DtsActionName(static_cast<DtsAction>(i));
    metrics.Declare(metric::kApiSeconds, {action});
    metrics.Declare(metric::kApiCalls, {action, "Success"});
    for (int error_class = 0; error_class < kErrorClasses; ++error_class) {
      metrics.Declare(metric::kApiCalls,
                      {action, ErrorClassName(static_cast<ErrorClass>(error_class))});
    }
  }
  for (const char* ready : {"True", "False", "Unknown"}) metrics.Declare(metric::kJobs, {ready});
  for (const char* cause : {"too large", "invalid"}) {
    metrics.Declare(metric::kUnreadableJobs, {cause});
  }
  for (const char* where : {"here", "elsewhere", "unknown"}) {
    metrics.Declare(metric::kNamespaces, {where});
  }
  metrics.Declare(metric::kStartsInFlight, {});
  metrics.Declare(metric::kBreakerOpened, {});
  metrics.Declare(metric::kBreakersOpen, {});
  metrics.Declare(metric::kClockError, {});
  for (const char* cause : {"list", "watch"}) metrics.Declare(metric::kWatchRestarts, {cause});
}

}  // namespace dtsop
