// The last call that may have changed a leg, which is one direction of one DTS job. DTS shows what
// it has accepted some time later; until then whatever is seen may be from before, and nobody may
// rely on it, whichever DtsJob asks and whatever its spec says by now.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/dtsjob.h"
#include "base/time.h"

namespace dtsop {

// DTS may take this long to show what it has accepted.
inline constexpr Duration kShowsWithin = seconds(60);

struct LegEffect {
  enum class Kind { kStart, kSuspend, kStop };
  Kind kind = Kind::kStart;
  std::string before;  // DTS's status word when it was decided; empty: not known
  MonoTime sent;
  // What is asked from then on is answered with the truth; none: the call is under way.
  std::optional<MonoTime> clear_from;
  // When the question was asked whose answer was the first to show it.
  std::optional<MonoTime> seen_at;
  // The effect of another call may come as well: what shows may be of that one.
  bool overlaps = false;

  bool UnderWay() const { return !clear_from; }
  // What was asked earlier may be from before the effect.
  MonoTime TrueFrom() const;
  // It has been seen, or is not to come any more.
  bool IsOver(MonoTime now) const { return !UnderWay() && (seen_at || now >= *clear_from); }
};

// Whether a job of which DTS says `status` is as the call leaves it, and as it was not before.
bool Shows(const LegEffect& effect, std::string_view status);

// The action that makes it, as DTS names it.
inline std::string_view ActionOf(LegEffect::Kind kind) {
  constexpr std::string_view kActions[] = {"StartDtsJob", "SuspendDtsJob", "StopDtsJob"};
  return kActions[static_cast<size_t>(kind)];
}

// Whether the status tells of a SuspendDtsJob or StopDtsJob that may still act.
bool TellsOfQuietCall(const DtsJobStatus& status);

// What a DtsJob that wishes `desired` would do to a job that is not so; none: nothing.
std::optional<LegEffect::Kind> KindFor(DesiredState desired);

}  // namespace dtsop
