// desiredState: Suspended or Stopped.
#include <fmt/format.h>

#include "decide/draft.h"

namespace dtsop {
namespace {

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

// The last call may still change the job, even if it looks as it should. As long as the status does
// not call it settled, a next process knows of the call, too.
bool AwaitLastCall(Draft& draft) {
  const std::optional<LegEffect>& effect = draft.s.leg_effect;
  if (!effect || effect->IsOver(draft.now.mono)) return false;
  draft.PollEvery(draft.now.mono - effect->sent < kQuickFor ? kQuickPoll : kSlowPoll);
  if (!effect->UnderWay()) draft.RequeueAt(*effect->clear_from);
  return draft.Progress(
      "Stopping", fmt::format("DTS reports {}; the effect of {} may still come, for at most {}.",
                              draft.s.observation->status, ActionOf(effect->kind),
                              FormatDuration(kShowsWithin)));
}

// Whether the last failed call may have acted, as one that got no answer.
bool MayHaveActed(const Draft& draft) {
  const std::optional<FailureRecord>& failed = draft.s.act_failure;
  return failed && failed->failure.may_have_acted &&
         failed->failure.error_class != ErrorClass::kUnknown;
}

bool Act(Draft& draft, Effect effect) {
  const std::optional<AcceptedAction>& accepted = draft.s.accepted;
  if (accepted && accepted->kind == draft.job.spec.desired_state)
    return AwaitEffect(draft, *accepted);
  const char* const reason = effect == Effect::kSuspend ? "Suspending" : "Stopping";
  const bool waits = WaitOutActFailure(draft);
  if (MayHaveActed(draft)) draft.verdict.reason = reason;
  if (waits) return true;
  if (!draft.s.act_failure) {
    draft.Busy(reason, fmt::format("The job is {} and is being {}.", draft.s.observation->status,
                                   effect == Effect::kSuspend ? "suspended" : "stopped"));
    // What is not written down is not known to the next process, which may take what this call
    // does for an external change, or act on a look from before it.
    if (!TellsOfQuietCall(draft.job.status)) {
      draft.decision.can_wait = false;
      return true;
    }
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
      return AwaitLastCall(draft) ||
             draft.Ready("Suspended",
                         fmt::format("The job is suspended. {} Set desiredState to Running before.",
                                     Draft::PauseLimits()));
    case JobState::kStopped:
    case JobState::kNotStarted:
      return AwaitLastCall(draft) ||
             draft.Ready("NotStarted",
                         fmt::format("The job is {}: there is nothing to suspend.", seen.status));
    case JobState::kFailed:
    case JobState::kPrecheckFailed:
      return AwaitLastCall(draft) ||
             draft.Stalled(
                 state == JobState::kFailed ? "TaskFailed" : "PrecheckFailed",
                 fmt::format("The job is {} and can't be suspended: {}.{}", seen.status,
                             draft.WhyFailed(),
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
    return AwaitLastCall(draft) ||
           draft.Ready("Stopped",
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
