#include "effects/dts_account.h"

#include <algorithm>

namespace dtsop {
namespace {

// Nobody knows the quotas of these; that they are too high is learned from the first refusal.
constexpr int kActsAtOnce = 10;

QuotaLimiter ReadLimiter(int per_second) {
  return QuotaLimiter(std::max(1, per_second), std::max(1, per_second));
}
QuotaLimiter ActLimiter(int per_second) {
  return QuotaLimiter(std::max(1, per_second), kActsAtOnce);
}

}  // namespace

std::string_view DtsActionName(DtsAction action) {
  switch (action) {
    case DtsAction::kDescribe:
      return "DescribeDtsJobDetail";
    case DtsAction::kList:
      return "DescribeDtsJobs";
    case DtsAction::kPrecheck:
      return "DescribePreCheckStatus";
    case DtsAction::kStart:
      return "StartDtsJob";
    case DtsAction::kSuspend:
      return "SuspendDtsJob";
    case DtsAction::kStop:
      return "StopDtsJob";
  }
  return "";
}

DtsAccount::DtsAccount(const DtsQuotas& quotas)
    : limiters_{ReadLimiter(quotas.describes_per_second), ReadLimiter(quotas.lists_per_second),
                ReadLimiter(quotas.prechecks_per_second), ActLimiter(quotas.acts_per_second),
                ActLimiter(quotas.acts_per_second),       ActLimiter(quotas.acts_per_second)} {}

bool DtsAccount::idle() const {
  return calls == 0 && !breaker.open() &&
         std::all_of(limiters_.begin(), limiters_.end(),
                     [](const QuotaLimiter& limiter) { return limiter.idle(); });
}

}  // namespace dtsop
