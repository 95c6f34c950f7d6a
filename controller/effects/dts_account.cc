#include "effects/dts_account.h"

#include <algorithm>

namespace dtsop {

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
    : limiters_{QuotaLimiter(std::max(1, quotas.describes_per_second)),
                QuotaLimiter(std::max(1, quotas.lists_per_second)),
                QuotaLimiter(std::max(1, quotas.prechecks_per_second)),
                QuotaLimiter(std::max(1, quotas.acts_per_second)),
                QuotaLimiter(std::max(1, quotas.acts_per_second)),
                QuotaLimiter(std::max(1, quotas.acts_per_second))} {}

bool DtsAccount::idle() const {
  return calls == 0 && !breaker.open() &&
         std::all_of(limiters_.begin(), limiters_.end(),
                     [](const QuotaLimiter& limiter) { return limiter.idle(); });
}

}  // namespace dtsop
