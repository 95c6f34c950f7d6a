#include "decide/leg_effect.h"

#include <algorithm>

#include "api/job_state.h"

namespace dtsop {

MonoTime LegEffect::TrueFrom() const {
  if (UnderWay()) return kNever;
  return std::min(*clear_from, seen_at.value_or(kNever));
}

bool Shows(const LegEffect& effect, std::string_view status) {
  const JobState state = JobStateOf(status);
  const JobState before = JobStateOf(effect.before);
  if (state == JobState::kUnknown) return false;
  const bool on_its_way = IsRunning(state) || state == JobState::kInProgress;
  const bool changed = state != before && before != JobState::kUnknown;
  if (effect.kind == LegEffect::Kind::kStart) return on_its_way || changed;
  // A job that fails meanwhile may still be paused or ended.
  const bool failed = state == JobState::kFailed || state == JobState::kPrecheckFailed;
  return !on_its_way && !failed && (changed || effect.before.empty());
}

bool TellsOfQuietCall(const DtsJobStatus& status) {
  const Condition* ready = FindCondition(status, "Ready");
  return ready != nullptr && (ready->reason == "Suspending" || ready->reason == "Stopping");
}

std::optional<LegEffect::Kind> KindFor(DesiredState desired) {
  switch (desired) {
    case DesiredState::kRunning:
      return LegEffect::Kind::kStart;
    case DesiredState::kSuspended:
      return LegEffect::Kind::kSuspend;
    case DesiredState::kStopped:
      return LegEffect::Kind::kStop;
    case DesiredState::kUnmanaged:
      break;
  }
  return std::nullopt;
}

}  // namespace dtsop
