#include "dts/server_clock.h"

#include <chrono>

#include "base/strings.h"

namespace dtsop {
namespace {

// The Date header has whole seconds and the network its delays: less than this is no error of a
// clock. Alibaba Cloud accepts 15 minutes.
constexpr Duration kErrorMin = seconds(30);

}  // namespace

bool ServerClock::Learn(const HttpResult& result, MonoTime sent, Now now) {
  if (result.error != HttpError::kNone) return false;
  const auto date = ParseHttpDate(Trim(FindHeader(result.headers, "Date")));
  if (!date) return false;
  // In the middle of the second that it names, and of the time that the answer took.
  Duration error = *date + milliseconds(500) - (now.wall - (now.mono - sent) / 2);
  if (std::chrono::abs(error) < kErrorMin) error = Duration{0};
  const bool changed = std::chrono::abs(error - error_) >= kErrorMin;
  error_ = error;
  return changed;
}

}  // namespace dtsop
