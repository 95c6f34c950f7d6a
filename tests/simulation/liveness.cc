#include "tests/simulation/liveness.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

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
    case DesiredState::kUnmanaged:
      return true;
  }
  return false;
}

// Whether DTS shows the job to the credentials that the DtsJob has now.
bool SeesTheJob(SimWorld& world, const DtsJob& job) {
  Proof proof{kAccessKeyId, kAccessKeySecret};
  if (!job.spec.credentials_secret.empty()) {
    const SimVersion* secret = world.kubernetes().store().Get(
        SimStore::Key("secrets", job.key.namespace_name, job.spec.credentials_secret));
    if (secret == nullptr) return false;
    proof = ProofIn(secret->object);
  } else if (job.key.namespace_name != kOwnCredentialsNamespace) {
    return false;
  }
  const simulator::Job* in_dts = world.dts().FindJob(job.spec.dts_job_id, world.clock().wall());
  const auto& accounts = world.dts().gateway().AccountsOf(proof.first);
  return std::any_of(accounts.begin(), accounts.end(), [&](const simulator::Account& account) {
    return account.access_key_secret.Reveal() == proof.second && in_dts != nullptr &&
           account.account_id == in_dts->config().account_id;
  });
}

// The reason of the condition Stalled, if it is true.
std::string WhyStalled(const DtsJobStatus& status) {
  return IsTrue(status, "Stalled") ? FindCondition(status, "Stalled")->reason : "";
}

// What must hold whether DTS shows the job to the DtsJob or not.
std::string CheckJudged(const DtsJob& job) {
  const DtsJobStatus& status = job.status;
  if (status.observed_generation != job.generation)
    return fmt::format("observedGeneration is {}, not {}", status.observed_generation,
                       job.generation);
  if (FindCondition(status, "Ready") == nullptr) return "has no condition Ready";
  if (IsTrue(status, "Reconciling"))
    return fmt::format("is still being reconciled: {}",
                       FindCondition(status, "Reconciling")->message);
  return "";
}

std::string CheckBlind(const DtsJob& job) {
  const std::string reason = WhyStalled(job.status);
  if (reason.empty()) return "is not stalled although DTS does not show it its job";
  return reason == "Conflict" ? "hears of a conflict, and DTS does not show it its job" : "";
}

// `twins`: there is another DtsJob for the same DTS job, whose credentials see it too.
std::string CheckSeeing(SimWorld& world, const DtsJob& job, bool meddled, bool twins) {
  const DtsJobStatus& status = job.status;
  const bool stalled = IsTrue(status, "Stalled");
  const simulator::Job* in_dts = world.dts().FindJob(job.spec.dts_job_id, world.clock().wall());
  const std::string& word = in_dts->leg(job.spec.direction == "Reverse").status;
  if (WhyStalled(status) == "Conflict") return twins ? "" : "tells of a conflict that is over";
  if (!EqualsIgnoreCase(status.job_status, word))
    return fmt::format("jobStatus is {}, DTS says {}", status.job_status, word);
  if (EqualsIgnoreCase(word, "Prechecking") || EqualsIgnoreCase(word, "Initializing"))
    return "is on its way: DTS says " + word;
  if (EqualsIgnoreCase(word, "PrecheckFailed") == status.failed_checks.empty())
    return fmt::format("names {} failed items of the precheck, DTS says {}",
                       status.failed_checks.size(), word);
  const bool as_wished = AsWished(job.spec.desired_state, simulator::PhaseOf(word), word);
  if (as_wished && (IsTrue(status, "Ready") || meddled)) return "";
  // After as many unanswered attempts as there may be, a person decides.
  if (WhyStalled(status) == "StartOutcomeUnknown" && status.start &&
      status.start->attempt == kAttemptsMax)
    return "";
  // What should run and was ended can't be started again, and says so.
  if (EqualsIgnoreCase(word, "Finished") && stalled) return "";
  if (!as_wished && stalled && meddled) return "";
  return fmt::format(
      "wishes {}, DTS says {}, Ready is {} ({})", DesiredStateName(job.spec.desired_state), word,
      FindCondition(status, "Ready")->status, FindCondition(status, "Ready")->message);
}

}  // namespace

std::vector<std::string> Unsettled(SimWorld& world, const std::set<std::string>& meddled) {
  std::vector<std::string> findings;
  std::vector<DtsJob> jobs;
  for (const Json& object : world.kubernetes().All("dtsjobs")) {
    if (Result<DtsJob> job = DtsJobFromJson(object)) {
      if (!job->paused && !job->deleting) jobs.push_back(std::move(*job));
    } else {
      findings.push_back("a DtsJob can't be read: " + job.error().message);
    }
  }
  std::map<std::string, int> rivals;  // by DTS job, of those who see it
  std::map<std::string, int> idle;    // those of them that leave it to another
  for (const DtsJob& job : jobs) {
    if (!SeesTheJob(world, job)) continue;
    ++rivals[job.spec.dts_job_id];
    idle[job.spec.dts_job_id] += WhyStalled(job.status) == "Conflict";
  }
  for (const auto& [id, count] : rivals) {
    if (idle[id] == count) findings.push_back("nobody manages " + id);
  }
  for (const DtsJob& job : jobs) {
    const std::string& id = job.spec.dts_job_id;
    std::string finding = CheckJudged(job);
    if (finding.empty())
      finding = SeesTheJob(world, job)
                    ? CheckSeeing(world, job, meddled.contains(id), rivals[id] > 1)
                    : CheckBlind(job);
    if (!finding.empty())
      findings.push_back(fmt::format("DtsJob {} {}", job.key.ToString(), finding));
  }
  return findings;
}

std::vector<std::string> WritesSince(SimWorld& world, int64_t revision) {
  std::vector<std::string> passed_over = {"leases/"};
  for (const Json& object : world.kubernetes().All("dtsjobs")) {
    const Result<DtsJob> job = DtsJobFromJson(object);
    if (!job || SeesTheJob(world, *job)) continue;
    passed_over.push_back("dtsjobs/" + job->key.ToString());
    passed_over.push_back("events/" + job->key.ToString() + ".");
  }
  std::vector<std::string> writes;
  const SimStore& store = world.kubernetes().store();
  for (size_t i = store.IndexAfter(revision); i < store.log().size(); ++i) {
    const SimVersion& version = store.log()[i];
    if (std::none_of(passed_over.begin(), passed_over.end(),
                     [&](const std::string& prefix) { return version.key.starts_with(prefix); }))
      writes.push_back(fmt::format("{}: {}", version.key, version.text));
  }
  return writes;
}

}  // namespace dtsop::sim
