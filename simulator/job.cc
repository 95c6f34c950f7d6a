#include "simulator/job.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"

namespace dtsop::simulator {
namespace {

struct Word {
  std::string_view status;
  Phase phase;
};
constexpr std::array kWords = {
    Word{"NotConfigured", Phase::kNotConfigured},
    Word{"NotStarted", Phase::kStartable},
    Word{"PreCheckPass", Phase::kStartable},
    Word{"PrecheckFailed", Phase::kStartable},
    Word{"Prechecking", Phase::kPrechecking},
    Word{"Starting", Phase::kRunning},
    Word{"Initializing", Phase::kRunning},
    Word{"Migrating", Phase::kRunning},
    Word{"Synchronizing", Phase::kRunning},
    Word{"Normal", Phase::kRunning},
    Word{"Retrying", Phase::kRunning},
    Word{"Suspending", Phase::kPaused},
    Word{"InitializeFailed", Phase::kFailed},
    Word{"MigrationFailed", Phase::kFailed},
    Word{"ModifyFailed", Phase::kFailed},
    Word{"Failed", Phase::kFailed},
    Word{"Abnormal", Phase::kFailed},
    Word{"Modifying", Phase::kModifying},
    Word{"Upgrade", Phase::kModifying},
    Word{"Downgrade", Phase::kModifying},
    Word{"Locked", Phase::kLocked},
    Word{"Finished", Phase::kFinished},
};

// The first state after the precheck, and the one that lasts.
std::string_view FirstRunning(JobType type) {
  switch (type) {
    case JobType::kMigration:
      return "Migrating";
    case JobType::kSync:
      return "Initializing";
    case JobType::kSubscribe:
      return "Starting";
  }
  return "";
}
std::string_view LastRunning(JobType type) {
  switch (type) {
    case JobType::kMigration:
      return "Migrating";
    case JobType::kSync:
      return "Synchronizing";
    case JobType::kSubscribe:
      return "Normal";
  }
  return "";
}

std::string_view FailureWord(JobType type, std::string_view status) {
  if (EqualsIgnoreCase(status, "Initializing")) return "InitializeFailed";
  if (type == JobType::kMigration) return "MigrationFailed";
  return type == JobType::kSync ? "Failed" : "Abnormal";
}

tl::unexpected<ApiError> WrongStatus(const Leg& leg) {
  ApiError error = MakeApiError("InvalidJobStatus");
  error.dynamic_message = leg.status;
  return tl::unexpected(std::move(error));
}

tl::unexpected<ApiError> Denied(std::string_view code) {
  return tl::unexpected(MakeApiError(code));
}

}  // namespace

Phase PhaseOf(std::string_view status) {
  for (const Word& word : kWords) {
    if (EqualsIgnoreCase(word.status, status)) return word.phase;
  }
  return Phase::kUnknown;
}

std::string_view JobTypeName(JobType type) {
  switch (type) {
    case JobType::kMigration:
      return "MIGRATION";
    case JobType::kSync:
      return "SYNC";
    case JobType::kSubscribe:
      return "SUBSCRIBE";
  }
  return "";
}

Job::Job(JobConfig config, WallTime now) : config_(std::move(config)), created_at_(now) {
  forward_.real.failures_left = reverse_.real.failures_left = config_.failures;
  Enter(&forward_.real, config_.status, now);
  Enter(&reverse_.real, config_.reverse_status, now);
}

void Job::Reconfigure(JobConfig config, WallTime now) {
  AdvanceTo(now);
  config_ = std::move(config);
  forward_.real.failures_left = reverse_.real.failures_left = config_.failures;
}

void Job::Force(bool reverse, std::string status, WallTime now) {
  AdvanceTo(now);
  Direction& direction = reverse ? reverse_ : forward_;
  direction.hidden.clear();
  Leg& leg = direction.real;
  leg.resume_status.clear();
  leg.error_message = PhaseOf(status) == Phase::kFailed ? config_.failure_message : "";
  Enter(&leg, std::move(status), now);
}

void Job::AdvanceTo(WallTime now) {
  AdvanceDirection(&forward_, now);
  if (config_.two_way) AdvanceDirection(&reverse_, now);
}

void Job::AdvanceLeg(Leg* leg, WallTime now) const {
  for (auto step = NextStep(*leg); step.has_value() && step->at <= now; step = NextStep(*leg)) {
    std::string resume = leg->status;
    Enter(leg, std::move(step->status), step->at);
    if (!step->failure) continue;
    leg->error_message = config_.failure_message;
    if (PhaseOf(leg->status) != Phase::kFailed) continue;
    leg->resume_status = std::move(resume);
    --leg->failures_left;
  }
}

std::optional<Job::Step> Job::NextStep(const Leg& leg) const {
  const JobTimings& timings = config_.timings;
  const auto is = [&](std::string_view word) { return EqualsIgnoreCase(leg.status, word); };
  std::optional<Step> step;
  if (is("Prechecking")) {
    const bool shows_pass = timings.precheck_pass > Duration{0};
    const std::string_view next = !config_.precheck_passes ? "PrecheckFailed"
                                  : shows_pass             ? "PreCheckPass"
                                                           : FirstRunning(config_.type);
    return Step{leg.since + timings.precheck, std::string(next), !config_.precheck_passes};
  }
  // A PreCheckPass that came from the configuration waits for a Start.
  if (is("PreCheckPass") && leg.boot_time.has_value()) {
    return Step{leg.since + timings.precheck_pass, std::string(FirstRunning(config_.type))};
  }
  if (PhaseOf(leg.status) != Phase::kRunning) return std::nullopt;
  if (is("Initializing") || is("Starting")) {
    step = Step{leg.since + timings.initialize, std::string(LastRunning(config_.type))};
  } else if (is("Migrating") && timings.migrate.has_value()) {
    step = Step{leg.since + *timings.migrate, "Finished"};
  }
  if (config_.fail_after.has_value() && leg.failures_left > 0) {
    const WallTime at = std::max(leg.since, leg.running_since + *config_.fail_after);
    if (!step.has_value() || at < step->at) {
      step = Step{at, std::string(FailureWord(config_.type, leg.status)), true};
    }
  }
  return step;
}

void Job::Enter(Leg* leg, std::string status, WallTime at) const {
  const Phase before = PhaseOf(leg->status);
  const Phase after = PhaseOf(status);
  if (after == Phase::kRunning && before != Phase::kRunning) leg->running_since = at;
  if (after == Phase::kFinished) leg->finish_time = at;
  if (after == Phase::kRunning || after == Phase::kPrechecking) leg->error_message.clear();
  leg->status = std::move(status);
  leg->since = at;
  leg->stopped = false;
}

Job::Outcome Job::Start(Leg* changed, const Behaviour& behaviour, WallTime now) const {
  Leg& leg = *changed;
  if (!config_.purchased) return Denied("OperationDenied.NotPurchased");
  const Phase phase = PhaseOf(leg.status);
  const auto begin = [&](std::string status, const char* effect) {
    Enter(&leg, std::move(status), now);
    leg.boot_time = now;
    AdvanceLeg(&leg, now);
    return std::string(effect);
  };
  if (leg.stopped && behaviour.stopped_jobs_restart) return begin("Prechecking", "started");
  if (leg.stopped) return WrongStatus(leg);
  switch (phase) {
    case Phase::kStartable:
      if (!EqualsIgnoreCase(leg.status, "PreCheckPass")) return begin("Prechecking", "started");
      if (leg.boot_time.has_value()) break;
      return begin(std::string(FirstRunning(config_.type)), "started");
    case Phase::kPaused:
    case Phase::kFailed: {
      std::string status = std::exchange(leg.resume_status, "");
      if (status.empty()) status = LastRunning(config_.type);
      return begin(std::move(status), phase == Phase::kPaused ? "resumed" : "restarted");
    }
    case Phase::kModifying:
      return Denied("OperationDenied.JobStatusModifying");
    case Phase::kLocked:
      return Denied("OperationDenied.NotPurchased");
    case Phase::kPrechecking:
    case Phase::kRunning:
      break;
    case Phase::kNotConfigured:
    case Phase::kFinished:
    case Phase::kUnknown:
      return WrongStatus(leg);
  }
  if (behaviour.repeated_start == RepeatedStart::kSuccess) return std::string();
  if (behaviour.repeated_start == RepeatedStart::kInvalidJobStatus) return WrongStatus(leg);
  return Denied("OperationDenied.JobStatusModifying");
}

Job::Outcome Job::Suspend(Leg* changed, const Behaviour& behaviour, WallTime now) const {
  Leg& leg = *changed;
  const Phase phase = PhaseOf(leg.status);
  if (phase == Phase::kModifying) return Denied("OperationDenied.JobStatusModifying");
  if (phase == Phase::kPaused) return std::string();
  if (phase != Phase::kRunning) return WrongStatus(leg);
  if (config_.type == JobType::kSubscribe && !behaviour.subscribe_suspends) return std::string();
  leg.resume_status = leg.status;
  Enter(&leg, config_.type == JobType::kSubscribe ? "Abnormal" : "Suspending", now);
  return std::string("suspended");
}

Job::Outcome Job::Stop(Leg* changed, const Behaviour& behaviour, WallTime now) const {
  Leg& leg = *changed;
  const Phase phase = PhaseOf(leg.status);
  if (phase == Phase::kModifying) return Denied("OperationDenied.JobStatusModifying");
  if (phase == Phase::kNotConfigured) return WrongStatus(leg);
  if (leg.stopped || phase == Phase::kFinished) return std::string();
  Enter(&leg, config_.stopped_status.empty() ? behaviour.stopped_status : config_.stopped_status,
        now);
  leg.stopped = true;
  return std::string("stopped");
}

}  // namespace dtsop::simulator
