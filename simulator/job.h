// The state machine of one DTS job. The states are DTS's own words, verbatim.
//
//   MIGRATION  NotStarted > Prechecking > Migrating > Finished
//   SYNC       NotStarted > Prechecking > Initializing > Synchronizing
//   SUBSCRIBE  NotStarted > Prechecking > Starting > Normal
//
// Start begins at Prechecking, or where the job was paused or failed. Prechecking may end in
// PrecheckFailed; a running state in the failure word of its type. Suspend leads to Suspending,
// which is DTS's word for paused; Stop to a configurable word. Any other word stays as it is.
#pragma once

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

  Outcome Start(bool reverse, const Behaviour& behaviour, WallTime now);
  Outcome Suspend(bool reverse, const Behaviour& behaviour, WallTime now);
  Outcome Stop(bool reverse, const Behaviour& behaviour, WallTime now);

  // Takes over everything but the states. The job id must stay.
  void Reconfigure(JobConfig config, WallTime now);
  // Puts a leg into any state, as if an operator at the console had done it.
  void Force(bool reverse, std::string status, WallTime now);

  const JobConfig& config() const { return config_; }
  const Leg& leg(bool reverse) const { return reverse ? reverse_ : forward_; }
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
  std::optional<Step> NextStep(const Leg& leg) const;
  void AdvanceLeg(Leg* leg, WallTime now) const;
  void Enter(Leg* leg, std::string status, WallTime at) const;
  Leg& MutableLeg(bool reverse) { return reverse ? reverse_ : forward_; }

  JobConfig config_;
  WallTime created_at_;
  Leg forward_;
  Leg reverse_;
};

}  // namespace dtsop::simulator
