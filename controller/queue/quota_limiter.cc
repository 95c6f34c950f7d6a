#include "queue/quota_limiter.h"

#include <algorithm>
#include <cmath>

namespace dtsop {
namespace {

// The window is a little longer than the second that is meant, because calls that were sent a
// second apart may arrive closer together.
constexpr Duration kWindow = milliseconds(1020);
// A grant that nobody uses lapses; it has cost one call.
constexpr Duration kGrantFor = seconds(5);
// A refusal lowers the pace to a part of what it was, and to a smaller one when the pace has been
// lowered just now. Then it grows, slowly near the level that was refused and faster the longer
// nothing is: by a tenth in 10 s, to 10 times in 95 s.
constexpr double kLowered = 0.8;
constexpr double kLoweredAgain = 0.5;
// Calls at a pace after which it counts as tried, and after which it was not lowered just now.
constexpr int kTried = 4;
constexpr int kSettled = 8;
// Unless the last second has shown how much is served: then to that, but not above this part.
constexpr double kMeasured = 0.95;
constexpr double kMeasuredMin = 10;  // calls in the second; fewer show nothing
constexpr double kGrowth = 0.001;    // of the pace, times the square of the seconds
constexpr double kRateMin = 0.2;
constexpr Duration kPauseMin = milliseconds(200);
constexpr Duration kPauseMax = seconds(30);

Duration IntervalOf(double rate) {
  return Duration(std::llround(static_cast<double>(Duration(seconds(1)).count()) / rate));
}

}  // namespace

QuotaLimiter::QuotaLimiter(int per_second, int burst)
    : per_second_(per_second),
      burst_(std::min(burst, per_second)),
      last_(static_cast<size_t>(per_second), MonoTime::min()) {}

double QuotaLimiter::RateAt(MonoTime now) const {
  const double since = std::max(0.0, std::chrono::duration<double>(now - rate_set_at_).count());
  return std::min<double>(per_second_, *rate_ * (1 + kGrowth * since * since));
}

MonoTime QuotaLimiter::NextCall() const {
  MonoTime next = blocked_until_;
  for (const int calls : {per_second_, burst_}) {
    const auto back = static_cast<size_t>(per_second_ - calls);
    const MonoTime at = last_[(next_ + back) % last_.size()];
    if (at != MonoTime::min()) next = std::max(next, at + kWindow * calls / per_second_);
  }
  if (rate_ && latest_ != MonoTime::min()) {
    next = std::max(next, latest_ + IntervalOf(RateAt(latest_)));
  }
  return next;
}

void QuotaLimiter::Count(MonoTime now) {
  last_[next_] = now;
  next_ = (next_ + 1) % last_.size();
  latest_ = now;
  if (rate_ && RateAt(now) >= per_second_) rate_.reset();
}

bool QuotaLimiter::Take(const ObjectKey& who, MonoTime now, bool held) {
  if (const auto at = granted_.find(who); at != granted_.end() && !held) {
    const bool valid = now < at->second;
    granted_.erase(at);
    if (valid) return true;
  }
  if (waiting_.contains(who)) return false;
  if (!held && waiting_.empty() && now >= NextCall()) {
    Count(now);
    return true;
  }
  std::deque<ObjectKey>& of_namespace = line_[who.namespace_name];
  if (of_namespace.empty()) turns_.push_back(who.namespace_name);
  of_namespace.push_back(who);
  waiting_.insert(who);
  return false;
}

std::optional<ObjectKey> QuotaLimiter::Grant(MonoTime now) {
  std::erase_if(granted_, [now](const auto& grant) { return grant.second <= now; });
  if (turns_.empty() || now < NextCall()) return std::nullopt;
  const std::string name = std::move(turns_.front());
  turns_.pop_front();
  const auto at = line_.find(name);
  const ObjectKey who = std::move(at->second.front());
  at->second.pop_front();
  if (at->second.empty()) {
    line_.erase(at);
  } else {
    turns_.push_back(name);
  }
  waiting_.erase(who);
  Count(now);
  granted_[who] = now + kGrantFor;
  return who;
}

void QuotaLimiter::Return(const ObjectKey& who) {
  if (granted_.erase(who) == 0) return;
  next_ = (next_ + last_.size() - 1) % last_.size();
  last_[next_] = MonoTime::min();
}

MonoTime QuotaLimiter::NextGrant() const { return turns_.empty() ? kNever : NextCall(); }

void QuotaLimiter::Leave(const ObjectKey& who) {
  granted_.erase(who);
  if (waiting_.erase(who) == 0) return;
  const auto at = line_.find(who.namespace_name);
  std::erase(at->second, who);
  if (!at->second.empty()) return;
  line_.erase(at);
  std::erase(turns_, who.namespace_name);
}

void QuotaLimiter::OnThrottled(Duration wait, MonoTime sent, MonoTime now) {
  if (wait <= Duration{0}) {
    wait = std::min<Duration>(kPauseMax, kPauseMin * (1 << std::min(refusals_, 8)));
  }
  ++refusals_;
  refused_.push_back(now);
  while (now - refused_.front() >= seconds(1)) refused_.pop_front();
  blocked_until_ = std::max(blocked_until_, now + wait);
  // The calls that were under way together are refused together: one lesson. Nor is there a new one
  // before the pace that came of the last has been tried.
  const Duration since = now - rate_set_at_;
  if (rate_ && (sent <= rate_set_at_ || since < IntervalOf(*rate_) * kTried)) return;
  const bool again = rate_ && since < IntervalOf(*rate_) * kSettled;
  const double rate = rate_ ? RateAt(now) : per_second_;
  double lowered = rate * (again ? kLoweredAgain : kLowered);
  const auto called = static_cast<double>(std::count_if(
      last_.begin(), last_.end(), [now](MonoTime at) { return at + seconds(1) > now; }));
  // Who called at about this pace has measured how much of it is served; others have not.
  if (called >= std::max(rate / 2, kMeasuredMin)) {
    const double served = called - static_cast<double>(refused_.size());
    lowered = std::clamp(served, rate * kLoweredAgain, rate * kMeasured);
  }
  rate_ = std::max(kRateMin, lowered);
  rate_set_at_ = now;
}

}  // namespace dtsop
