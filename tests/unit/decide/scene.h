// One DtsJob and what is known about it, set up in a line or two: everything is as a start needs it
// (credentials, region, fresh object), and each call takes something away or adds something.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/job_state.h"
#include "decide/decide.h"

namespace dtsop {

inline std::string_view EffectName(Effect effect) {
  constexpr std::string_view kNames[] = {"FetchCredentials", "Observe",       "ReadLive",
                                         "CheckNamespace",   "AnnounceStart", "CallStart",
                                         "ForgetStart",      "Suspend",       "Stop"};
  return kNames[static_cast<size_t>(effect)];
}

// The effects by name, each once, sorted: asking twice is the same as asking once.
inline std::set<std::string> EffectsOf(const Decision& decision) {
  std::set<std::string> names;
  for (const Effect effect : decision.effects) names.emplace(EffectName(effect));
  return names;
}

// "Ready=True Running; Synced=True": all conditions in short, with Ready's reason.
inline std::string ConditionsOf(const DtsJobStatus& status) {
  std::string text;
  for (const Condition& condition : status.conditions) {
    text += (text.empty() ? "" : " ") + condition.type + "=" + condition.status;
  }
  const Condition* ready = FindCondition(status, "Ready");
  return ready == nullptr ? text : ready->reason + ": " + text;
}

inline std::string MessageOf(const Decision& decision) {
  const Condition* ready = FindCondition(decision.status, "Ready");
  return ready == nullptr ? "" : ready->message;
}

class Scene {
 public:
  Scene() {
    job.key = {"shop", "orders"};
    job.uid = "uid-1";
    job.resource_version = "7";
    job.generation = 1;
    job.spec.dts_job_id = "job1";
    job.spec.region_id = "cn-hangzhou";
    s.region = "cn-hangzhou";
    s.keys = Snapshot::Keys::kReady;
    s.object_fresh = true;
    s.namespace_fresh = true;
    s.observe_after = MonoTime::min();
    s.starts_from = MonoTime::min();
    s.start_known_at = now.mono;
  }
  explicit Scene(DesiredState desired) : Scene() { job.spec.desired_state = desired; }

  Scene& Seen(std::string status, Duration age = seconds(1), std::string task_error = "") {
    s.observation = Observation{
        std::move(status), std::move(task_error), now.mono - age, JobType::kUnknown, {}};
    return *this;
  }
  // What the status says about the start of the present wish.
  Scene& Recorded(std::string_view outcome, int64_t attempt = 1, Duration ago = minutes(10)) {
    StartRecord record = job.status.start.value_or(StartRecord{});
    record.key = Key();
    record.attempt = attempt;
    record.nonce = "nonce-old";
    record.intent_time = FormatRfc3339(now.wall - ago);
    record.outcome = outcome;
    job.status.start = record;
    return *this;
  }
  // Where the start of the present wish stands.
  Scene& Phase(StartPhase phase, int64_t attempt = 1, std::string before = "NotStarted") {
    s.start.phase = phase;
    s.start.key = Key();
    s.start.attempt = attempt;
    s.start.nonce = "nonce-1";
    s.start.intent_time = FormatRfc3339(now.wall);
    s.start.before = std::move(before);
    s.start.call_until = now.mono + kCallWithin;
    s.start.certain_from = now.mono + kCallWithin + kSettle;
    return *this;
  }
  Scene& Answered(std::string_view outcome) {
    StartRecord record;
    record.key = s.start.key;
    record.episode = job.status.start ? job.status.start->episode : 0;
    record.attempt = s.start.attempt;
    record.nonce = s.start.nonce;
    record.intent_time = s.start.intent_time;
    record.outcome = outcome;
    s.start_result = StartResult{record};
    return *this;
  }
  Scene& ActFailed(ErrorClass error_class, std::string code, Duration wait = seconds(5)) {
    s.act_failure = Failure(error_class, std::move(code), wait);
    return *this;
  }
  Scene& ObserveFailed(ErrorClass error_class, std::string code, Duration wait = seconds(5)) {
    s.observe_failure = Failure(error_class, std::move(code), wait);
    return *this;
  }
  Scene& Accepted(DesiredState kind, Duration ago) {
    s.accepted = AcceptedAction{kind, "REQ", now.mono - ago};
    return *this;
  }
  // A call was made so long ago and accepted (or got lost); none has been seen since.
  Scene& Called(LegEffect::Kind kind, Duration ago, std::string before) {
    s.leg_effect = LegEffect{kind, std::move(before), now.mono - ago, now.mono - ago + kShowsWithin,
                             std::nullopt};
    return *this;
  }
  // ... and is still under way.
  Scene& Calling(LegEffect::Kind kind) {
    s.leg_effect = LegEffect{kind, "", now.mono, std::nullopt, std::nullopt};
    return *this;
  }
  // The status as this decision leaves it is in the API server, and time has passed.
  Scene& Apply(const Decision& decision, Duration later = Duration{0}) {
    job.status = decision.status;
    now = {now.mono + later, now.wall + later};
    return *this;
  }
  // A converged job: its status is what Decide wants it to be.
  Scene& Settled() {
    for (int i = 0; i < 3; ++i) Apply(Decide());
    return *this;
  }

  std::string Key() const { return StartKey(job, s.region); }
  Decision Decide() {
    s.job = &job;
    return dtsop::Decide(s, now);
  }

  DtsJob job;
  Snapshot s;
  // Not at the edge of an interval of polling, where everything is due.
  Now now{MonoTime(hours(100) + seconds(5)), WallTime(seconds(1'800'000'000))};

 private:
  FailureRecord Failure(ErrorClass error_class, std::string code, Duration wait) const {
    FailureRecord record;
    record.failure.error_class = error_class;
    record.failure.code = std::move(code);
    record.failure.err_message = "Refused: %s";
    record.failure.dynamic_message = "why";
    record.failure.message = "Refused: why";
    record.failure.remedy = "Fix it.";
    record.failure.request_id = "REQ-9";
    record.failure.http_status = 403;
    record.count = 1;
    record.times = 1;
    record.tries = 1;
    record.first_time = FormatRfc3339(now.wall - seconds(1));
    record.last_time = record.first_time;
    record.next_try = now.mono + wait;
    return record;
  }
};

}  // namespace dtsop
