#include "tests/simulation/liveness.h"

#include <fmt/format.h>

#include <map>

#include "base/strings.h"
#include "decide/decide.h"

namespace dtsop::sim {
namespace {

using simulator::Phase;

bool IsTrue(const DtsJobStatus& status, std::string_view type) {
  const Condition* condition = FindCondition(status, type);
  return condition != nullptr && condition->status == "True";
}

bool AsWished(DesiredState desired, Phase phase, std::string_view word) {
  switch (desired) {
    case DesiredState::kRunning:
      return phase == Phase::kRunning || phase == Phase::kFinished;
    case DesiredState::kSuspended:
    case DesiredState::kStopped:
      return phase == Phase::kPaused || phase == Phase::kFinished || phase == Phase::kStartable ||
             word == "Stopped";
  }
  return false;
}

// `twins`: there is another DtsJob for the same DTS job.
std::string Check(SimWorld& world, const Json& object, bool meddled, bool twins) {
  const Result<DtsJob> job = DtsJobFromJson(object);
  if (!job) return "can't be read: " + job.error().message;
  if (job->paused || job->deleting) return "";
  const DtsJobStatus& status = job->status;
  if (status.observed_generation != job->generation)
    return fmt::format("observedGeneration is {}, not {}", status.observed_generation,
                       job->generation);
  if (FindCondition(status, "Ready") == nullptr) return "has no condition Ready";
  if (IsTrue(status, "Reconciling"))
    return fmt::format("is still being reconciled: {}",
                       FindCondition(status, "Reconciling")->message);
  const bool stalled = IsTrue(status, "Stalled");
  const simulator::Job* in_dts = world.dts().FindJob(job->spec.dts_job_id, world.clock().wall());
  if (in_dts == nullptr) return stalled ? "" : "is not stalled although its DTS job is gone";
  const std::string& word = in_dts->leg(job->spec.direction == "Reverse").status;
  if (stalled && FindCondition(status, "Stalled")->reason == "Conflict")
    return twins ? "" : "tells of a conflict that is over";
  if (!EqualsIgnoreCase(status.job_status, word))
    return fmt::format("jobStatus is {}, DTS says {}", status.job_status, word);
  if (EqualsIgnoreCase(word, "Prechecking") || EqualsIgnoreCase(word, "Initializing"))
    return "is on its way: DTS says " + word;
  if (EqualsIgnoreCase(word, "PrecheckFailed") == status.failed_checks.empty())
    return fmt::format("names {} failed items of the precheck, DTS says {}",
                       status.failed_checks.size(), word);
  const bool as_wished = AsWished(job->spec.desired_state, simulator::PhaseOf(word), word);
  if (as_wished && (IsTrue(status, "Ready") || meddled)) return "";
  // After as many unanswered attempts as there may be, a person decides.
  if (stalled && FindCondition(status, "Stalled")->reason == "StartOutcomeUnknown" &&
      status.start && status.start->attempt == kAttemptsMax)
    return "";
  // What should run and was ended can't be started again, and says so.
  if (EqualsIgnoreCase(word, "Finished") && stalled) return "";
  if (!as_wished && stalled && meddled) return "";
  return fmt::format(
      "wishes {}, DTS says {}, Ready is {} ({})", DesiredStateName(job->spec.desired_state), word,
      FindCondition(status, "Ready")->status, FindCondition(status, "Ready")->message);
}

}  // namespace

std::vector<std::string> Unsettled(SimWorld& world, const std::set<std::string>& meddled) {
  std::vector<std::string> findings;
  const std::vector<Json> objects = world.kubernetes().All("dtsjobs");
  std::map<std::string, int> owners;
  for (const Json& object : objects) ++owners[StringOr(Member(object, "spec", "dtsJobId"))];
  for (const Json& object : objects) {
    const std::string id = StringOr(Member(object, "spec", "dtsJobId"));
    const std::string finding = Check(world, object, meddled.contains(id), owners[id] > 1);
    if (!finding.empty())
      findings.push_back(
          fmt::format("DtsJob {} {}", StringOr(Member(object, "metadata", "name")), finding));
  }
  return findings;
}

std::vector<std::string> WritesSince(SimWorld& world, int64_t revision) {
  std::vector<std::string> writes;
  const SimStore& store = world.kubernetes().store();
  for (size_t i = store.IndexAfter(revision); i < store.log().size(); ++i) {
    const SimVersion& version = store.log()[i];
    if (!version.key.starts_with("leases/"))
      writes.push_back(fmt::format("{}: {}", version.key, version.text));
  }
  return writes;
}

}  // namespace dtsop::sim
