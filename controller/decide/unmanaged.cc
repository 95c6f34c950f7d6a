// desiredState: Unmanaged. The job is looked at and told of; nothing is done to it.
#include <fmt/format.h>

#include "decide/draft.h"

namespace dtsop {

bool OnlyReport(Draft& draft, JobState state) {
  if (draft.s.start.phase == StartPhase::kAnnounced) draft.Do(Effect::kForgetStart);
  EndEpisode(draft);
  const std::string& status = draft.s.observation->status;
  if (state == JobState::kRetrying) return draft.Retrying();
  if (state == JobState::kFailed || state == JobState::kPrecheckFailed) {
    return draft.AcceptedStalled(
        state == JobState::kFailed ? "TaskFailed" : "PrecheckFailed",
        fmt::format("The job is {}: {}. Nothing is done to it, since desiredState is Unmanaged; "
                    "Running would start it.",
                    status, draft.WhyFailed()));
  }
  return draft.Ready(
      "Unmanaged",
      fmt::format("DTS reports {}. Nothing is done to the job, since desiredState is Unmanaged{}.",
                  status, IsStartable(state) ? "; Running would start it" : ""));
}

}  // namespace dtsop
