// The decision: a pure function from what is known about one DtsJob to what is to be done and what
// its status should say. No JSON, HTTP, clock, randomness or log here; the caller gathers and
// performs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call_failure.h"
#include "api/dtsjob.h"
#include "api/observed_job.h"
#include "base/time.h"
#include "decide/leg_effect.h"
#include "status/summarize.h"

namespace dtsop {

// How old an observation, or the knowledge of the DtsJob itself, may be when a call is based on it.
inline constexpr Duration kFreshFor = seconds(10);
// From the announcement in the Lease to the latest moment at which the call may begin.
inline constexpr Duration kCallWithin = seconds(10);
// How long after that an unanswered StartDtsJob may still show an effect; then an observation
// settles it. DTS may have accepted it.
inline constexpr Duration kSettle = seconds(60);
static_assert(kSettle >= kShowsWithin);
// Attempts per start key, counting only those whose outcome stayed unknown.
inline constexpr int64_t kAttemptsMax = 3;
// How long a DtsJob waits for older ones of the same DTS job to show whether they may see the job.
inline constexpr Duration kContestedFor = seconds(60);
// An accepted action that has not shown for so long will not show any more.
inline constexpr Duration kConvergeWithin = minutes(2);
static_assert(kConvergeWithin > kShowsWithin);
// A job that is paused for longer than the first DTS may refuse to start, and for longer than the
// second it does: the job then turns to failed.
inline constexpr Duration kPauseIsSafeFor = hours(6);
inline constexpr Duration kPauseEndsAfter = hours(24 * 7);

// What DTS said of the job. `at` is when the question was sent: the state is at least that new.
struct Observation {
  std::string status;
  std::string task_error;
  MonoTime at;
  JobType type = JobType::kUnknown;
  std::vector<PrecheckItem> failed_checks;  // of a failed precheck, as far as DTS names them
};

// Where a StartDtsJob of this DtsJob stands.
enum class StartPhase {
  kNone,        // nothing is announced
  kAnnouncing,  // the Lease write that announces it is under way; the call may not begin
  kAnnounced,   // durably announced by this process, not called; may be called until `call_until`
  kCalling,     // the call is under way
  kUncertain,   // unanswered, or announced by a process that is gone
};
struct PendingStart {
  StartPhase phase = StartPhase::kNone;
  std::string key;
  int64_t attempt = 0;
  std::string nonce;
  std::string intent_time;
  std::string before;     // DTS's status word when it was announced
  MonoTime call_until;    // kAnnounced
  MonoTime certain_from;  // kUncertain: an observation made after this settles the matter
  bool refused = false;   // kUncertain: DTS answered, by an error that nobody knows
};

// A StartDtsJob that was answered and is not yet recorded in the status.
struct StartResult {
  StartRecord record;  // outcome kSucceeded or kRejected
};

// A SuspendDtsJob or StopDtsJob that DTS accepted.
struct AcceptedAction {
  DesiredState kind;
  std::string request_id;
  MonoTime at;
};

struct Snapshot {
  const DtsJob* job = nullptr;
  std::string region;                      // resolved; empty: neither spec nor flags name one
  std::string region_problem;              // why none may be called for it, and what to do; "": ok
  std::optional<ObjectKey> conflict_with;  // an older DtsJob manages the same DTS job
  // Until then an older DtsJob may turn out to own the same DTS job.
  MonoTime contested_until = MonoTime::min();
  bool foreign_start = false;     // another DtsJob's start of the same DTS job is not settled yet
  bool starter_is_going = false;  // that DtsJob is still there, and is being deleted

  enum class Keys { kUnknown, kReady, kUnusable, kTooMany, kNotAllowed };
  Keys keys = Keys::kUnknown;
  std::string keys_problem;  // of the last three: names the object, the cause and the next step

  std::optional<Observation> observation;
  std::optional<FailureRecord> observe_failure;
  std::optional<FailureRecord> act_failure;
  MonoTime observe_after;  // an older observation is not good enough to act on or to report
  Duration poll_phase{0};  // of the job's account: when, within each interval, its jobs are polled

  PendingStart start;
  std::optional<StartResult> start_result;
  MonoTime start_known_at;                 // when this process learned of the job's status.start
  std::optional<AcceptedAction> accepted;  // of this generation
  // The job looks as it did before the last StartDtsJob, and has not looked otherwise since.
  bool unchanged_since_start = false;
  // The last call that may have changed the leg, whichever DtsJob asked for it.
  std::optional<LegEffect> leg_effect;
  MonoTime starts_from;  // no start before this: what others announced is unknown

  bool object_fresh = false;  // the DtsJob is known as of at most kFreshFor ago
  // No other installation manages the DtsJob's namespace, as of so short a time ago that a call may
  // begin.
  bool namespace_fresh = false;
};

// What the executor is asked to do. All are idempotent: asking again while one is under way, or a
// limiter holds it back, does nothing more.
enum class Effect {
  kFetchCredentials,  // read the Secret
  kObserve,           // ask DTS for the job's state
  kReadLive,          // GET the DtsJob from the API server
  kCheckNamespace,    // ask the API server whose the namespace is
  kAnnounceStart,     // write the start into the Lease; uses Decision::start
  kCallStart,         // the one StartDtsJob of an announced start; keyed by its nonce
  kForgetStart,       // drop the announcement: recorded in the status, or certainly never called
  kSuspend,
  kStop,
};

struct Decision {
  std::vector<Effect> effects;
  DtsJobStatus status;                   // as it should be; equal to the present one: no write
  std::optional<PendingStart> start;     // for kAnnounceStart: key, attempt, before
  Duration requeue_after = minutes(10);  // decide again after this even if nothing happens
  // DTS has been seen to do what the spec asks for: earlier failures and calls are history.
  bool settled = false;
  // The status says only that calls are under way: it need not be written if they end soon.
  bool can_wait = false;
};

Decision Decide(const Snapshot& snapshot, Now now);

// Identifies one wish to start: a hash of uid, job, direction, region and episode.
std::string StartKey(const DtsJob& job, std::string_view region);

}  // namespace dtsop
