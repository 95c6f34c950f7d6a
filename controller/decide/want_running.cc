// desiredState: Running.
#include <fmt/format.h>

#include "decide/draft.h"

namespace dtsop {
namespace {

// From the announcement of the recorded start to the last observation; very long when the record
// has no usable time. Clocks differ, so a start whose time is still to come counts from when this
// process learned of it.
Duration SinceStart(const Draft& draft, const StartRecord& record) {
  const auto intent = ParseRfc3339(record.intent_time);
  if (!intent) return hours(24);
  const MonoTime seen = draft.s.observation->at;
  const std::optional<StartRecord>& known = draft.job.status.start;
  const bool is_known = known && known->nonce == record.nonce;
  return std::max(draft.now.wall - *intent - (draft.now.mono - seen),
                  is_known ? seen - draft.s.start_known_at : Duration{0});
}

bool Done(const StartRecord& record) {
  return record.outcome == start_outcome::kSucceeded || record.outcome == start_outcome::kAdopted;
}

void PollSoon(Draft& draft, Duration since_start) {
  draft.PollEvery(
      std::min(since_start < kQuickFor ? kQuickPoll : kSlowPoll, draft.job.spec.poll_interval));
}

bool IsUp(Draft& draft, JobState state, const StartRecord& record, const std::string& key) {
  if (record.key != key || !Done(record)) {
    StartRecord adopted;
    adopted.key = key;
    adopted.episode = record.episode;
    adopted.outcome = start_outcome::kAdopted;
    // An announcement of ours that was never called is dropped: the job came up by itself.
    if (!draft.s.start_result && draft.s.start.phase == StartPhase::kNone) {
      draft.decision.status.start = adopted;
    }
  }
  if (draft.s.start.phase == StartPhase::kAnnounced) draft.Do(Effect::kForgetStart);
  if (state == JobState::kRetrying) return draft.Retrying();
  return draft.Ready("Running",
                     fmt::format("DTS runs the job ({}{}).", draft.s.observation->status,
                                 state == JobState::kInitialLoad ? ", initial load" : ""));
}

// The start was made and DTS accepted it, yet the job is not up.
bool IsNotUpAfterStart(Draft& draft, JobState state, const StartRecord& record) {
  const Observation& seen = *draft.s.observation;
  const Duration since = SinceStart(draft, record);
  const bool failed = state == JobState::kPrecheckFailed || state == JobState::kFailed;
  // DTS may go on showing the failure that the start has ended.
  const bool anew = failed && !draft.s.unchanged_since_start;
  if (since < (anew ? kFreshFor : kConvergeWithin)) {
    PollSoon(draft, since);
    return draft.AcceptedProgress(
        "Starting", fmt::format("The start was accepted; DTS reports {}.", seen.status));
  }
  const std::string task = draft.WhyFailed();
  if (state == JobState::kPrecheckFailed) {
    return draft.AcceptedStalled(
        "PrecheckFailed",
        fmt::format("The precheck failed: {}. Fix the cause, then start it again: {}.", task,
                    HowToRestart(draft.job)));
  }
  if (failed) {
    return draft.AcceptedStalled(
        "TaskFailed", fmt::format("The job is {}: {}. Fix the cause, then start it again: {}.",
                                  seen.status, task, HowToRestart(draft.job)));
  }
  if (state == JobState::kPaused || state == JobState::kStopped) {
    return draft.AcceptedStalled(
        "ExternalChange",
        fmt::format("The job was started and is now {}: somebody paused or stopped it "
                    "outside of the operator, which does not fight back. To resume it: {}.{}",
                    seen.status, HowToRestart(draft.job),
                    state == JobState::kPaused ? " " + Draft::PauseLimits() : ""));
  }
  return draft.AcceptedStalled(
      "ActionIneffective",
      fmt::format("DTS accepted StartDtsJob (RequestId {}) but still reports {}. Check "
                  "the job in the DTS console.",
                  record.request_id.empty() ? "unknown" : record.request_id, seen.status));
}

bool Start(Draft& draft, const StartRecord& record, const std::string& key) {
  const PendingStart& start = draft.s.start;
  const bool same_wish = record.key == key;
  const bool understood =
      record.outcome == start_outcome::kRejected || record.outcome == start_outcome::kUnknown;
  if (same_wish && !understood) {
    return draft.Stalled(
        "StartOutcomeUnknown",
        fmt::format(
            "status.start says that the outcome of this start is \"{}\", which this version "
            "of the operator does not know; it does not start the job once more. To start it: {}.",
            record.outcome, HowToRestart(draft.job)));
  }
  // A status can be forged: no arithmetic on what it says before it is bounded.
  int64_t attempt = same_wish ? std::clamp<int64_t>(record.attempt, 1, kAttemptsMax) : 1;
  if (same_wish && record.outcome == start_outcome::kUnknown) ++attempt;
  if (attempt > kAttemptsMax) {
    return draft.Stalled(
        "StartOutcomeUnknown",
        fmt::format(
            "{} attempts to start the job got no usable answer and showed no effect. Check the "
            "job and the network, then start it again: {}.",
            kAttemptsMax, HowToRestart(draft.job)));
  }
  if (WaitOutActFailure(draft)) {
    if (start.phase == StartPhase::kAnnounced) draft.Do(Effect::kForgetStart);
    return true;
  }
  if (!draft.s.act_failure) {
    const std::string message =
        fmt::format("The job is {} and is being started.", draft.s.observation->status);
    // After a restart of the operator an earlier rejection stays on display until there is news.
    const bool rejected = same_wish && record.outcome == start_outcome::kRejected;
    rejected ? draft.Await("Starting", message) : draft.Busy("Starting", message);
  }
  if (draft.now.mono < draft.s.starts_from) {
    draft.RequeueAt(draft.s.starts_from);
    return draft.Progress(
        "StartOutcomePending",
        "Another installation managed this namespace until now, or the operator's Lease was lost: "
        "starts wait until nothing that was called before can still take effect.");
  }
  switch (start.phase) {
    case StartPhase::kAnnouncing:
    case StartPhase::kCalling:
    case StartPhase::kUncertain:  // only until its outcome is durable, see IsUncertain
      return true;
    case StartPhase::kAnnounced:
      if (start.key != key || start.attempt != attempt || draft.now.mono >= start.call_until) {
        draft.Do(Effect::kForgetStart);
      } else if (FreshEnoughToAct(draft)) {
        draft.Do(Effect::kCallStart);
      }
      draft.RequeueAt(start.call_until);
      return true;
    case StartPhase::kNone:
      // What asks for this start must be durable first.
      if (FreshEnoughToAct(draft) && !AsksForRestart(draft.job) &&
          draft.job.status.start == draft.decision.status.start) {
        PendingStart wish;
        wish.key = key;
        wish.attempt = attempt;
        wish.before = draft.s.observation->status;
        draft.decision.start = wish;
        draft.Do(Effect::kAnnounceStart);
      }
      return true;
  }
  return true;
}

}  // namespace

bool WantRunning(Draft& draft, JobState state) {
  TakeUpRestart(draft, state);
  const StartRecord record = draft.decision.status.start.value_or(StartRecord{});
  const std::string key = StartKey(draft.job, draft.s.region);
  const bool done = record.key == key && Done(record);
  if (IsRunning(state)) return IsUp(draft, state, record, key);
  if (state == JobState::kInProgress) {
    if (draft.s.start.phase == StartPhase::kAnnounced) draft.Do(Effect::kForgetStart);
    PollSoon(draft, done ? SinceStart(draft, record) : kQuickFor);
    std::string reason = ReasonFromCode(draft.s.observation->status);
    std::string message = fmt::format("DTS reports {}.", draft.s.observation->status);
    return done ? draft.AcceptedProgress(std::move(reason), std::move(message))
                : draft.Progress(std::move(reason), std::move(message));
  }
  if (done) return IsNotUpAfterStart(draft, state, record);
  return Start(draft, record, key);
}

}  // namespace dtsop
