// The effects of a decision, and what their answers change.
#include <algorithm>
#include <utility>

#include "api/job_state.h"
#include "base/milestone.h"
#include "effects/dtsjob_call.h"
#include "effects/reconciler.h"
#include "kube/requests.h"
#include "kube/status_error.h"

namespace dtsop {
namespace {

// Nothing fails this often: a larger count in a status is forged.
constexpr int64_t kForgedCountMax = int64_t{1} << 40;

struct Backoff {
  Duration base;
  Duration cap;
};

Backoff BackoffOf(ErrorClass error_class, bool reading) {
  switch (error_class) {
    case ErrorClass::kThrottled:
      return {seconds(1), seconds(1)};  // the quota's limiter knows when
    case ErrorClass::kTransient:
      // Of an account that does not answer at all only probes are made.
      return {seconds(1), reading ? seconds(10) : seconds(60)};
    case ErrorClass::kStateConflict:
      return {seconds(2), seconds(60)};
    case ErrorClass::kCredentialExpired:
      return {seconds(5), seconds(60)};
    case ErrorClass::kUnknown:
      return {seconds(10), minutes(10)};
    default:
      return {minutes(10), minutes(10)};
  }
}

// Whether the failed items that are known are those of a job that looks like `next`.
bool StillFailedAlike(const JobMemory& memory, const Observation& next) {
  const std::optional<Observation>& last = memory.observation;
  return last && memory.KnowsPrecheck() && last->status == next.status &&
         last->task_error == next.task_error;
}

// Whether two answers name the same failed items; each action has its own words for the reasons.
bool SameItems(const std::vector<PrecheckItem>& a, const std::vector<PrecheckItem>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& one, const auto& other) { return one.name == other.name; });
}

// Answers may come in another order than the questions went.
void Keep(JobMemory& memory, const ObservedJob& seen, MonoTime sent) {
  if (memory.observation && memory.observation->at >= sent) return;
  Observation next{
      std::string(ManualSpelling(seen.status)), seen.error_message, sent, seen.type, {}};
  if (StillFailedAlike(memory, next)) {
    next.failed_checks = memory.observation->failed_checks;
  } else {
    memory.prechecked_at.reset();
  }
  // DTS goes on naming the items of a precheck that is over.
  if (JobStateOf(next.status) == JobState::kPrecheckFailed && seen.failed_checks) {
    memory.prechecked_at = sent;
    const bool news =
        !seen.failed_checks->empty() && !SameItems(next.failed_checks, *seen.failed_checks);
    if (news) next.failed_checks = *seen.failed_checks;
  }
  if (memory.before_start != std::pair{next.status, next.task_error}) memory.before_start.reset();
  memory.observation = std::move(next);
  memory.observe_failure.reset();
}

}  // namespace

void Reconciler::Perform(const Decision& decision, const DtsJob& job, JobMemory& memory,
                         const CredentialsCache::Entry& keys, Now now) {
  for (const Effect effect : decision.effects) {
    switch (effect) {
      case Effect::kFetchCredentials:
        p_.credentials.Fetch(job, now);
        break;
      case Effect::kObserve:
        Observe(job, memory, keys);
        break;
      case Effect::kReadLive:
        ReadLive(job, memory, now);
        break;
      case Effect::kCheckNamespace:
        p_.namespaces.Check(job.key, now);
        break;
      case Effect::kAnnounceStart:
        Announce(*decision.start, job, keys, now);
        break;
      case Effect::kCallStart:
        CallStart(job, keys, now);
        break;
      case Effect::kForgetStart:
        ForgetStart(job);
        break;
      case Effect::kSuspend:
        Act(DtsAction::kSuspend, job, memory, keys, now);
        break;
      case Effect::kStop:
        Act(DtsAction::kStop, job, memory, keys, now);
        break;
    }
  }
}

void Reconciler::Observe(const DtsJob& job, JobMemory& memory,
                         const CredentialsCache::Entry& keys) {
  if (memory.observing) return;
  memory.observing = AccountOf(job, keys);
  Fleet::Wish wish{job.uid, job.spec, JobType::kUnknown, memory.observe_after, *keys.credentials};
  if (memory.observation) {
    wish.type = memory.observation->type;
    if (memory.KnowsPrecheck()) wish.known_precheck = memory.observation->task_error;
  }
  wish.alone = memory.observe_failure && NeedsPerson(memory.observe_failure->failure.error_class);
  p_.fleet.Observe(job.key, *memory.observing, std::move(wish));
}

void Reconciler::OnAnswer(const ObjectKey& who, const Fleet::Wish& wish,
                          const tl::expected<ObservedJob, CallFailure>& answer, MonoTime sent,
                          Now now) {
  JobMemory* memory = Recall(who, wish.uid);
  const DtsJob* job = p_.store.Find(who);
  if (memory == nullptr || job == nullptr) return;
  memory->observing.reset();
  p_.queue.Add(who);
  // Meanwhile the DtsJob may have come to mean another job.
  if (LegOfJob(*job) != memory->leg) return;
  if (answer) {
    legs_.OnSeen(memory->leg, answer->status, sent);
    if (!memory->proven_at) memory->proven_at = now.mono;
    return Keep(*memory, *answer, sent);
  }
  if (DeniesTheJob(answer.error().error_class)) memory->Unprove();
  if (answer.error().error_class == ErrorClass::kCredentialExpired) p_.credentials.Invalidate(*job);
  Remember(&memory->observe_failure, answer.error(), true, job->status.last_error, now);
}

void Reconciler::OnListed(const AccountKey& account, const ObservedJob& seen, MonoTime sent,
                          Now now) {
  for (const auto& [created, uid, key] : p_.store.ForDtsJob(seen.job_id)) {
    const DtsJob& job = *p_.store.Find(key);
    const CredentialsCache::Entry keys = p_.credentials.For(job, now);
    if (job.spec.direction != seen.direction || !keys.credentials ||
        AccountOf(job, keys) != account) {
      continue;
    }
    if (JobMemory* memory = Recall(key, job.uid)) {
      legs_.OnSeen(memory->leg, seen.status, sent);
      if (!memory->proven_at) memory->proven_at = now.mono;
      Keep(*memory, seen, sent);
      p_.queue.Add(key);
    }
  }
}

bool Reconciler::OnTurn(const ObjectKey& who) {
  if (p_.store.Find(who) == nullptr) return false;
  p_.queue.Add(who);
  return true;
}

void Reconciler::OnRestored(const AccountKey& account, Now now) {
  for (auto& [key, memory] : memories_) {
    if (memory.account != account.account || memory.leg.region != account.region) continue;
    for (auto* record : {&memory.observe_failure, &memory.act_failure}) {
      if (*record && (*record)->failure.error_class == ErrorClass::kTransient) {
        (*record)->next_try = now.mono;
        p_.queue.Add(key);
      }
    }
  }
}

void Reconciler::ReadLive(const DtsJob& job, JobMemory& memory, Now now) {
  if (memory.reading_live || memory.writing) return;
  if (!writes_.Enter(job.key, job.json_bytes)) return;
  memory.reading_live = true;
  CallForDtsJob(
      p_.outbox, GetDtsJob(job.key.namespace_name, job.key.name),
      [this, job, sent = now.mono](const HttpResult& result, Result<DtsJob> live, Now then) {
        OnRead(job, sent, result, std::move(live), then);
      });
}

void Reconciler::OnRead(const DtsJob& before, MonoTime sent, const HttpResult& result,
                        Result<DtsJob> live, Now now) {
  writes_.Leave(before.json_bytes);
  CallWriters();
  JobMemory* memory = Recall(before.key, before.uid);
  if (memory == nullptr) return;
  memory->reading_live = false;
  const auto error = KubeErrorOf(result, now.wall);
  if (error || !live || live->uid != before.uid) {
    // That it has been deleted, or created anew, the watch will say.
    if (error && !IsNotFound(*error)) {
      p_.outbox.Log(LogLevel::kWarn, "cannot read a DtsJob, trying again",
                    {{"object", before.key.ToString()}, {"error", DescribeFailure(result)}});
    }
    return p_.queue.AddRateLimited(before.key, now.mono, p_.random);
  }
  // A version that was known when this one was read is lost, as after a restore of etcd.
  const bool lost = ResourceVersionNumber(live->resource_version) <
                    ResourceVersionNumber(before.resource_version);
  lost ? p_.store.Rewind(std::move(*live)) : p_.store.Refresh(std::move(*live));
  memory->live_at = sent;
  memory->must_read_live = false;
  p_.queue.Add(before.key);
}

void Reconciler::Act(DtsAction action, const DtsJob& job, JobMemory& memory,
                     const CredentialsCache::Entry& keys, Now now) {
  const Leg leg = LegOfJob(job);
  const LegEffect* last = legs_.Find(leg);
  if (draining_ || (last != nullptr && last->UnderWay())) return;
  const AccountKey account = AccountOf(job, keys);
  if (!p_.dts.Take(action, account, job.key, now.mono)) return;
  const uint64_t call =
      legs_.Begin(leg, *KindFor(job.spec.desired_state), memory.observation->status, now.mono);
  const std::string name(DtsActionName(action));
  p_.outbox.Log(
      LogLevel::kInfo, "calling DTS",
      {{"object", job.key.ToString()}, {"dtsJobId", job.spec.dts_job_id}, {"action", name}});
  p_.dts.Send(
      {action, account, *keys.credentials, JobParameters(action, job.spec, account.region), "",
       std::min(p_.elector.LeadingUntil(), p_.namespaces.ActUntil(job.key.namespace_name))},
      [this, leg, call, key = job.key, uid = job.uid, generation = job.generation, name,
       kind = job.spec.desired_state](const tl::expected<DtsReply, CallFailure>& reply, Now then) {
        NoteEnd(leg, call, reply, then.mono + kSettle, then);
        JobMemory* known = Recall(key, uid);
        if (known == nullptr) return;
        const DtsJob* current = p_.store.Find(key);
        // The spec may have changed meanwhile: the next pass judges by a new observation.
        if (current == nullptr || current->generation != generation) return;
        if (reply) {
          known->accepted = {kind, reply->request_id, then.mono};
          known->act_failure.reset();
          p_.events.Record(*current, "Normal",
                           kind == DesiredState::kSuspended ? "SuspendAccepted" : "StopAccepted",
                           name, "DTS accepted " + name + " (RequestId " + reply->request_id + ").",
                           then);
          return;
        }
        if (reply.error().error_class == ErrorClass::kCredentialExpired) {
          p_.credentials.Invalidate(*current);
        }
        Remember(&known->act_failure, reply.error(), false, current->status.last_error, then);
      },
      now);
}

void Reconciler::Remember(std::optional<FailureRecord>* record, CallFailure failure, bool reading,
                          const std::optional<LastError>& shown, Now now) {
  const bool same = record->has_value() && (*record)->failure.code == failure.code;
  if (!same) {
    FailureRecord fresh;
    // After a restart the count goes on from what the status says.
    if (shown && shown->source == "API" && shown->err_code == failure.code) {
      fresh.times = std::clamp<int64_t>(shown->count, 0, kForgedCountMax);
      fresh.first_time = shown->first_time;
    } else {
      fresh.first_time = FormatRfc3339(now.wall);
    }
    *record = fresh;
  }
  FailureRecord& r = **record;
  const int64_t tries = same ? r.tries + 1 : 1;
  r.tries = tries;
  ++r.times;
  const Backoff backoff = BackoffOf(failure.error_class, reading);
  Duration delay = BackoffDelay(tries - 1, backoff.base, backoff.cap, p_.random);
  // Expired credentials are read again and the call is made once more at once.
  if (failure.error_class == ErrorClass::kCredentialExpired && tries == 1) delay = Duration{0};
  r.next_try = now.mono + std::max(delay, failure.retry_after);
  if (IsMilestone(r.times) || !same) {
    r.count = r.times;
    r.last_time = FormatRfc3339(now.wall);
    r.failure = std::move(failure);
  }
}

}  // namespace dtsop
