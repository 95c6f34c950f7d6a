// Every combination of a small world, and what must hold in all of them.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/legal_reason.h"
#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

constexpr const char* kWords[] = {
    "NotConfigured", "NotStarted",      "PreCheckPass",     "Prechecking", "Starting",
    "Modifying",     "Upgrade",         "Downgrade",        "Stopping",    "Initializing",
    "Migrating",     "Synchronizing",   "Normal",           "Retrying",    "Suspending",
    "Failed",        "PrecheckFailed",  "InitializeFailed", "Abnormal",    "Finished",
    "Stopped",       "MigrationFailed", "Locked",           "Hibernating", ""};
constexpr std::string_view kOutcomes[] = {"none",
                                          start_outcome::kSucceeded,
                                          start_outcome::kAdopted,
                                          start_outcome::kRejected,
                                          start_outcome::kUnknown,
                                          "Banana"};
constexpr StartPhase kPhases[] = {StartPhase::kNone, StartPhase::kAnnouncing,
                                  StartPhase::kAnnounced, StartPhase::kCalling,
                                  StartPhase::kUncertain};
constexpr DesiredState kDesired[] = {DesiredState::kRunning, DesiredState::kSuspended,
                                     DesiredState::kStopped, DesiredState::kUnmanaged};
// None, and one of every class.
constexpr int kFailures = 11;
// Fresh; observation old; observation outdated by a call; object unknown; paused; conflict; foreign
// start; Lease lost; too late to call; a contrary call does not show yet; an older DtsJob may own
// the job; a conflict, and an observation outdated by a call.
constexpr int kCircumstances = 12;

Scene Build(DesiredState desired, const char* word, StartPhase phase, std::string_view outcome,
            int failure, int circumstance) {
  Scene scene(desired);
  if (outcome != "none") scene.Recorded(outcome);
  scene.Phase(phase).Seen(word);
  if (failure > 0) scene.ActFailed(static_cast<ErrorClass>(failure - 1), "Some.Code");
  switch (circumstance) {
    case 1:
      scene.Seen(word, kFreshFor + seconds(1));
      break;
    case 2:
      scene.s.observe_after = scene.now.mono;
      break;
    case 3:
      scene.s.object_fresh = false;
      break;
    case 4:
      scene.job.paused = true;
      break;
    case 5:
      scene.s.conflict_with = ObjectKey{"a", "b"};
      break;
    case 6:
      scene.s.foreign_start = true;
      break;
    case 7:
      scene.s.starts_from = scene.now.mono + seconds(1);
      break;
    case 8:
      scene.s.start.call_until = scene.now.mono;
      break;
    case 9:
      scene.Called(
          desired == DesiredState::kRunning ? LegEffect::Kind::kSuspend : LegEffect::Kind::kStart,
          seconds(2), word);
      break;
    case 10:
      scene.s.contested_until = scene.now.mono + seconds(1);
      break;
    case 11:
      scene.s.conflict_with = ObjectKey{"a", "b"};
      scene.s.observe_after = scene.now.mono;
      break;
    default:
      break;
  }
  return scene;
}

// The rule that a decision breaks, or "".
std::string Broken(Scene& scene, const Decision& d) {
  const auto effects = EffectsOf(d);
  const JobState state = JobStateOf(scene.s.observation->status);
  const bool fresh = scene.s.object_fresh && scene.s.observation->at >= scene.s.observe_after &&
                     scene.now.mono - scene.s.observation->at <= kFreshFor;
  const bool may_start = scene.job.spec.desired_state == DesiredState::kRunning && fresh &&
                         IsStartable(state) && !scene.job.paused && !scene.s.conflict_with &&
                         scene.s.contested_until <= scene.now.mono && !scene.s.foreign_start &&
                         scene.s.starts_from <= scene.now.mono;
  const std::string outcome = scene.job.status.start ? scene.job.status.start->outcome : "";
  const bool done = outcome == "Succeeded" || outcome == "Adopted" || outcome == "Banana";
  const bool waiting = scene.s.act_failure && scene.now.mono < scene.s.act_failure->next_try;
  if (scene.s.leg_effect) {
    for (const char* act : {"AnnounceStart", "CallStart", "Suspend", "Stop"}) {
      if (effects.contains(act)) return "acted against what does not show yet";
    }
    const Condition* ready = FindCondition(d.status, "Ready");
    if (ready != nullptr && ready->status == "True") return "ready before the call shows";
  }
  const bool seen = scene.s.observation->at >= scene.s.observe_after;
  if (scene.s.conflict_with && !seen && MessageOf(d).find("another namespace") != std::string::npos)
    return "told of a conflict to one who has not seen the job";
  if (effects.contains("CallStart")) {
    if (!may_start || done || waiting) return "called what may not be started";
    if (scene.s.start.phase != StartPhase::kAnnounced) return "called unannounced";
    if (scene.now.mono >= scene.s.start.call_until) return "called too late";
    if (scene.s.start.key != scene.Key()) return "called another wish";
  }
  if (effects.contains("AnnounceStart")) {
    if (!may_start || done || waiting) return "announced what may not be started";
    if (scene.s.start.phase != StartPhase::kNone) return "announced twice";
    if (!d.start || d.start->attempt < 1 || d.start->attempt > kAttemptsMax) return "bad attempt";
  }
  if (effects.contains("Suspend") || effects.contains("Stop")) {
    const DesiredState desired = scene.job.spec.desired_state;
    if (desired == DesiredState::kRunning) return "ended a wanted job";
    if (desired == DesiredState::kUnmanaged) return "ended a job that it was only to report";
    if (!fresh || waiting || scene.job.paused || scene.s.conflict_with) return "acted blindly";
    if (scene.s.contested_until > scene.now.mono) return "acted before it was known who may";
    if (state == JobState::kUnknown || state == JobState::kLocked || state == JobState::kFinished ||
        state == JobState::kNotConfigured) {
      return "touched what it does not understand";
    }
  }
  if (effects.contains("ForgetStart") && scene.s.start.phase == StartPhase::kUncertain &&
      !scene.s.conflict_with) {
    if (!scene.job.status.start || scene.job.status.start->nonce != scene.s.start.nonce) {
      return "forgot an unsettled start";
    }
  }
  if (effects.contains("ForgetStart") && scene.s.start.phase == StartPhase::kCalling) {
    return "forgot a call under way";
  }
  if (FindCondition(d.status, "Reconciling") != nullptr &&
      FindCondition(d.status, "Stalled") != nullptr) {
    return "both Reconciling and Stalled";
  }
  if (!scene.job.paused && FindCondition(d.status, "Ready") == nullptr) return "no Ready";
  for (const Condition& condition : d.status.conditions) {
    if (!IsLegalReason(condition.reason)) return "bad reason " + condition.reason;
    if (condition.message.empty() || condition.last_transition_time.empty()) return "bad condition";
  }
  if (d.requeue_after < milliseconds(500)) return "turns in circles";
  return "";
}

TEST(SmallWorld, NoCombinationBreaksARule) {
  int worlds = 0;
  for (const DesiredState desired : kDesired) {
    for (const char* word : kWords) {
      for (const StartPhase phase : kPhases) {
        for (const std::string_view outcome : kOutcomes) {
          for (int failure = 0; failure < kFailures; ++failure) {
            // A failure counts in the same way under all circumstances.
            const int circumstances = failure == 0 ? kCircumstances : 1;
            for (int circumstance = 0; circumstance < circumstances; ++circumstance) {
              Scene scene = Build(desired, word, phase, outcome, failure, circumstance);
              ++worlds;
              const Decision first = scene.Decide();
              const auto where = [&] {
                std::ostringstream text;
                text << DesiredStateName(desired) << " " << word << " phase "
                     << static_cast<int>(phase) << " outcome " << outcome << " failure " << failure
                     << " circumstance " << circumstance;
                return text.str();
              };
              ASSERT_EQ(Broken(scene, first), "") << where();
              // Once written, the same situation is written no more.
              const Decision second = scene.Apply(first).Decide();
              const Decision third = scene.Apply(second).Decide();
              ASSERT_EQ(third.status, second.status) << where();
              ASSERT_EQ(Broken(scene, second), "") << where();
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(worlds, 4 * 25 * 5 * 6 * (kFailures - 1 + kCircumstances));
}

TEST(SmallWorld, AnUnchangedSituationLaterIsNotWrittenEither) {
  for (const DesiredState desired : kDesired) {
    for (const char* word : kWords) {
      Scene scene = Build(desired, word, StartPhase::kNone, start_outcome::kSucceeded, 0, 0);
      scene.s.observation->at = scene.now.mono - minutes(3);
      scene.Settled();
      const DtsJobStatus settled = scene.job.status;
      scene.now = {scene.now.mono + seconds(50), scene.now.wall + seconds(50)};
      scene.Seen(word);
      EXPECT_EQ(scene.Decide().status, settled) << DesiredStateName(desired) << " " << word;
    }
  }
}

}  // namespace
}  // namespace dtsop
