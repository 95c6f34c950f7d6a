// Several DtsJobs for one DTS job: who waits, and who does nothing.
#include <fmt/format.h>

#include "decide/draft.h"

namespace dtsop {

bool IsConflict(Draft& draft) {
  if (!draft.s.conflict_with) return false;
  // The older one waits until no start of this one can take effect any more.
  const PendingStart& start = draft.s.start;
  if (start.phase == StartPhase::kUncertain) draft.RequeueAt(start.certain_from);
  if (start.phase == StartPhase::kAnnounced ||
      (start.phase == StartPhase::kUncertain && draft.now.mono >= start.certain_from)) {
    draft.Do(Effect::kForgetStart);
  }
  const ObjectKey& other = *draft.s.conflict_with;
  const DtsJobSpec& spec = draft.job.spec;
  return other.namespace_name == draft.job.key.namespace_name &&
         draft.Stalled("Conflict",
                       fmt::format("The older DtsJob {} manages the same DTS job {} "
                                   "({}); this one does nothing. Delete one of the two.",
                                   other.ToString(), spec.dts_job_id, spec.direction));
}

bool IsConflictElsewhere(Draft& draft) {
  const DtsJobSpec& spec = draft.job.spec;
  return draft.s.conflict_with &&
         draft.Stalled(
             "Conflict",
             fmt::format("An older DtsJob of another namespace manages the same DTS job {} ({}); "
                         "this one does nothing. Delete this one, or ask the cluster's "
                         "administrators which of the two is to stay.",
                         spec.dts_job_id, spec.direction));
}

// Whoever named the DTS job first is asked first, but not for ever.
bool IsContested(Draft& draft) {
  if (draft.now.mono >= draft.s.contested_until) return false;
  draft.RequeueAt(draft.s.contested_until);
  return draft.Await(
      "Progressing",
      fmt::format("An older DtsJob names the same DTS job. Nothing is done until it is known "
                  "whether that one may manage it, for {} at most.",
                  FormatDuration(kContestedFor)));
}

bool IsBlockedByForeignStart(Draft& draft) {
  if (!draft.s.foreign_start) return false;
  draft.RequeueAfter(seconds(5));
  return draft.Progress(
      "StartOutcomePending",
      fmt::format(
          "Another DtsJob, {}, has started the same DTS job and the outcome is not known "
          "yet.",
          draft.s.starter_is_going ? "which is being deleted" : "which manages it no more"));
}

}  // namespace dtsop
