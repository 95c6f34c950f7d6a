#include "effects/dts_account.h"

#include <algorithm>

namespace dtsop {
namespace {

// Nobody knows the quotas of these; that they are too high is learned from the first refusal.
constexpr int kActsAtOnce = 10;

QuotaLimiter Reads(int per_second) {
  return QuotaLimiter(std::max(1, per_second), std::max(1, per_second));
}
QuotaLimiter Acts(int per_second) { return QuotaLimiter(std::max(1, per_second), kActsAtOnce); }

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
    : limiters_{Reads(quotas.describes_per_second), Reads(quotas.lists_per_second),
                Reads(quotas.prechecks_per_second), Acts(quotas.acts_per_second),
                Acts(quotas.acts_per_second),       Acts(quotas.acts_per_second)} {}

bool DtsAccount::idle() const {
  return calls == 0 && !breaker.open() &&
         std::all_of(limiters_.begin(), limiters_.end(),
                     [](const QuotaLimiter& limiter) { return limiter.idle(); });
}

}  // namespace dtsop
