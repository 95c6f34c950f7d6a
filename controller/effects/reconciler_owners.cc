// Who of several DtsJobs manages a leg of a DTS job: the oldest to whose credentials DTS shows the
// job. So nobody can keep the true owner from its job by naming it first, without credentials for
// it.
//
//   kOpen --- DTS shows the job ---> kProven
//     |                                 |
//     +--- refused, or no keys ---------+---> kNone (and back to kOpen with other keys)
//
// A DtsJob that has just been proven waits for a while for older ones that are kOpen. Those with
// the same credentials have the same claim, so between them age alone decides, at once.
#include "effects/reconciler.h"

namespace dtsop {

bool DeniesTheJob(ErrorClass error_class) {
  return error_class == ErrorClass::kCredential || error_class == ErrorClass::kPermission ||
         error_class == ErrorClass::kNotFound;
}

Claim Reconciler::ClaimOf(const DtsJob& job) const {
  if (job.deleting) return Claim::kNone;
  if (const auto at = memories_.find(job.key); at != memories_.end() && at->second.uid == job.uid) {
    return at->second.claim;
  }
  // Not looked at yet: its own pass will tell. Of what another installation manages the status
  // does.
  if (!p_.namespaces.IsElsewhere(job.key.namespace_name)) return Claim::kOpen;
  return SaysItIsSynced(job.status) ? Claim::kProven : Claim::kNone;
}

void Reconciler::UpdateClaim(const DtsJob& job, const CredentialsCache::Entry& keys,
                             const Standing& standing, JobMemory& memory) {
  const bool no_keys = !keys.credentials && !keys.problem.empty();
  // One that knows the owner does not look, and should the owner go, it has to look anew.
  const bool blind = standing.owner && standing.owner->namespace_name == job.key.namespace_name;
  if (no_keys || blind) memory.Unprove();
  if (blind) memory.observation.reset();
  const bool denied =
      memory.observe_failure && DeniesTheJob(memory.observe_failure->failure.error_class);
  const Claim was = memory.claim;
  if (job.deleting || no_keys || denied) {
    memory.claim = Claim::kNone;
  } else {
    memory.claim = memory.proven_at ? Claim::kProven : Claim::kOpen;
  }
  OnClaimChanged(memory.leg, was, memory.claim);
}

// A proven claim that comes or goes matters to all DtsJobs of the leg, any other to the next in
// line only: it finds out for itself what is behind the one that has gone.
void Reconciler::OnClaimChanged(const Leg& leg, Claim was, Claim is) {
  if (was == is) return;
  const bool all = was == Claim::kProven || is == Claim::kProven;
  for (const auto& [created, uid, key] : p_.store.ForDtsJob(leg.dts_job_id)) {
    const DtsJob& job = *p_.store.Find(key);
    if (LegOfJob(job) != leg) continue;
    const bool next = ClaimOf(job) != Claim::kNone;
    if (all || next) p_.queue.Add(key);
    if (next && !all) return;
  }
}

Reconciler::Standing Reconciler::StandingOf(const DtsJob& job,
                                            const CredentialsCache::Entry& keys) const {
  Standing standing;
  for (const auto& [created, uid, key] : p_.store.ForDtsJob(job.spec.dts_job_id)) {
    if (key == job.key) break;  // the others are younger
    const DtsJob& other = *p_.store.Find(key);
    if (LegOfJob(other) != LegOfJob(job)) continue;
    const Claim claim = ClaimOf(other);
    if (claim == Claim::kNone) continue;
    const auto memory = memories_.find(key);
    const bool same_account =
        SecretOf(other) == SecretOf(job) ||
        (keys.account != 0 && memory != memories_.end() && memory->second.account == keys.account);
    if (claim == Claim::kProven || same_account) {
      standing.owner = key;
      return standing;
    }
    standing.contested = true;
  }
  return standing;
}

bool Reconciler::IsRivaled(const DtsJob& job) const {
  return p_.store.ForDtsJob(job.spec.dts_job_id).size() > 1;
}

void Reconciler::Wake(const Leg& leg) {
  for (const AgedKey& aged : p_.store.ForDtsJob(leg.dts_job_id)) p_.queue.Add(aged.key);
}

}  // namespace dtsop
