// Time as two readings that are never mixed: `MonoTime` for deadlines and ages (CLOCK_BOOTTIME in
// production, so that it counts while a machine sleeps), `WallTime` for what is written down for
// others. Only the shell reads clocks; the core gets `Now` as an argument.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dtsop {

using Duration = std::chrono::nanoseconds;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct MonoClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

inline constexpr MonoTime kNever = MonoTime::max();

// One reading of both clocks, taken together.
struct Now {
  MonoTime mono;
  WallTime wall;
};

// The source of Now. Implementations must be callable from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now Read() const = 0;
};

// Reads CLOCK_BOOTTIME and CLOCK_REALTIME. Does not block.
class SystemClock final : public Clock {
 public:
  Now Read() const override;
};

// "2026-11-24T13:35:41Z": metav1.Time, whole seconds.
std::string FormatRfc3339(WallTime time);
// "2026-11-24T13:35:41.123456Z": metav1.MicroTime, as Lease and Event carry it.
std::string FormatRfc3339Micro(WallTime time);
// Accepts a fraction of 0 to 9 digits and `Z` or a numeric offset. Fails on anything else,
// and on years before 1970 or after 2200, so that any two can be subtracted.
Result<WallTime> ParseRfc3339(std::string_view text);
// "Sun, 06 Nov 1994 08:49:37 GMT", the one form of a date that HTTP servers may send (RFC 9110).
// Fails on anything else, and on years before 1970 or after 2200.
Result<WallTime> ParseHttpDate(std::string_view text);

// How long the header Retry-After asks to wait, as seconds or as a date that counts from `now`:
// from 0, also for a date that has passed, to kRetryAfterMax. None: it is neither.
inline constexpr Duration kRetryAfterMax = std::chrono::minutes(5);
std::optional<Duration> ParseRetryAfter(std::string_view text, WallTime now);

// Go's duration syntax, as Kubernetes uses it: "60s", "1m30s", "1.5h", "250ms". Fails on a missing
// unit, a sign, an overflow or trailing text.
Result<Duration> ParseDuration(std::string_view text);
// The shortest form that ParseDuration reads back, whole milliseconds: "1m30s", "250ms", "0s".
std::string FormatDuration(Duration duration);

}  // namespace dtsop
