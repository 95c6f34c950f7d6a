// One pass over one DtsJob: gather what is known, decide, do it. The pass itself never waits;
// whatever a call brings back is remembered and the DtsJob is looked at again.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "effects/credentials_cache.h"
#include "effects/dts_caller.h"
#include "effects/event_recorder.h"
#include "effects/fleet.h"
#include "effects/job_memory.h"
#include "effects/leg_table.h"
#include "effects/start_table.h"
#include "effects/write_line.h"
#include "io/outbox.h"
#include "lease/leader_elector.h"
#include "lease/namespace_leases.h"
#include "observe/metrics.h"
#include "queue/work_queue.h"
#include "store/store.h"

namespace dtsop {

class Reconciler {
 public:
  struct Parts {
    Store& store;
    WorkQueue& queue;
    LeaderElector& elector;
    NamespaceLeases& namespaces;
    CredentialsCache& credentials;
    DtsCaller& dts;
    Fleet& fleet;
    EventRecorder& events;
    Outbox& outbox;
    Random& random;
    Metrics& metrics;
    std::string default_region;
    // As of when the store is known to be complete for a namespace.
    std::function<MonoTime(const std::string& kube_namespace)> known_as_of;
  };
  explicit Reconciler(Parts parts) : p_(std::move(parts)) {}

  // Does what the DtsJob needs now and queues it for when it is to be looked at again. Does nothing
  // while this process does not lead, or another installation manages the namespace.
  void Reconcile(const ObjectKey& key, Now now);

  // The elector's news.
  void OnLeading(const std::vector<StartEntry>& inherited, bool journal_lost, Now now);
  void OnStopped();
  void OnAnnounced(const std::vector<std::string>& nonces, MonoTime sent);
  // NamespaceLeases' news: which namespaces this installation manages.
  bool IsUntouched(const std::string& kube_namespace) const;
  void OnNamespaceHeld(const std::string& kube_namespace, bool taken_over, Now now);
  void OnNamespaceNotHeld(const std::string& kube_namespace);
  // DtsCaller's and Fleet's news.
  bool OnTurn(const ObjectKey& who);
  void OnRestored(const AccountKey& account, Now now);
  void OnAnswer(const ObjectKey& who, const Fleet::Wish& wish,
                const tl::expected<ObservedJob, CallFailure>& answer, MonoTime sent, Now now);
  void OnListed(const AccountKey& account, const ObservedJob& seen, MonoTime sent, Now now);
  // A Secret has been read: the DtsJobs that use it are looked at.
  void OnSecretRead(const ObjectKey& secret);
  // Those that name no Secret are looked at: the operator's own credentials are news.
  void OnOwnCredentials();

  // Forgets starts whose DtsJob has gone once they can no longer take effect.
  void Sweep(Now now);

  // From now on only what is in flight is brought to its end. Drained: nothing is in flight any
  // more.
  void Drain();
  bool Drained() const;

 private:
  static constexpr size_t kWritesMax = 32;  // small status writes under way

  // Who may manage the DTS job of a DtsJob; see reconciler_owners.cc.
  struct Standing {
    std::optional<ObjectKey> owner;  // an older DtsJob does
    bool contested = false;          // an older one may yet turn out to
  };

  void Pass(const ObjectKey& key, Now now);
  JobMemory& MemoryOf(const DtsJob& job, const CredentialsCache::Entry& keys, Now now);
  Snapshot Gather(const DtsJob& job, const JobMemory& memory, const CredentialsCache::Entry& keys,
                  const Standing& standing, Now now);
  std::string RegionOf(const DtsJob& job) const;
  Leg LegOfJob(const DtsJob& job) const;
  StartState* StartOf(const DtsJob& job);
  Standing StandingOf(const DtsJob& job, const CredentialsCache::Entry& keys) const;
  Claim ClaimOf(const DtsJob& job) const;
  void UpdateClaim(const DtsJob& job, const CredentialsCache::Entry& keys, const Standing& standing,
                   JobMemory& memory);
  void OnClaimChanged(const Leg& leg, Claim was, Claim is);
  bool IsRivaled(const DtsJob& job) const;
  // Looks at all DtsJobs of the leg's DTS job.
  void Wake(const Leg& leg);

  void Perform(const Decision& decision, const DtsJob& job, JobMemory& memory,
               const CredentialsCache::Entry& keys, Now now);
  void Observe(const DtsJob& job, JobMemory& memory, const CredentialsCache::Entry& keys);
  void ReadLive(const DtsJob& job, JobMemory& memory, Now now);
  void OnRead(const DtsJob& before, MonoTime sent, const HttpResult& result, Result<DtsJob> live,
              Now now);
  void Announce(const PendingStart& wish, const DtsJob& job, const CredentialsCache::Entry& keys,
                Now now);
  void CallStart(const DtsJob& job, const CredentialsCache::Entry& keys, Now now);
  void OnStartReply(const Leg& leg, const std::string& nonce, uint64_t call,
                    const tl::expected<DtsReply, CallFailure>& reply, Now now);
  // What the end of a call says about the leg; `settled_from`: when all of its effect shows if
  // it got no answer.
  void NoteEnd(const Leg& leg, uint64_t call, const tl::expected<DtsReply, CallFailure>& reply,
               MonoTime settled_from, Now now);
  void InheritCalls(const DtsJob& job, Now now);
  bool IsRecorded(const StartState& state) const;
  // The memory goes; what it stands for in the eyes of others, too.
  void Drop(const ObjectKey& key);
  void TellNotHeld(const DtsJob& job, Now now);
  void KeepOutcome(const Decision& decision, const DtsJob& job);
  void ForgetStart(const DtsJob& job);
  void Act(DtsAction action, const DtsJob& job, JobMemory& memory,
           const CredentialsCache::Entry& keys, Now now);
  // Looks again at DtsJobs that wait for a place to be written or read, as far as places are free.
  void CallWriters();
  void WriteStatus(const Decision& decision, const DtsJob& job, JobMemory& memory, Now now);
  // `kept` is the object as it is after the write.
  void OnStatusWritten(const DtsJob& before, const DtsJobStatus& wrote, const HttpResult& result,
                       Result<DtsJob> kept, Now now);
  // Notices that `kept`, the answer to a write, lacks a part of what was written.
  void NotePruning(const DtsJob& kept, const DtsJobStatus& wrote, JobMemory& memory);
  void RecordChange(const DtsJob& before, const DtsJobStatus& after, Now now);

  AccountKey AccountOf(const DtsJob& job, const CredentialsCache::Entry& keys) const {
    return {keys.account, RegionOf(job)};
  }
  void StopObserving(const ObjectKey& key, JobMemory& memory);
  // The memory of the object with this key and uid; nullptr: it has gone meanwhile.
  JobMemory* Recall(const ObjectKey& key, const std::string& uid);
  void Remember(std::optional<FailureRecord>* record, CallFailure failure, bool reading,
                const std::optional<LastError>& shown, Now now);

  Parts p_;
  std::map<ObjectKey, JobMemory> memories_;
  StartTable starts_;
  LegTable legs_;
  MonoTime starts_from_ = MonoTime::min();
  std::map<std::string, MonoTime> starts_from_in_;  // the same, by namespace
  bool draining_ = false;
  WriteLine writes_{kWritesMax};
};

}  // namespace dtsop
