// What is known of one account in one region: how fast it may be called, and whether DTS answers.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/call_failure.h"
#include "effects/account_book.h"
#include "queue/breaker.h"
#include "queue/quota_limiter.h"

namespace dtsop {

enum class DtsAction { kDescribe, kList, kPrecheck, kStart, kSuspend, kStop };
inline constexpr size_t kDtsActions = 6;
std::string_view DtsActionName(DtsAction action);
// Looking for jobs is how the operator finds out whether DTS is well again.
inline bool Looks(DtsAction action) {
  return action == DtsAction::kDescribe || action == DtsAction::kList;
}
// Reading changes nothing in DTS: it may be repeated.
inline bool Reads(DtsAction action) { return Looks(action) || action == DtsAction::kPrecheck; }

struct AccountKey {
  AccountId account = 0;
  std::string region;
  friend auto operator<=>(const AccountKey&, const AccountKey&) = default;
};

struct DtsQuotas {
  int acts_per_second = 5;        // each of StartDtsJob, SuspendDtsJob, StopDtsJob: not documented
  int describes_per_second = 40;  // DescribeDtsJobDetail: documented
  int lists_per_second = 20;      // DescribeDtsJobs: documented
  int prechecks_per_second = 20;  // DescribePreCheckStatus: not documented
};

struct DtsAccount {
  // Of calls under way, so that an account whose calls hang leaves room for the others.
  static constexpr size_t kCallsMax = 64;

  explicit DtsAccount(const DtsQuotas& quotas);

  QuotaLimiter& limiter(DtsAction action) { return limiters_[static_cast<size_t>(action)]; }
  const QuotaLimiter& limiter(DtsAction action) const {
    return limiters_[static_cast<size_t>(action)];
  }
  // True: the quota apart, no call of this kind may be made now.
  bool Holds(DtsAction action) const {
    if (calls >= kCallsMax) return true;
    return Looks(action) ? looks >= breaker.CallsAtOnce() : breaker.open();
  }
  bool idle() const;

  Breaker breaker;
  std::optional<CallFailure> last_failure;  // why the breaker is open
  size_t calls = 0;                         // under way
  int looks = 0;                            // of them, those that look
  MonoTime used_at{};

 private:
  std::array<QuotaLimiter, kDtsActions> limiters_;
};

}  // namespace dtsop
