#include "decide/decide.h"

#include <fmt/format.h>

#include <array>

#include "decide/draft.h"
#include "status/summarize.h"

namespace dtsop {
namespace {

constexpr Duration kUncertainPoll = seconds(5);

bool IsDeleted(Draft& draft) {
  // There is no finalizer: the DTS job stays as it is when its DtsJob goes.
  return draft.job.deleting;
}

// An answered start is recorded before anything else is decided, and its announcement is dropped
// only when the record is durable and the effect shows.
bool RecordsStartResult(Draft& draft) {
  if (!draft.s.start_result) return false;
  const StartRecord& record = draft.s.start_result->record;
  const std::optional<LegEffect>& effect = draft.s.leg_effect;
  if (draft.job.status.start != record) {
    draft.decision.status.start = record;
  } else if (!effect || effect->IsOver(draft.now.mono)) {
    draft.Do(Effect::kForgetStart);
  } else if (!effect->UnderWay()) {
    // A next leader has to know of it, too.
    draft.RequeueAt(*effect->clear_from);
  }
  return false;
}

bool HasNoRegion(Draft& draft) {
  return !draft.s.region_problem.empty() && draft.Stalled("InvalidSpec", draft.s.region_problem);
}

bool LacksKeys(Draft& draft) {
  if (draft.s.keys == Snapshot::Keys::kReady) return false;
  if (draft.s.keys == Snapshot::Keys::kUnknown) {
    draft.Do(Effect::kFetchCredentials);
    return draft.Await("Progressing", "Reading the credentials.");
  }
  if (draft.s.keys == Snapshot::Keys::kNotAllowed) {
    return draft.Stalled("CredentialsNotAllowed", draft.s.keys_problem);
  }
  draft.AwaitOtherKeys();
  if (draft.s.keys == Snapshot::Keys::kTooMany) {
    return draft.Stalled("TooManyCredentials", draft.s.keys_problem);
  }
  return draft.Stalled("CredentialsNotFound", draft.s.keys_problem);
}

// Asks for an observation when the last one is too old to report from; goes on with what is known.
bool LacksObservation(Draft& draft) {
  const Snapshot& s = draft.s;
  const bool known = draft.IsObserved();
  draft.PollEvery(draft.job.spec.poll_interval);
  if (s.observe_failure) {
    if (draft.ObserveBlocked()) draft.RequeueAt(s.observe_failure->next_try);
    const CallFailure& failure = s.observe_failure->failure;
    if (NeedsPerson(failure.error_class)) return draft.StalledBy(failure);
    if (!known) return draft.Await(ReasonFromCode(failure.code), DescribeFailure(failure));
  }
  if (!known && s.act_failure && s.start.phase != StartPhase::kUncertain) {
    // A refusal is news even before the look that must follow it.
    WaitOutActFailure(draft);
    draft.decision.can_wait = true;
    return true;
  }
  if (!known) return draft.Await("Progressing", "Asking DTS for the job's state.");
  draft.ShowObservation();
  return false;
}

// A start whose outcome nobody knows is settled by looking, never by calling again blindly.
bool IsUncertain(Draft& draft) {
  const PendingStart& start = draft.s.start;
  if (start.phase != StartPhase::kUncertain || draft.s.start_result) return false;
  // A process that is gone has written down how it ended, and could not drop the announcement any
  // more. What the job does since then has other causes.
  const std::optional<StartRecord>& known = draft.job.status.start;
  if (known && known->nonce == start.nonce &&
      (known->outcome == start_outcome::kSucceeded || known->outcome == start_outcome::kRejected)) {
    draft.Do(Effect::kForgetStart);
    return false;
  }
  LegEffect effect;
  effect.before = start.before;
  StartRecord record = draft.job.status.start.value_or(StartRecord{});
  record.key = start.key;
  record.attempt = start.attempt;
  record.nonce = start.nonce;
  record.intent_time = start.intent_time;
  record.request_id.clear();
  if (Shows(effect, draft.s.observation->status)) {
    record.outcome = start_outcome::kSucceeded;
  } else if (draft.s.observation->at >= start.certain_from) {
    // What DTS has answered, if in words that nobody knows, and did not do was refused.
    record.outcome = start.refused ? start_outcome::kRejected : start_outcome::kUnknown;
  } else {
    const MonoTime look_again = std::min(draft.s.observation->at + kUncertainPoll,
                                         std::max(start.certain_from, draft.s.observation->at));
    if (draft.now.mono >= look_again) draft.Observe();
    draft.RequeueAt(std::max(look_again, draft.now.mono + seconds(1)));
    return draft.Progress(
        "StartOutcomePending",
        fmt::format(
            "StartDtsJob (attempt {}) got {}. Before anything else is done, DTS is given {} to "
            "show whether it worked; the job is {}.",
            start.attempt,
            start.refused ? "an error that the operator does not know" : "no usable answer",
            FormatDuration(kSettle), draft.s.observation->status));
  }
  if (draft.job.status.start == record) {
    draft.Do(Effect::kForgetStart);
    return draft.Await("Progressing", "The outcome of StartDtsJob is being settled.");
  }
  draft.decision.status.start = record;
  return false;
}

bool IsUnderstood(Draft& draft) {
  const Observation& seen = *draft.s.observation;
  const JobState state = JobStateOf(seen.status);
  switch (state) {
    case JobState::kUnknown:
      draft.verdict = {
          Verdict::Kind::kUnclear, "UnknownJobStatus",
          fmt::format("DTS reports the status \"{}\", which this version of the operator "
                      "does not know; it does nothing until the status changes.",
                      seen.status),
          std::nullopt};
      return true;
    case JobState::kNotConfigured:
      return draft.Stalled(
          "NotConfigured",
          "The DTS job is not configured yet. Configure it in the DTS console or with "
          "ConfigureDtsJob.");
    case JobState::kLocked:
      return draft.Stalled("BillingLocked",
                           "DTS has locked the job, as it does when an instance has expired or the "
                           "account is in arrears. Renew the instance or settle the account.");
    case JobState::kFinished:
      // A migration has an end; what was to go on for ever has been ended by somebody.
      if (draft.job.spec.desired_state == DesiredState::kRunning &&
          (seen.type == JobType::kSync || seen.type == JobType::kSubscribe)) {
        return draft.Stalled("Finished",
                             "The job has been ended and DTS does not start it again. Configure a "
                             "new one, or set spec.desiredState to Stopped.");
      }
      return draft.Ready("Finished", "The job is finished; DTS does not start it again.");
    default:
      break;
  }
  switch (draft.job.spec.desired_state) {
    case DesiredState::kRunning:
      return WantRunning(draft, state);
    case DesiredState::kUnmanaged:
      return OnlyReport(draft, state);
    default:
      return WantQuiet(draft, state);
  }
}

// lastError names the failure that matters most now, and goes when the job is settled without one.
void SetLastError(Draft& draft) {
  const Snapshot& s = draft.s;
  std::optional<LastError>& error = draft.decision.status.last_error;
  const bool ready = draft.verdict.kind == Verdict::Kind::kReady;
  // While a look is awaited nothing new is known about the task; another's task is not told of.
  const bool judged = draft.verdict.kind != Verdict::Kind::kKeep && !s.conflict_with;
  const bool task_failed = judged && s.observation && !s.observation->task_error.empty() &&
                           (!ready || draft.verdict.reason == "TaskRetrying");
  if (s.act_failure && !ready) {
    error = LastErrorFrom(*s.act_failure);
  } else if (s.observe_failure) {
    error = LastErrorFrom(*s.observe_failure);
  } else if (task_failed) {
    error = TaskError(s.observation->task_error, error, draft.now.wall);
  } else if (ready || draft.verdict.kind == Verdict::Kind::kStalled ||
             draft.verdict.synced == true) {
    error.reset();
  }
}

// A requested reconciliation is handled once something newer than the request is known.
void SetHandledRequest(Draft& draft) {
  if (draft.job.reconcile_requested.empty()) return;
  const bool looked = draft.s.observation && draft.s.observation->at >= draft.s.observe_after;
  const bool asked_in_vain = draft.s.observe_failure.has_value();
  if (looked || asked_in_vain || draft.verdict.kind == Verdict::Kind::kStalled) {
    draft.decision.status.last_handled_reconcile_at = draft.job.reconcile_requested;
  }
}

// Read from top to bottom: the first check that returns true has the last word.
constexpr std::array kChecks = {&IsDeleted,        &RecordsStartResult,  &IsPaused,
                                &HasNoRegion,      &IsConflict,          &LacksKeys,
                                &LacksObservation, &IsConflictElsewhere, &IsUncertain,
                                &IsContested,      &IsInTransition,      &IsBlockedByForeignStart,
                                &IsUnderstood};

}  // namespace

bool FreshEnoughToAct(Draft& draft) {
  // Both are asked at once.
  if (!draft.s.namespace_fresh) draft.Do(Effect::kCheckNamespace);
  if (!draft.ObservationIsFresh()) {
    draft.Observe();
    return false;
  }
  if (!draft.s.object_fresh) {
    draft.Do(Effect::kReadLive);
    return false;
  }
  return draft.s.namespace_fresh;
}

bool WaitOutActFailure(Draft& draft) {
  if (!draft.s.act_failure) return false;
  const CallFailure& failure = draft.s.act_failure->failure;
  if (NeedsPerson(failure.error_class)) {
    draft.StalledBy(failure);
  } else {
    draft.Progress(ReasonFromCode(failure.code), DescribeFailure(failure));
  }
  draft.RequeueAt(draft.s.act_failure->next_try);
  return draft.now.mono < draft.s.act_failure->next_try;
}

Decision Decide(const Snapshot& snapshot, Now now) {
  Draft draft(snapshot, now);
  for (const auto check : kChecks) {
    if (check(draft)) break;
  }
  if (draft.job.deleting) return std::move(draft.decision);
  GoOnTellingOfQuietCall(draft);
  draft.decision.settled = draft.verdict.kind == Verdict::Kind::kReady;
  SetLastError(draft);
  SetHandledRequest(draft);
  SummarizeInto(draft.job, draft.verdict, now.wall, &draft.decision.status);
  // What became of a start, or asks for another one, is written at once: until then only the Lease
  // knows, or nobody.
  if (draft.decision.status.start != draft.job.status.start ||
      draft.decision.status.last_handled_restart != draft.job.status.last_handled_restart) {
    draft.decision.can_wait = false;
  }
  return std::move(draft.decision);
}

}  // namespace dtsop
