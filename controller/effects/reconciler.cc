#include "effects/reconciler.h"

#include <algorithm>
#include <utility>

#include "api/job_state.h"
#include "effects/dtsjob_call.h"
#include "kube/requests.h"
#include "kube/status_error.h"

namespace dtsop {
namespace {

// Calls that end sooner than this leave no trace in the status.
constexpr Duration kQuietFor = seconds(1);

// Accounts are polled at different moments, so that the work of many is spread.
Duration PollPhase(const AccountKey& account) {
  const size_t hash =
      std::hash<std::string>{}(std::to_string(account.account) + "/" + account.region);
  return milliseconds(hash % (1U << 20));
}

bool HasFailed(JobState state) {
  return state == JobState::kFailed || state == JobState::kPrecheckFailed;
}

}  // namespace

void Reconciler::Reconcile(const ObjectKey& key, Now now) {
  writes_.BeginPass(key);
  Pass(key, now);
  CallWriters();
}

void Reconciler::Pass(const ObjectKey& key, Now now) {
  const DtsJob* stored = p_.store.Find(key);
  if (stored == nullptr) {
    Drop(key);
    p_.queue.Remove(key);
    if (p_.store.InNamespace(key.namespace_name).empty()) {
      p_.namespaces.Forget(key.namespace_name);
      starts_from_in_.erase(key.namespace_name);
    }
    return;
  }
  if (!p_.elector.Leading(now)) return;
  if (!p_.namespaces.Holds(key.namespace_name, now)) return TellNotHeld(*stored, now);
  const CredentialsCache::Entry keys = p_.credentials.For(*stored, now);
  JobMemory& memory = MemoryOf(*stored, keys, now);
  const Standing standing = StandingOf(*stored, keys);
  UpdateClaim(*stored, keys, standing, memory);
  // What follows may replace the stored object.
  const DtsJob job = *stored;
  const Decision decision = Decide(Gather(job, memory, keys, standing, now), now);
  if (draining_) {
    const StartState* start = StartOf(job);
    if (start == nullptr || !start->result) return;
  }

  if (decision.settled) {
    memory.act_failure.reset();
    // Should somebody resume the job, it is suspended or stopped anew. A failed job, which would
    // look no different for that, stays as it is.
    if (!HasFailed(JobStateOf(memory.observation->status))) memory.accepted.reset();
  }
  KeepOutcome(decision, job);
  Perform(decision, job, memory, keys, now);
  WriteStatus(decision, job, memory, now);
  p_.queue.AddAfter(key, now.mono + std::max<Duration>(decision.requeue_after, milliseconds(10)));
  p_.metrics.Add(metric::kReconcileTotal, {"dtsjob", "success"});
}

Snapshot Reconciler::Gather(const DtsJob& job, const JobMemory& memory,
                            const CredentialsCache::Entry& keys, const Standing& standing,
                            Now now) {
  Snapshot s;
  s.job = &job;
  s.region = RegionOf(job);
  s.region_problem = p_.dts.ProblemOf(s.region);
  s.conflict_with = standing.owner;
  if (standing.contested) s.contested_until = memory.proven_at.value_or(now.mono) + kContestedFor;
  if (!keys.credentials && !keys.problem.empty()) {
    s.keys = keys.lack;
    s.keys_problem = keys.problem;
  } else if (keys.credentials && !keys.expired) {
    s.keys = Snapshot::Keys::kReady;
    s.poll_phase = PollPhase(AccountOf(job, keys));
  }
  s.observation = memory.observation;
  s.observe_after = memory.observe_after;
  s.observe_failure = memory.observe_failure;
  s.act_failure = memory.act_failure;
  s.accepted = memory.accepted;
  s.start_known_at = memory.start_known_at;
  s.unchanged_since_start = memory.before_start.has_value();
  if (const LegEffect* effect = legs_.Find(LegOfJob(job))) s.leg_effect = *effect;
  const auto from = starts_from_in_.find(job.key.namespace_name);
  s.starts_from =
      from == starts_from_in_.end() ? starts_from_ : std::max(starts_from_, from->second);
  s.namespace_fresh = now.mono < p_.namespaces.ActUntil(job.key.namespace_name);
  if (const StartState* start = StartOf(job)) {
    s.start = start->pending;
    s.start_result = start->result;
  } else if (const auto at = starts_.find(LegOfJob(job)); at != starts_.end()) {
    s.foreign_start = true;
    const DtsJob* starter = p_.store.Find(at->second.entry.object);
    s.starter_is_going = starter != nullptr && starter->deleting;
  }
  const MonoTime known = std::max(p_.known_as_of(job.key.namespace_name), memory.live_at);
  // Between a write of our own and its answer the object is not known.
  s.object_fresh = !memory.writing && !memory.must_read_live && known != MonoTime::min() &&
                   now.mono - known <= kFreshFor;
  return s;
}

std::string Reconciler::RegionOf(const DtsJob& job) const {
  return job.spec.region_id.empty() ? p_.default_region : job.spec.region_id;
}

Leg Reconciler::LegOfJob(const DtsJob& job) const {
  return {RegionOf(job), job.spec.dts_job_id, job.spec.direction};
}

StartState* Reconciler::StartOf(const DtsJob& job) {
  const auto at = starts_.find(LegOfJob(job));
  return at != starts_.end() && at->second.entry.uid == job.uid ? &at->second : nullptr;
}

void Reconciler::WriteStatus(const Decision& decision, const DtsJob& job, JobMemory& memory,
                             Now now) {
  const bool pruned = memory.pruned && memory.pruned->status == decision.status &&
                      memory.pruned->resource_version == job.resource_version;
  if (memory.writing || pruned || decision.status == job.status) {
    memory.unwritten_since = kNever;
    return;
  }
  if (memory.must_read_live) return ReadLive(job, memory, now);
  if (decision.can_wait) {
    if (memory.unwritten_since == kNever) memory.unwritten_since = now.mono;
    if (now.mono - memory.unwritten_since < kQuietFor) {
      return p_.queue.AddAfter(job.key, memory.unwritten_since + kQuietFor);
    }
  }
  if (!writes_.Enter(job.key, job.json_bytes)) return;
  memory.unwritten_since = kNever;
  memory.writing = true;
  CallForDtsJob(p_.outbox,
                PutDtsJobStatus(job.key.namespace_name, job.key.name,
                                DumpJson(StatusUpdateBody(job, decision.status))),
                [this, job, status = decision.status](const HttpResult& result, Result<DtsJob> kept,
                                                      Now then) {
                  OnStatusWritten(job, status, result, std::move(kept), then);
                });
}

void Reconciler::OnStatusWritten(const DtsJob& before, const DtsJobStatus& wrote,
                                 const HttpResult& result, Result<DtsJob> kept, Now now) {
  writes_.Leave(before.json_bytes);
  CallWriters();
  JobMemory* memory = Recall(before.key, before.uid);
  if (memory == nullptr) return;
  memory->writing = false;
  const auto error = KubeErrorOf(result, now.wall);
  if (!error) {
    if (kept) {
      NotePruning(*kept, wrote, *memory);
      p_.store.Refresh(std::move(*kept));
    } else {
      memory->must_read_live = true;
    }
    RecordChange(before, wrote, now);
    p_.queue.Forget(before.key);
    return p_.queue.Add(before.key);
  }
  if (IsNotFound(*error)) return;  // deleted; the watch will say so
  memory->must_read_live = true;
  // Once more after the object has been read, but never as fast as the server can answer.
  if (IsConflict(*error)) return p_.queue.AddRateLimited(before.key, now.mono, p_.random);
  p_.metrics.Add(metric::kReconcileErrors, {"dtsjob"});
  p_.metrics.Add(metric::kReconcileTotal, {"dtsjob", "error"});
  p_.outbox.Log(LogLevel::kWarn, "cannot write the status, trying again",
                {{"object", before.key.ToString()}, {"error", DescribeFailure(result)}});
  p_.queue.AddRateLimited(before.key, now.mono, p_.random);
}

void Reconciler::NotePruning(const DtsJob& kept, const DtsJobStatus& wrote, JobMemory& memory) {
  const bool was_known = memory.pruned.has_value();
  memory.pruned.reset();
  if (kept.status == wrote) return;
  memory.pruned = {wrote, kept.resource_version};
  if (was_known) return;
  p_.outbox.Log(LogLevel::kWarn,
                "the API server does not keep all of a status; update the CRD, which is older than "
                "the operator",
                {{"object", kept.key.ToString()}});
}

void Reconciler::CallWriters() {
  while (const auto next = writes_.Call()) p_.queue.Add(*next);
}

void Reconciler::RecordChange(const DtsJob& before, const DtsJobStatus& after, Now now) {
  const Condition* was = FindCondition(before.status, "Ready");
  const Condition* is = FindCondition(after, "Ready");

  // That calls are under way is no news; what comes of them is.
  if (is == nullptr || is->reason == "Progressing") return;
  if (was != nullptr && was->reason == is->reason && was->status == is->status) return;
  const bool stalled = FindCondition(after, "Stalled") != nullptr;
  const bool failing = after.last_error.has_value() && is->status != "True";
  p_.events.Record(before, stalled || failing ? "Warning" : "Normal", is->reason, "Reconcile",
                   is->message, now);
}

void Reconciler::OnSecretRead(const ObjectKey& secret) {
  for (const ObjectKey& key : p_.store.ForSecret(secret)) p_.queue.Add(key);
}

void Reconciler::OnOwnCredentials() { OnSecretRead({}); }

}  // namespace dtsop
