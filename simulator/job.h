// The state machine of one DTS job. The states are DTS's own words, verbatim.
//
//   MIGRATION  NotStarted > Prechecking > Migrating > Finished
//   SYNC       NotStarted > Prechecking > Initializing > Synchronizing
//   SUBSCRIBE  NotStarted > Prechecking > Starting > Normal
//
// Start begins at Prechecking, or where the job was paused or failed. Prechecking may end in
// PrecheckFailed; a running state in the failure word of its type. Suspend leads to Suspending,
// which is DTS's word for paused; Stop to a configurable word. Any other word stays as it is.
//
// What was accepted may act late, and may show late (see Lag).
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/time.h"
#include "simulator/settings.h"

namespace dtsop::simulator {

// Where a status word stands, for Start, Suspend and Stop.
enum class Phase {
  kNotConfigured,
  kStartable,  // NotStarted, PreCheckPass, PrecheckFailed
  kPrechecking,
  kRunning,    // Starting, Initializing, Migrating, Synchronizing, Normal, Retrying
  kPaused,     // Suspending
  kFailed,     // InitializeFailed, MigrationFailed, Failed, Abnormal
  kModifying,  // Modifying, Upgrade, Downgrade
  kLocked,
  kFinished,
  kUnknown,
};
// `status` in any case.
Phase PhaseOf(std::string_view status);
std::string_view JobTypeName(JobType type);

enum class JobAction { kStart, kSuspend, kStop };

// One direction of a job.
struct Leg {
  std::string status;
  WallTime since;             // entered `status`
  WallTime running_since;     // entered the running states the last time
  std::string resume_status;  // where a paused or failed leg continues
  std::string error_message;  // of the task
  int64_t failures_left = 0;
  bool stopped = false;
  std::optional<WallTime> boot_time;
  std::optional<WallTime> finish_time;
};

class Job {
 public:
  // What a call did ("started", "resumed", "suspended", "stopped"; empty: nothing, and that is a
  // success), or why not.
  using Outcome = tl::expected<std::string, ApiError>;

  Job(JobConfig config, WallTime now);

  // Lets the timed transitions up to `now` happen. Times are job time and never go back.
  void AdvanceTo(WallTime now);

  // `effect_after`: the outcome is that of now, the job acts so much later, if it then still can.
  // `visible_after`: from then on Shown does not show it for so long.
  Outcome Act(JobAction action, bool reverse, const Behaviour& behaviour, WallTime now,
              Duration effect_after = {}, Duration visible_after = {});

  // Takes over everything but the states. The job id must stay.
  void Reconfigure(JobConfig config, WallTime now);
  // Puts a leg into any state, as if an operator at the console had done it.
  void Force(bool reverse, std::string status, WallTime now);

  const JobConfig& config() const { return config_; }
  // The leg as it is, as of the last AdvanceTo.
  const Leg& leg(bool reverse) const { return (reverse ? reverse_ : forward_).real; }
  // The leg as DTS shows it at `now`.
  Leg Shown(bool reverse, WallTime now) const;
  // When the newest accepted action will show, or has shown; none: there was none.
  std::optional<WallTime> shows_at(bool reverse) const {
    return (reverse ? reverse_ : forward_).shows_at;
  }
  WallTime created_at() const { return created_at_; }

  uint64_t starts_accepted = 0;   // StartDtsJob calls that were answered with success
  uint64_t starts_effective = 0;  // those that changed the state
  uint64_t suspends_effective = 0;
  uint64_t stops_effective = 0;

 private:
  struct Step {
    WallTime at;
    std::string status;
    bool failure = false;
  };
  // An action that was accepted and acts at `at`.
  struct Pending {
    WallTime at;
    JobAction action;
    Behaviour behaviour;
    Duration visible_after;
  };
  // Until `until` the leg is shown as `before`, which goes on by itself meanwhile.
  struct Hidden {
    WallTime until;
    Leg before;
  };
  struct Direction {
    Leg real;
    std::deque<Pending> pending;  // by time
    std::deque<Hidden> hidden;    // oldest first
    std::optional<WallTime> shows_at;
  };

  std::optional<Step> NextStep(const Leg& leg) const;
  void AdvanceLeg(Leg* leg, WallTime now) const;
  void AdvanceDirection(Direction* direction, WallTime now);
  void Enter(Leg* leg, std::string status, WallTime at) const;
  Outcome Do(JobAction action, Leg* leg, const Behaviour& behaviour, WallTime now) const;
  Outcome Start(Leg* changed, const Behaviour& behaviour, WallTime now) const;
  Outcome Suspend(Leg* changed, const Behaviour& behaviour, WallTime now) const;
  Outcome Stop(Leg* changed, const Behaviour& behaviour, WallTime now) const;

  JobConfig config_;
  WallTime created_at_;
  Direction forward_;
  Direction reverse_;
};

}  // namespace dtsop::simulator
