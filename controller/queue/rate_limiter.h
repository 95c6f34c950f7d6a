// Spends a quota that others enforce: hands out the moments at which calls may be made.
#pragma once

#include "base/time.h"

namespace dtsop {

// A token bucket that is asked for a reservation instead of being polled. One per quota.
class RateLimiter {
 public:
  // `per_second` calls on average, at most that many at once. `per_second` must be positive.
  explicit RateLimiter(int per_second)
      : interval_(Duration(seconds(1)) / per_second), burst_(per_second) {}

  // The moment, not before `now`, at which one more call may be made; it is taken.
  MonoTime Reserve(MonoTime now) {
    // Generic cell rate algorithm: `next_` is when the bucket is full again.
    const MonoTime earliest = next_ - interval_ * (burst_ - 1);
    const MonoTime slot = earliest > now ? earliest : now;
    next_ = (next_ > slot ? next_ : slot) + interval_;
    return slot < blocked_until_ ? blocked_until_ : slot;
  }

  // The server has refused a call: nothing before `until`, reservations already made included.
  void BlockUntil(MonoTime until) {
    if (until > blocked_until_) blocked_until_ = until;
  }
  bool Blocked(MonoTime now) const { return now < blocked_until_; }

 private:
  const Duration interval_;
  const int burst_;
  MonoTime next_{};
  MonoTime blocked_until_{};
};

}  // namespace dtsop
