// The decision while it is being made. Private to decide/.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/call_failure.h"
#include "api/job_state.h"
#include "decide/decide.h"
#include "status/verdict.h"

namespace dtsop {

inline constexpr Duration kQuickPoll = seconds(2);  // right after a call
inline constexpr Duration kSlowPoll = seconds(10);  // of a job that takes its time
inline constexpr Duration kQuickFor = seconds(30);

struct Draft {
  // A job that waits for a person may wait for other credentials; they are kept for a minute.
  static constexpr Duration kKeysProbe = seconds(61);

  Draft(const Snapshot& snapshot, Now time) : s(snapshot), job(*snapshot.job), now(time) {
    decision.status = job.status;
  }

  const Snapshot& s;
  const DtsJob& job;
  const Now now;
  Decision decision;
  Verdict verdict;

  // DTS's own words go into the status.
  void ShowObservation() {
    decision.status.job_status = s.observation->status;
    decision.status.failed_checks = s.observation->failed_checks;
    if (decision.status.failed_checks.size() > kFailedChecksShown) {
      decision.status.failed_checks.resize(kFailedChecksShown);
    }
  }
  // What broke down, as far as DTS says.
  std::string WhyFailed() const {
    return DescribeTaskFailure(s.observation->task_error, s.observation->failed_checks);
  }

  // What a person must know who leaves a job paused.
  static std::string PauseLimits() {
    return fmt::format(
        "DTS may refuse to resume a job that was paused for more than {} hours; after {} days it "
        "does, and the job fails.",
        kPauseIsSafeFor / hours(1), kPauseEndsAfter / hours(24));
  }

  void Do(Effect effect) { decision.effects.push_back(effect); }
  void RequeueAfter(Duration delay) {
    decision.requeue_after = std::min(decision.requeue_after, delay);
  }
  // No timer for a time already reached: its effect is requested, and completion requeues the job.
  void RequeueAt(MonoTime time) {
    if (time > now.mono) RequeueAfter(time - now.mono);
  }

  // Credentials that are missing or refused are read again this often.
  void AwaitOtherKeys() {
    Do(Effect::kFetchCredentials);
    RequeueAfter(seconds(15));
  }

  // Each ends the pass: it returns true so that a check can `return draft.Ready(...)`.
  bool Ready(std::string reason, std::string message) {
    verdict = {Verdict::Kind::kReady, std::move(reason), std::move(message), true};
    return true;
  }
  bool Progress(std::string reason, std::string message) {
    verdict = {Verdict::Kind::kProgress, std::move(reason), std::move(message), false};
    return true;
  }
  bool Stalled(std::string reason, std::string message) {
    verdict = {Verdict::Kind::kStalled, std::move(reason), std::move(message), false};
    return true;
  }
  // What DTS has refused needs a person.
  bool StalledBy(const CallFailure& failure) {
    if (failure.error_class == ErrorClass::kCredential) AwaitOtherKeys();
    RequeueAfter(kKeysProbe);
    return Stalled(ReasonFromCode(failure.code), DescribeFailure(failure));
  }
  // DTS has accepted what the spec asks for; the job is on its way, or has failed on it.
  bool AcceptedProgress(std::string reason, std::string message) {
    verdict = {Verdict::Kind::kProgress, std::move(reason), std::move(message), true};
    return true;
  }
  bool AcceptedStalled(std::string reason, std::string message) {
    verdict = {Verdict::Kind::kStalled, std::move(reason), std::move(message), true};
    return true;
  }
  // DTS runs the job, and not without trouble.
  bool Retrying() {
    const std::string& error = s.observation->task_error;
    return Ready("TaskRetrying", fmt::format("DTS is retrying after an error of the task: {}",
                                             error.empty() ? "no details given" : error));
  }
  // Progress that only says that calls are under way.
  bool Busy(std::string reason, std::string message) {
    decision.can_wait = true;
    return Progress(std::move(reason), std::move(message));
  }
  // Like Busy for a spec that is new; otherwise what is known stays as it is, so that a restart of
  // the operator, or a periodic probe, does not make a settled job look unsettled.
  bool Await(std::string reason, std::string message) {
    const bool known =
        job.status.observed_generation == job.generation && !job.status.conditions.empty();
    if (!known) return Busy(std::move(reason), std::move(message));
    verdict = {};
    return true;
  }

  // After a failed look the next one waits for its time, whoever wants it.
  bool ObserveBlocked() const {
    return s.observe_failure && now.mono < s.observe_failure->next_try;
  }
  void Observe() {
    if (!ObserveBlocked()) Do(Effect::kObserve);
  }
  // What was seen before the last call says nothing about its effect.
  bool IsObserved() const { return s.observation && s.observation->at >= s.observe_after; }
  // Looks once in each `interval`, at its begin. The intervals of all jobs of an account begin at
  // the same moments, so that pages of DescribeDtsJobs answer for all.
  void PollEvery(Duration interval) {
    if (!IsObserved()) return Observe();
    const Duration phase = s.poll_phase % interval;
    const auto intervals = (s.observation->at.time_since_epoch() - phase + interval) / interval;
    const MonoTime due{intervals * interval + phase};
    if (now.mono >= due) Observe();
    RequeueAt(due);
  }
  bool ObservationIsFresh() const {
    return IsObserved() && now.mono - s.observation->at <= kFreshFor;
  }
};

// The check of the annotation that pauses; defined in paused.cc.
bool IsPaused(Draft& draft);

// The parts of the decision that depend on desiredState; defined in want_running.cc, want_quiet.cc
// and unmanaged.cc.
bool WantRunning(Draft& draft, JobState state);
bool WantQuiet(Draft& draft, JobState state);
bool OnlyReport(Draft& draft, JobState state);

// The next time that the job is to run, it is a new wish with a start of its own; defined in
// wish.cc.
void EndEpisode(Draft& draft);
// Whether a person asks for another start and that is not written down yet; and what is done about
// it: the request is written down, and of a job that does not run it makes a new wish.
bool AsksForRestart(const DtsJob& job);
void TakeUpRestart(Draft& draft, JobState state);
// How to ask for another start, as a sentence that goes on.
std::string HowToRestart(const DtsJob& job);

// True: a call does not show yet, and the pass ends with that.
bool IsInTransition(Draft& draft);
// While a SuspendDtsJob or StopDtsJob may still take effect, the status goes on telling of it,
// whatever else there is to say: only so does a next process know of the call.
void GoOnTellingOfQuietCall(Draft& draft);

// Checks about other DtsJobs of the same DTS job; defined in ownership.cc. An older one manages it;
// one of another namespace does, which only those may know who see the job with credentials of
// their own; an older one may turn out to; a start of another one is not settled.
bool IsConflict(Draft& draft);
bool IsConflictElsewhere(Draft& draft);
bool IsContested(Draft& draft);
bool IsBlockedByForeignStart(Draft& draft);

// Makes sure that what a call is about to rely on is fresh; false: not yet, and the effect that
// will make it so has been asked for.
bool FreshEnoughToAct(Draft& draft);

// The verdict for the last failed action, if it must be waited out; false when the way is free.
bool WaitOutActFailure(Draft& draft);

}  // namespace dtsop
