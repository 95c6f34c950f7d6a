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
