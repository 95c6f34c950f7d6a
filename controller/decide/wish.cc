// What tells one wish to start from the next: an episode, and the start key that follows from it.
#include <fmt/format.h>

#include "base/crypto.h"
#include "decide/draft.h"

namespace dtsop {
namespace {

constexpr int64_t kEpisodesMax = 1'000'000'000;  // bounds what a forged status can say

}  // namespace

std::string StartKey(const DtsJob& job, std::string_view region) {
  const int64_t episode = job.status.start ? job.status.start->episode : 0;
  // The instance id was part of it once and is none of the wish; its line stays, so that the
  // records of jobs without one keep their key.
  return Sha256Hex(fmt::format("{}\n{}\n\n{}\n{}\n{}", job.uid, job.spec.dts_job_id,
                               job.spec.direction, region, episode))
      .substr(0, 32);
}

bool AsksForRestart(const DtsJob& job) {
  const RestartRequest& handled = job.status.last_handled_restart;
  const auto asks = [](const std::string& value, const std::string& before) {
    return !value.empty() && value != before;
  };
  return asks(job.restart.token, handled.token) ||
         asks(job.restart.requested_at, handled.requested_at);
}

void TakeUpRestart(Draft& draft, JobState state) {
  // While a start is under way, or the job on its way, it is not known yet what to restart.
  const bool settled = draft.s.start.phase == StartPhase::kNone && !draft.s.start_result;
  if (!AsksForRestart(draft.job) || !settled || state == JobState::kInProgress) return;
  // A value that is taken away stays handled: it may come back.
  RestartRequest& handled = draft.decision.status.last_handled_restart;
  const RestartRequest& asked = draft.job.restart;
  if (!asked.token.empty()) handled.token = asked.token;
  if (!asked.requested_at.empty()) handled.requested_at = asked.requested_at;
  if (!IsRunning(state)) EndEpisode(draft);
}

std::string HowToRestart(const DtsJob& job) {
  return fmt::format(
      "kubectl annotate dtsjob {} -n {} {}=\"$(date +%s)\" --overwrite (or change "
      "spec.restartToken)",
      job.key.name, job.key.namespace_name, kRestartAnnotation);
}

void EndEpisode(Draft& draft) {
  std::optional<StartRecord>& record = draft.decision.status.start;
  const bool settled = draft.s.start.phase == StartPhase::kNone && !draft.s.start_result;
  if (record && !record->key.empty() && settled) {
    StartRecord next;
    next.episode = std::clamp<int64_t>(record->episode, 0, kEpisodesMax) + 1;
    record = next;
  }
}

}  // namespace dtsop
