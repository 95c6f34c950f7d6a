// Between a call that may have changed the job and the moment at which DTS shows what it did.
#include <fmt/format.h>

#include "decide/draft.h"

namespace dtsop {
namespace {

// Whether `effect` is of the call that this DtsJob's wish has led to.
bool IsOfThisWish(const Draft& draft, const LegEffect& effect) {
  if (effect.kind != KindFor(draft.job.spec.desired_state)) return false;
  if (effect.kind != LegEffect::Kind::kStart) return true;
  const StartPhase phase = draft.s.start.phase;
  if (phase == StartPhase::kCalling || phase == StartPhase::kUncertain) return true;
  const std::optional<StartRecord>& record = draft.decision.status.start;
  return record && record->outcome == start_outcome::kSucceeded &&
         record->key == StartKey(draft.job, draft.s.region);
}

}  // namespace

// A call of an earlier wish, or of another DtsJob, does not show yet. What is seen may be from
// before it: nothing is adopted, called ready or done on that ground, and what shows later is not
// taken for somebody else's doing.
bool IsInTransition(Draft& draft) {
  const std::optional<LegEffect>& effect = draft.s.leg_effect;
  const Observation& seen = *draft.s.observation;
  if (!effect || seen.at >= effect->TrueFrom()) return false;
  // The wish that it was made for waits in its own words.
  if (IsOfThisWish(draft, *effect)) return false;
  if (draft.s.start.phase == StartPhase::kAnnounced) draft.Do(Effect::kForgetStart);
  const std::string_view action = ActionOf(effect->kind);
  if (effect->UnderWay()) {
    return draft.Busy("Progressing", fmt::format("An earlier {} is still under way.", action));
  }
  if (draft.now.mono >= effect->TrueFrom()) {
    draft.Observe();
  } else {
    draft.PollEvery(draft.now.mono - effect->sent < kQuickFor ? kQuickPoll : kSlowPoll);
    draft.RequeueAt(*effect->clear_from);
  }
  return draft.Progress(
      effect->kind == LegEffect::Kind::kStart ? "StartOutcomePending" : "Stopping",
      fmt::format("{} was called before and DTS still reports {}. Nothing else is done until its "
                  "effect shows, for at most {}.",
                  action, seen.status, FormatDuration(kShowsWithin)));
}

void GoOnTellingOfQuietCall(Draft& draft) {
  const std::optional<LegEffect>& effect = draft.s.leg_effect;
  const std::string& reason = draft.verdict.reason;
  if (!effect || effect->kind == LegEffect::Kind::kStart || effect->IsOver(draft.now.mono) ||
      !TellsOfQuietCall(draft.job.status) || reason == "Suspending" || reason == "Stopping") {
    return;
  }
  draft.verdict = {};
  if (!effect->UnderWay()) draft.RequeueAt(*effect->clear_from);
}

}  // namespace dtsop
