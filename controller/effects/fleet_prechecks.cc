// What failed in a precheck, where the answer about the job does not say.
#include "api/job_state.h"
#include "base/strings.h"
#include "effects/fleet.h"

namespace dtsop {

// Asks what failed in the precheck that `seen` tells of, if that is to be asked; false: `seen` is
// the answer as it is. Nobody stands in line for it, since acting needs a fresh answer.
bool Fleet::AskForPrecheck(const AccountKey& key, const ObjectKey& who, Entry& entry,
                           const ObservedJob& seen, MonoTime sent, Now now) {
  const Wish& wish = entry.wish;
  // DTS describes the precheck of the forward leg only.
  const bool lacks = JobStateOf(seen.status) == JobState::kPrecheckFailed && !seen.failed_checks &&
                     wish.known_precheck != seen.error_message && wish.spec.direction == "Forward";
  if (!lacks || now.mono < accounts_[key].prechecks_after) return false;
  if (!dts_.TakeAtOnce(DtsAction::kPrecheck, key, who, now.mono)) return false;
  entry.state = State::kAsked;
  dts_.Send(
      {DtsAction::kPrecheck, key, wish.credentials,
       PrecheckParameters(wish.spec.dts_job_id, key.region), "", kNever},
      [this, key, who, id = entry.id, seen, sent](const tl::expected<DtsReply, CallFailure>& reply,
                                                  Now then) {
        const ObservedJob job = WithPrecheck(key, seen, reply.and_then(DecodePrecheck), then);
        if (Asked(key, who, id) != nullptr) Fulfil(key, who, job, sent, then);
      },
      now);
  return true;
}

ObservedJob Fleet::WithPrecheck(const AccountKey& key, ObservedJob seen,
                                const tl::expected<PrecheckReport, CallFailure>& report, Now now) {
  if (report) {
    // A precheck that is being done again does not know yet.
    if (!EqualsIgnoreCase(report->state, "Checking")) seen.failed_checks = report->failed;
    return seen;
  }
  const ErrorClass why = report.error().error_class;
  if (why == ErrorClass::kPermission || why == ErrorClass::kCredential) {
    accounts_[key].prechecks_after = now.mono + kNotAskedWhenRefusedFor;
  } else if (NeedsPerson(why)) {
    // Refused for this job: there is nothing to be known.
    seen.failed_checks.emplace();
  } else {
    accounts_[key].prechecks_after = now.mono + kNotAskedFor;
  }
  return seen;
}

}  // namespace dtsop
