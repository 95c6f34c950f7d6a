// desiredState: Suspended or Stopped.
#include <fmt/format.h>

#include "decide/draft.h"

namespace dtsop {
namespace {

constexpr int64_t kEpisodesMax = 1'000'000'000;  // bounds what a forged status can say

// The next time that desiredState is Running, it is a new wish with a start of its own.
void EndEpisode(Draft& draft) {
  std::optional<StartRecord>& record = draft.decision.status.start;
  const bool settled = draft.s.start.phase == StartPhase::kNone && !draft.s.start_result;
  if (record && !record->key.empty() && settled) {
    StartRecord next;
    next.episode = std::clamp<int64_t>(record->episode, 0, kEpisodesMax) + 1;
    record = next;
  }
}

// The call was accepted and the job does not show it.
bool AwaitEffect(Draft& draft, const AcceptedAction& accepted) {
  const Observation& seen = *draft.s.observation;
  const std::string_view action =
      accepted.kind == DesiredState::kSuspended ? "SuspendDtsJob" : "StopDtsJob";
  if (seen.at - accepted.at < kConvergeWithin) {
    draft.PollEvery(kQuickPoll);
    return draft.Progress(
        "Stopping", fmt::format("DTS accepted {}; it still reports {}.", action, seen.status));
  }
  return draft.AcceptedStalled(
      "ActionIneffective",
      fmt::format("DTS accepted {} (RequestId {}) but still reports {}. Subscription jobs can't be "
                  "suspended although DTS says so; check the job in the DTS console.",
                  action, accepted.request_id, seen.status));
}

bool Act(Draft& draft, Effect effect) {
  const std::optional<AcceptedAction>& accepted = draft.s.accepted;
  if (accepted && accepted->kind == draft.job.spec.desired_state)
    return AwaitEffect(draft, *accepted);
  if (WaitOutActFailure(draft)) return true;
  if (!draft.s.act_failure) {
    draft.Busy(effect == Effect::kSuspend ? "Suspending" : "Stopping",
               fmt::format("The job is {} and is being {}.", draft.s.observation->status,
                           effect == Effect::kSuspend ? "suspended" : "stopped"));
  }
  // The end of the episode must be durable first: should the wish go back to Running before
  // anything else is written, what this call does would pass for an external change of a started
  // job.
  const std::optional<StartRecord>& durable = draft.job.status.start;
  if (durable != draft.decision.status.start || (durable && !durable->key.empty())) return true;
  const bool under_way = draft.s.leg_effect && draft.s.leg_effect->UnderWay();
  if (!under_way && FreshEnoughToAct(draft)) draft.Do(effect);
  return true;
}

bool WantSuspended(Draft& draft, JobState state) {
  const Observation& seen = *draft.s.observation;
  switch (state) {
    case JobState::kPaused:
      return draft.Ready("Suspended",
                         fmt::format("The job is suspended. {} Set desiredState to Running before.",
                                     Draft::PauseLimits()));
    case JobState::kStopped:
    case JobState::kNotStarted:
      return draft.Ready("NotStarted",
                         fmt::format("The job is {}: there is nothing to suspend.", seen.status));
    case JobState::kFailed:
    case JobState::kPrecheckFailed:
      return draft.Stalled(
          state == JobState::kFailed ? "TaskFailed" : "PrecheckFailed",
          fmt::format("The job is {} and can't be suspended: {}.{}", seen.status, draft.WhyFailed(),
                      state == JobState::kFailed ? " " + Draft::PauseLimits() : ""));
    default:
      return Act(draft, Effect::kSuspend);
  }
}

bool WantStopped(Draft& draft, JobState state) {
  const Observation& seen = *draft.s.observation;
  const bool accepted = draft.s.accepted && draft.s.accepted->kind == DesiredState::kStopped;
  const bool at_rest = state == JobState::kFailed || state == JobState::kPrecheckFailed;
  if (state == JobState::kStopped || state == JobState::kNotStarted || (accepted && at_rest)) {
    return draft.Ready("Stopped",
                       fmt::format("The job does not run (DTS reports {}).", seen.status));
  }
  return Act(draft, Effect::kStop);
}

}  // namespace

bool WantQuiet(Draft& draft, JobState state) {
  if (draft.s.start.phase == StartPhase::kAnnounced) draft.Do(Effect::kForgetStart);
  EndEpisode(draft);
  if (state == JobState::kInProgress) {
    draft.PollEvery(kQuickPoll);
    return draft.Progress(ReasonFromCode(draft.s.observation->status),
                          fmt::format("DTS reports {}; the operator waits until that is over.",
                                      draft.s.observation->status));
  }
  // A start that may still take effect must be settled before "does not run" is believed.
  const bool starting =
      draft.s.start.phase == StartPhase::kCalling || draft.s.start.phase == StartPhase::kUncertain;
  if (starting && !IsRunning(state)) {
    draft.RequeueAfter(kQuickPoll);
    return draft.Progress("StartOutcomePending",
                          "The outcome of an earlier StartDtsJob is awaited.");
  }
  return draft.job.spec.desired_state == DesiredState::kSuspended ? WantSuspended(draft, state)
                                                                  : WantStopped(draft, state);
}

}  // namespace dtsop
