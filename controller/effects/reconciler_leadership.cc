// What begins and ends with leadership: inherited starts, orphaned ones, and the orderly end.
#include <algorithm>

#include "effects/reconciler.h"

namespace dtsop {
namespace {

// A start of longer ago shows by now, however much the clocks of two nodes differ.
constexpr Duration kMayBeRecent = minutes(10);

// Announced by this process, or about to be, and not called.
bool IsUncalled(const StartState& state) {
  const StartPhase phase = state.pending.phase;
  return !state.result && (phase == StartPhase::kAnnouncing || phase == StartPhase::kAnnounced);
}

}  // namespace

void Reconciler::OnLeading(const std::vector<StartEntry>& inherited, bool journal_lost, Now now) {
  // A start that this process itself made and that was answered keeps its answer, and what it has
  // only announced was never called; everything else that the Lease names may have been called by a
  // process that is gone.
  StartTable known = std::move(starts_);
  starts_.clear();
  for (const StartEntry& entry : inherited) {
    StartState state;
    const auto at = known.find(LegOf(entry));
    const bool own = at != known.end() && at->second.entry.nonce == entry.nonce;
    if (own && IsUncalled(at->second)) {
      p_.elector.Forget(entry.nonce);
      continue;
    }
    if (own && at->second.result) {
      state = std::move(at->second);
    } else {
      state.entry = entry;
      state.pending.phase = StartPhase::kUncertain;
      state.pending.key = entry.key;
      state.pending.attempt = entry.attempt;
      state.pending.nonce = entry.nonce;
      state.pending.intent_time = entry.intent_time;
      state.pending.before = entry.before;
      // Its clock may differ from ours, so its deadline counts from when we learned of it.
      state.pending.certain_from = now.mono + kCallWithin + kSettle;
      legs_.Inherit(LegOf(entry), LegEffect::Kind::kStart, entry.before, state.pending.certain_from,
                    now.mono);
    }
    starts_[LegOf(entry)] = std::move(state);
  }
  const bool first_install =
      std::all_of(p_.store.jobs().begin(), p_.store.jobs().end(),
                  [](const auto& item) { return item.second.status.conditions.empty(); });
  if (journal_lost && !first_install) starts_from_ = now.mono + kCallWithin + kSettle;
  p_.metrics.Set(metric::kLeader, {"dts-operator"}, 1);
  for (const auto& [key, job] : p_.store.jobs()) {
    InheritCalls(job, now);
    p_.queue.Add(key);
  }
}

// What an earlier process has called, and may not show yet, as far as the status tells.
void Reconciler::InheritCalls(const DtsJob& job, Now now) {
  // A job is called ready when all calls are over.
  const Condition* ready = FindCondition(job.status, "Ready");
  if (ready != nullptr && ready->status == "True") return;
  const std::optional<StartRecord>& start = job.status.start;
  if (start && start->outcome == start_outcome::kSucceeded) {
    const auto intent = ParseRfc3339(start->intent_time);
    if (intent && now.wall - *intent <= kMayBeRecent)
      legs_.Inherit(LegOfJob(job), LegEffect::Kind::kStart, "", now.mono + kShowsWithin, now.mono);
  }
  if (TellsOfQuietCall(job.status))
    legs_.Inherit(LegOfJob(job), LegEffect::Kind::kSuspend, "", now.mono + kSettle, now.mono);
}

bool Reconciler::IsUntouched(const std::string& kube_namespace) const {
  const Store::Range jobs = p_.store.InNamespace(kube_namespace);
  return std::all_of(jobs.begin(), jobs.end(),
                     [](const auto& item) { return item.second.status.conditions.empty(); });
}

void Reconciler::OnNamespaceHeld(const std::string& kube_namespace, bool taken_over, Now now) {
  // A call of the one before may begin until it can't know the Lease held any more.
  static_assert(NamespaceLeases::kActWithin <= kCallWithin);
  if (taken_over) starts_from_in_[kube_namespace] = now.mono + kCallWithin + kSettle;
  for (const auto& [key, job] : p_.store.InNamespace(kube_namespace)) {
    if (taken_over) InheritCalls(job, now);
    p_.queue.Add(key);
  }
}

void Reconciler::OnNamespaceNotHeld(const std::string& kube_namespace) {
  for (const auto& [key, job] : p_.store.InNamespace(kube_namespace)) {
    Drop(key);
    p_.queue.Add(key);
  }
}

void Reconciler::TellNotHeld(const DtsJob& job, Now now) {
  const std::string problem = p_.namespaces.ProblemOf(job.key.namespace_name);
  if (problem.empty()) return;
  p_.events.Record(job, "Warning", "NamespaceNotHeld", "Reconcile", problem, now);
}

void Reconciler::OnStopped() {
  p_.namespaces.Clear();
  p_.metrics.Set(metric::kLeader, {"dts-operator"}, 0);
  writes_.Clear();  // all DtsJobs are looked at when this process leads again
  // What was learned may be outdated when this process leads again. Calls under way still report to
  // starts_; OnLeading sorts them out.
  for (auto& [key, memory] : memories_) {
    memory.observation.reset();
    memory.must_read_live = true;
    memory.proven_at.reset();
    StopObserving(key, memory);  // a wish holds credentials, and nobody sees to it until then
  }
}

void Reconciler::Sweep(Now now) {
  for (auto at = starts_.begin(); at != starts_.end();) {
    const auto here = at++;
    const StartState& state = here->second;
    const DtsJob* job = p_.store.Find(state.entry.object);
    const PendingStart& pending = state.pending;
    const bool elsewhere = p_.namespaces.IsElsewhere(state.entry.object.namespace_name);
    if (!elsewhere && job != nullptr && job->uid == state.entry.uid &&
        LegOfJob(*job) == here->first) {
      // A DtsJob that lives sees to its own start. But if it has no claim, it neither looks nor
      // calls, and must not keep others waiting for longer than the start can take effect.
      const bool waits = pending.phase == StartPhase::kUncertain && !state.result;
      const bool idle = ClaimOf(*job) == Claim::kNone &&
                        (job->deleting || IsUncalled(state) || (waits && IsRivaled(*job)));
      if (!idle) continue;
    }
    const LegEffect* effect = legs_.Find(here->first);
    const bool shows = effect == nullptr || effect->IsOver(now.mono);
    const bool over = (state.result && shows) || pending.phase == StartPhase::kAnnounced ||
                      (pending.phase == StartPhase::kUncertain && now.mono >= pending.certain_from);
    if (!over) continue;
    p_.elector.Forget(state.entry.nonce);
    const Leg leg = here->first;
    starts_.erase(here);
    Wake(leg);
  }
  legs_.Prune(now.mono);
  p_.metrics.Set(metric::kStartsInFlight, {}, static_cast<double>(starts_.size()));
}

void Reconciler::Drain() {
  draining_ = true;
  for (auto at = starts_.begin(); at != starts_.end();) {
    const auto here = at++;
    if (!IsUncalled(here->second)) continue;
    p_.elector.Forget(here->second.entry.nonce);
    starts_.erase(here);
  }
}

// Nobody has to write down how the start ended: it is written, or there is nowhere to write it.
bool Reconciler::IsRecorded(const StartState& state) const {
  const DtsJob* job = p_.store.Find(state.entry.object);
  return job == nullptr || p_.namespaces.IsElsewhere(state.entry.object.namespace_name) ||
         job->uid != state.entry.uid || job->status.start == state.result->record;
}

bool Reconciler::Drained() const {
  const bool busy = std::any_of(starts_.begin(), starts_.end(), [this](const auto& item) {
    const StartState& state = item.second;
    return state.result ? !IsRecorded(state) : state.pending.phase == StartPhase::kCalling;
  });
  return !busy && writes_.taken() == 0;
}

}  // namespace dtsop
