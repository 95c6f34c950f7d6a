#include "tests/simulation/safety_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "decide/decide.h"
#include "lease/namespace_leases.h"

namespace dtsop::sim {
namespace {

constexpr size_t kFailuresMax = 20;
// How long a process may rest on a Lease that it has lost, by the slowest clock.
constexpr Duration kLostALease = NamespaceLeases::kActWithin * 5 / 4;

bool Acts(std::string_view action) {
  return action == "StartDtsJob" || action == "SuspendDtsJob" || action == "StopDtsJob";
}

bool IsStatusWrite(const SendRequest& send) {
  return send.remote == Remote::kKubernetes && send.request.method == "PUT" &&
         send.request.target.find("/status") != std::string::npos;
}

std::map<std::string, Condition> ConditionsOf(const SimVersion& version) {
  std::map<std::string, Condition> conditions;
  for (const Condition& condition : StatusFromJson(Member(version.object, "status")).conditions)
    conditions[condition.type] = condition;
  return conditions;
}

}  // namespace

void SafetyChecker::Fail(std::string what) {
  if (failures_.size() < kFailuresMax)
    failures_.push_back(
        fmt::format("at {:.3f} s: {}",
                    static_cast<double>(clock_.now().time_since_epoch().count()) / 1e9, what));
}

size_t SafetyChecker::StartsEffective(const std::string& dts_job_id) const {
  const auto found = effects_by_job_.find(dts_job_id);
  return found == effects_by_job_.end() ? 0 : found->second;
}

void SafetyChecker::OnDecided(const SimProcess& process, const SendRequest& send) {
  if (IsStatusWrite(send)) CheckLeader(process, "a status write");
  if (send.remote != Remote::kDts) return;
  const simulator::ReceivedCall call = simulator::ReadCall(send.request);
  if (Acts(call.action)) CheckLeader(process, call.action);
}

void SafetyChecker::OnSent(const SimProcess& process, const SendRequest& send) {
  if (send.remote != Remote::kDts) return;
  const simulator::ReceivedCall call = simulator::ReadCall(send.request);
  asked_by_[call.nonce] = process.options().name;
  const std::string signer = tenants_.OnSent(call);
  if (!Acts(call.action)) return;
  CheckPace(process, call.action, signer);
  // What has waited too long is refused by the network, and never sent.
  if (process.machine().Read().mono > send.request.not_after) return;
  CheckLeader(process, call.action);
  if (!send.request.exactly_once) Fail(call.action + " may be sent twice by the transport");
  const std::string job = call.Parameter("DtsJobId");
  LegFacts& leg = legs_[job];
  if (call.action != "StartDtsJob") {
    leg.quiet_caller = process.options().name;
    leg.untold = false;
    return CheckQuietWished(call.action, job);
  }
  ++starts_sent_;
  if (++in_flight_[job] > 1) Fail("S1: two StartDtsJob in flight for " + job);
  CheckStart(process, call);
  CheckLooked(process, job);
  leg.quiet_caller.clear();
}

// S14: DTS has told this process that the job does not run, when the effect of whatever was called
// before, by whomever, did show. Of a Suspend or Stop it may not know (ARCHITECTURE.md, section 7).
void SafetyChecker::CheckLooked(const SimProcess& process, const std::string& dts_job_id) {
  const LegFacts& leg = legs_[dts_job_id];
  const auto told = leg.at_rest.find(process.options().name);
  if (told == leg.at_rest.end()) return Fail("S14: " + dts_job_id + " is started unseen");
  const bool known = !leg.untold || leg.quiet_caller == process.options().name;
  if (known && leg.shows_at && told->second < *leg.shows_at)
    Fail(fmt::format("S14: {} is started before the effect of the last call shows", dts_job_id));
}

void SafetyChecker::NoteAtRest(const std::string& asker, const std::string& dts_job_id,
                               const std::string& account_id, simulator::DtsSimulator& dts) {
  const simulator::Job* job = dts.FindJob(dts_job_id, clock_.wall());
  if (job == nullptr || job->config().account_id != account_id) return;
  const simulator::Phase shown =
      simulator::PhaseOf(job->Shown(false, dts.JobTime(clock_.wall())).status);
  if (shown != simulator::Phase::kRunning && shown != simulator::Phase::kPrechecking)
    legs_[dts_job_id].at_rest[asker] = clock_.wall();
}

void SafetyChecker::OnEnded(const SimProcess&, const HttpRequest& request) {
  if (request.origin.empty()) return;
  const simulator::ReceivedCall call = simulator::ReadCall(request);
  if (call.action != "StartDtsJob") return;
  int& count = in_flight_[call.Parameter("DtsJobId")];
  count = std::max(count - 1, 0);
}

void SafetyChecker::CheckStart(const SimProcess& process, const simulator::ReceivedCall& call) {
  const auto found = announced_.find(call.nonce);
  if (found == announced_.end())
    return Fail("S2: StartDtsJob was sent without a durable announcement");
  const StartEntry& entry = found->second.entry;
  if (entry.dts_job_id != call.Parameter("DtsJobId"))
    Fail("S2: StartDtsJob was announced for another job");
  if (succeeded_.contains(entry.key))
    Fail(fmt::format("S3: {} is started again after its success was recorded", entry.dts_job_id));
  std::set<int64_t>& attempts = attempts_[entry.key];
  attempts.insert(entry.attempt);
  if (attempts.size() > static_cast<size_t>(kAttemptsMax))
    Fail(fmt::format("S4: {} attempts to start {}", attempts.size(), entry.dts_job_id));
  CheckWished(found->second);
  CheckManaged(process, found->second);
}

// S16: the namespace is the process's installation's, or was until a moment ago.
void SafetyChecker::CheckManaged(const SimProcess& process, const Announced& announced) {
  const OperatorOptions& core = process.options().core;
  const std::string installation = core.lease_namespace + "/" + core.lease_name;
  const WallTime lately = clock_.wall() - kLostALease;
  const auto history = store_.History(
      SimStore::Key("leases", announced.entry.object.namespace_name, kNamespaceLease));
  for (size_t i = 0; i < history.size(); ++i) {
    const bool current_then = i + 1 == history.size() || history[i + 1]->time >= lately;
    if (current_then && !history[i]->deleted && HolderOf(history[i]->object) == installation)
      return;
  }
  Fail(fmt::format("S16: {} is started by {}, which does not hold its namespace",
                   announced.entry.object.ToString(), installation));
}

void SafetyChecker::CheckLeader(const SimProcess& process, std::string_view action) {
  const OperatorOptions& core = process.options().core;
  const SimVersion* lease =
      store_.Get(SimStore::Key("leases", core.lease_namespace, core.lease_name));
  const std::string holder =
      lease == nullptr ? "" : StringOr(Member(lease->object, "spec", "holderIdentity"));
  if (lease != nullptr && holder != process.identity())
    Fail(fmt::format("S6: {} by {} while {} leads", action, process.options().name,
                     holder.empty() ? "nobody" : holder));
}

void SafetyChecker::CheckPace(const SimProcess& process, std::string_view action,
                              std::string_view signer) {
  std::deque<MonoTime>& calls =
      recent_calls_[fmt::format("{} {} {}", process.options().name, signer, action)];
  while (!calls.empty() && clock_.now() - calls.front() > seconds(1)) calls.pop_front();
  calls.push_back(clock_.now());
  // The burst, and a second's worth at the rate of the fastest clock.
  const auto most = static_cast<size_t>(allowance_.calls_per_second * 5 / 2);
  if (calls.size() > most) Fail(fmt::format("S13: {} {} calls in a second", calls.size(), action));
}

void SafetyChecker::CheckSecrets(std::string_view where, std::string_view text) {
  for (const std::string& secret : secrets_) {
    if (text.find(secret) != std::string_view::npos)
      Fail(fmt::format("S9: a secret stands in {}", where));
  }
}

void SafetyChecker::OnLog(const SimProcess& process, const LogLine& line) {
  for (const auto& [name, value] : line.fields) CheckSecrets("a log line", value);
  tenants_.OnLog(line);
  if (line.level == LogLevel::kError && !allowance_.error_logs) {
    std::string fields;
    for (const auto& [name, value] : line.fields) fields += fmt::format(" {}={}", name, value);
    Fail(fmt::format("{} logs an error: {}{}", process.options().name, line.message, fields));
  }
}

void SafetyChecker::OnVersion(const SimVersion& version) {
  tenants_.OnVersion(version);
  if (version.key.starts_with("secrets/")) return;
  CheckSecrets(version.key, version.text);
  if (version.key.starts_with("leases/")) OnLeaseVersion(version);
  if (!version.key.starts_with("dtsjobs/")) return;
  if (!version.deleted) return OnJobVersion(version);
  LegFacts& leg = legs_[StringOr(Member(version.object, "spec", "dtsJobId"))];
  leg.untold = !leg.quiet_caller.empty();
}

void SafetyChecker::OnLeaseVersion(const SimVersion& version) {
  const std::string text =
      StringOr(Member(version.object, "metadata", "annotations", kStartsAnnotation));
  if (text.empty()) return;
  const auto starts = DecodeStarts(text);
  if (!starts) return;
  for (const StartEntry& start : *starts)
    announced_.try_emplace(start.nonce, Announced{start, version.time});
}

void SafetyChecker::OnJobVersion(const SimVersion& version) {
  objects_of_[StringOr(Member(version.object, "spec", "dtsJobId"))].insert(version.key);
  const DtsJobStatus status = StatusFromJson(Member(version.object, "status"));
  if (status.start && (status.start->outcome == start_outcome::kSucceeded ||
                       status.start->outcome == start_outcome::kAdopted))
    succeeded_.insert(status.start->key);
  if (version.created) return;
  const auto history = store_.History(version.key);
  const SimVersion& before = *history[history.size() - 2];
  if (status.observed_generation < IntOr(Member(before.object, "status", "observedGeneration"), -1))
    Fail(version.key + ": S12: observedGeneration went back");
  const auto old_conditions = ConditionsOf(before);
  for (const auto& [type, condition] : ConditionsOf(version)) {
    const auto old = old_conditions.find(type);
    if (old == old_conditions.end()) continue;
    const bool changed = old->second.status != condition.status;
    const bool moved = old->second.last_transition_time != condition.last_transition_time;
    // The reverse can't be asked: two changes within a second have the same time.
    if (moved && !changed) Fail(version.key + ": S12: lastTransitionTime of " + type + " moved");
  }
}

void SafetyChecker::OnDtsCall(const simulator::CallRecord& call, simulator::DtsSimulator& dts) {
  const std::string asker = std::exchange(asked_by_[call.nonce], "");
  asked_by_.erase(call.nonce);
  tenants_.OnDtsCall(call, dts);
  if (call.action == "DescribeDtsJobDetail") NoteAtRest(asker, call.job_id, call.account_id, dts);
  if (call.action == "DescribeDtsJobs") {
    for (const auto& [id, job] : dts.jobs()) NoteAtRest(asker, id, call.account_id, dts);
  }
  if (Acts(call.action) && !call.effect.empty())
    legs_[call.job_id].shows_at = dts.FindJob(call.job_id, clock_.wall())->shows_at(false);
  if (call.action != "StartDtsJob" || call.effect.empty()) return;
  ++starts_effective_;
  ++effects_by_job_[call.job_id];
  const auto found = announced_.find(call.nonce);
  if (found == announced_.end()) return;  // S2 has told
  if (++effects_[found->second.entry.key] > 1 && allowance_.truthful_describe &&
      !relapsing_.contains(call.job_id))
    Fail(fmt::format("S4: {} was started twice for one wish", call.job_id));
}

void SafetyChecker::OnConsole(std::string_view dts_job_id) {
  // What shows from now on is somebody else's doing.
  legs_[std::string(dts_job_id)].shows_at.reset();
  for (const auto& [nonce, announced] : announced_) {
    if (announced.entry.dts_job_id == dts_job_id) effects_.erase(announced.entry.key);
  }
}

}  // namespace dtsop::sim
