// Spends a quota that others enforce: hands out the moments at which calls may be made.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/time.h"

namespace dtsop {

// At most `per_second` calls in any second, as a reservation instead of a poll. One per quota.
class RateLimiter {
 public:
  // `per_second` must be positive.
  explicit RateLimiter(int per_second) : last_(static_cast<size_t>(per_second), MonoTime::min()) {}

  // The moment, not before `now`, at which one more call may be made; it is taken.
  MonoTime Reserve(MonoTime now) {
    MonoTime slot = std::max(now, blocked_until_);
    // The call that was made `per_second` calls ago leaves the window first.
    MonoTime& oldest = last_[next_];
    if (oldest != MonoTime::min()) slot = std::max(slot, oldest + seconds(1));
    oldest = slot;
    next_ = (next_ + 1) % last_.size();
    return slot;
  }

  // The server has refused a call: nothing before `until`, reservations already made included.
  void BlockUntil(MonoTime until) {
    if (until > blocked_until_) blocked_until_ = until;
  }
  bool Blocked(MonoTime now) const { return now < blocked_until_; }

 private:
  std::vector<MonoTime> last_;  // the last calls; a ring that begins at next_
  size_t next_ = 0;
  MonoTime blocked_until_{};
};

}  // namespace dtsop
