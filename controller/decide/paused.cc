// The annotation that keeps the operator from doing anything.
#include <fmt/format.h>

#include "decide/draft.h"

namespace dtsop {

bool IsPaused(Draft& draft) {
  if (!draft.job.paused) return false;
  if (draft.job.odd_pause) {
    return draft.Stalled(
        "InvalidAnnotation",
        fmt::format("The annotation {} is \"{}\", which is neither \"true\" nor \"false\". The "
                    "operator does nothing until it is one of them, or removed.",
                    kPausedAnnotation, *draft.job.odd_pause));
  }
  draft.verdict.kind = Verdict::Kind::kKeep;
  const Condition* ready = FindCondition(draft.job.status, "Ready");
  if (ready == nullptr || ready->reason == "InvalidAnnotation") {
    draft.verdict = {
        Verdict::Kind::kUnclear, "ReconciliationPaused",
        fmt::format("The annotation {} is \"true\": the operator does nothing.", kPausedAnnotation),
        std::nullopt};
  }
  return true;
}

}  // namespace dtsop
