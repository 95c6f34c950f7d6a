// What is remembered of a DtsJob, and what makes it forgotten.
#include <algorithm>
#include <utility>

#include "effects/reconciler.h"

namespace dtsop {
namespace {

// What DTS says of the job itself holds whoever asks, and renewed credentials ask often.
bool MayBeCuredByOtherKeys(const std::optional<FailureRecord>& record) {
  if (!record) return false;
  switch (record->failure.error_class) {
    case ErrorClass::kCredentialExpired:
    case ErrorClass::kCredential:
    case ErrorClass::kPermission:
    case ErrorClass::kNotFound:
    case ErrorClass::kUnknown:
      return true;
    default:
      return false;
  }
}

void ForgetWhatOtherKeysMayCure(JobMemory& memory) {
  if (MayBeCuredByOtherKeys(memory.observe_failure)) memory.observe_failure.reset();
  if (MayBeCuredByOtherKeys(memory.act_failure)) memory.act_failure.reset();
}

}  // namespace

bool SaysItIsSynced(const DtsJobStatus& status) {
  const Condition* synced = FindCondition(status, "Synced");
  return synced != nullptr && synced->status == "True";
}

JobMemory& Reconciler::MemoryOf(const DtsJob& job, const CredentialsCache::Entry& keys, Now now) {
  JobMemory& memory = memories_[job.key];
  if (memory.uid != job.uid) {
    StopObserving(job.key, memory);
    OnClaimChanged(memory.leg, memory.claim, Claim::kNone);
    memory = JobMemory{};
    memory.uid = job.uid;
    memory.leg = LegOfJob(job);
    memory.generation = job.generation;
    memory.reconcile_requested = job.status.last_handled_reconcile_at;
    memory.restart = job.status.last_handled_restart;
    memory.keys_version = keys.version;
    if (SaysItIsSynced(job.status)) memory.proven_at = MonoTime::min();
  }
  // What was seen of another region's job, or of the other direction, says nothing about this one.
  if (memory.leg != LegOfJob(job)) {
    memory.observation.reset();
    memory.proven_at.reset();
    StopObserving(job.key, memory);
    OnClaimChanged(memory.leg, std::exchange(memory.claim, Claim::kNone), Claim::kNone);
    memory.leg = LegOfJob(job);
  }
  if (keys.account != 0) {
    const AccountId was = std::exchange(memory.account, keys.account);
    if (was != 0 && was != keys.account) memory.Unprove();
  }
  memory.observe_after = std::max(memory.observe_after, legs_.LookAfter(memory.leg));
  if (memory.keys_version != keys.version) {
    memory.keys_version = keys.version;
    StopObserving(job.key, memory);
    ForgetWhatOtherKeysMayCure(memory);
  }
  const bool requested =
      memory.reconcile_requested != job.reconcile_requested || memory.restart != job.restart;
  if (memory.generation != job.generation || requested) {
    memory.observe_failure.reset();
    memory.act_failure.reset();
    memory.accepted.reset();
    // A new wish is compared with a new observation.
    if (requested && memory.observation) {
      memory.observe_after = memory.observation->at + Duration(1);
    }
    memory.generation = job.generation;
    memory.reconcile_requested = job.reconcile_requested;
    memory.restart = job.restart;
  }
  if (const std::string nonce = job.status.start ? job.status.start->nonce : "";
      nonce != memory.start_nonce) {
    memory.start_nonce = nonce;
    memory.start_known_at = now.mono;
  }
  return memory;
}

// Its place may be free for a younger DtsJob of the same DTS job.
void Reconciler::Drop(const ObjectKey& key) {
  if (auto gone = memories_.extract(key)) {
    StopObserving(key, gone.mapped());
    OnClaimChanged(gone.mapped().leg, gone.mapped().claim, Claim::kNone);
  }
}

JobMemory* Reconciler::Recall(const ObjectKey& key, const std::string& uid) {
  const auto at = memories_.find(key);
  return at != memories_.end() && at->second.uid == uid ? &at->second : nullptr;
}

void Reconciler::StopObserving(const ObjectKey& key, JobMemory& memory) {
  if (memory.observing) p_.fleet.Forget(key, *memory.observing);
  memory.observing.reset();
}

}  // namespace dtsop
