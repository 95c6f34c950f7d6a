// The effects of a decision, and what their answers change.
#include <algorithm>
#include <utility>

#include "base/milestone.h"
#include "dts/job_list.h"
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

Backoff BackoffOf(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kThrottled:
    case ErrorClass::kTransient:
      return {seconds(1), seconds(60)};
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

}  // namespace

void Reconciler::Perform(const Decision& decision, const DtsJob& job, JobMemory& memory,
                         const CredentialsCache::Entry& keys, Now now) {
  for (const Effect effect : decision.effects) {
    switch (effect) {
      case Effect::kFetchCredentials:
        p_.credentials.Fetch(job, now);
        break;
      case Effect::kObserve:
        Observe(job, memory, *keys.credentials, now);
        break;
      case Effect::kReadLive:
        ReadLive(job, memory, now);
        break;
      case Effect::kAnnounceStart:
        Announce(*decision.start, job, memory, *keys.credentials, now);
        break;
      case Effect::kCallStart:
        CallStart(job, *keys.credentials, now);
        break;
      case Effect::kForgetStart:
        ForgetStart(job);
        break;
      case Effect::kSuspend:
        Act(DtsAction::kSuspend, job, memory, *keys.credentials, now);
        break;
      case Effect::kStop:
        Act(DtsAction::kStop, job, memory, *keys.credentials, now);
        break;
    }
  }
}

bool Reconciler::TakeSlot(DtsAction action, const DtsJob& job, MonoTime* slot,
                          const Credentials& keys, Now now) {
  const std::string region = RegionOf(job);
  if (*slot == kNever || (*slot <= now.mono && p_.dts.Blocked(action, keys, region, now.mono))) {
    *slot = p_.dts.Reserve(action, keys, region, now.mono);
  }
  if (*slot > now.mono) {
    p_.queue.AddAfter(job.key, *slot);
    return false;
  }
  *slot = kNever;
  return true;
}

void Reconciler::Observe(const DtsJob& job, JobMemory& memory, const Credentials& keys, Now now) {
  if (memory.observing) return;
  if (!TakeSlot(DtsAction::kDescribe, job, &memory.observe_slot, keys, now)) return;
  memory.observing = true;
  p_.dts.Send(
      {DtsAction::kDescribe, job.spec, RegionOf(job), keys, "", kNever},
      [this, key = job.key, uid = job.uid, leg = LegOfJob(job), sent = now.mono](
          const tl::expected<DtsReply, CallFailure>& reply, Now then) {
        JobMemory* known = Recall(key, uid);
        if (known == nullptr) return;
        known->observing = false;
        const DtsJob* now_job = p_.store.Find(key);
        if (now_job == nullptr) return;
        // Meanwhile the DtsJob may have come to mean another job.
        if (LegOfJob(*now_job) != leg) return p_.queue.Add(key);
        const auto detail = reply.and_then(DecodeJobDetail);
        if (detail) {
          known->observation = {detail->status, detail->error_message, sent};
          known->observe_failure.reset();
        } else {
          if (detail.error().error_class == ErrorClass::kCredentialExpired) {
            p_.credentials.Invalidate(*now_job);
          }
          Remember(&known->observe_failure, detail.error(), now_job->status.last_error, then);
        }
        p_.queue.Add(key);
      },
      now);
}

void Reconciler::ReadLive(const DtsJob& job, JobMemory& memory, Now now) {
  if (memory.reading_live || memory.writing) return;
  memory.reading_live = true;
  p_.outbox.Send(
      Remote::kKubernetes, GetDtsJob(job.key.namespace_name, job.key.name),
      [this, key = job.key, uid = job.uid, sent = now.mono](const HttpResult& result, Now then) {
        JobMemory* known = Recall(key, uid);
        if (known == nullptr) return;
        known->reading_live = false;
        const auto object = ParseJson(result.body);
        const auto error = KubeErrorOf(result, then.wall);
        auto live = object && !error ? DtsJobFromJson(*object) : Fail("");
        if (!live || live->uid != uid) {
          // That it has been deleted, or created anew, the watch will say.
          if (error && !IsNotFound(*error)) {
            p_.outbox.Log(LogLevel::kWarn, "cannot read a DtsJob, trying again",
                          {{"object", key.ToString()}, {"error", DescribeFailure(result)}});
          }
          return p_.queue.AddRateLimited(key, then.mono, p_.random);
        }
        p_.store.Refresh(std::move(*live));
        known->live_at = sent;
        known->must_read_live = false;
        p_.queue.Add(key);
      });
}

void Reconciler::Act(DtsAction action, const DtsJob& job, JobMemory& memory,
                     const Credentials& keys, Now now) {
  if (memory.acting || draining_) return;
  if (!TakeSlot(action, job, &memory.act_slot, keys, now)) return;
  memory.acting = true;
  // What was seen before this call says nothing about the job any more.
  memory.observe_after = now.mono;
  const std::string name(DtsActionName(action));
  p_.outbox.Log(
      LogLevel::kInfo, "calling DTS",
      {{"object", job.key.ToString()}, {"dtsJobId", job.spec.dts_job_id}, {"action", name}});
  p_.dts.Send(
      {action, job.spec, RegionOf(job), keys, "", p_.elector.LeadingUntil()},
      [this, key = job.key, uid = job.uid, generation = job.generation, name,
       kind = job.spec.desired_state](const tl::expected<DtsReply, CallFailure>& reply, Now then) {
        JobMemory* known = Recall(key, uid);
        if (known == nullptr) return;
        known->acting = false;
        known->observe_after = then.mono;
        p_.queue.Add(key);
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
        Remember(&known->act_failure, reply.error(), current->status.last_error, then);
      },
      now);
}

void Reconciler::Remember(std::optional<FailureRecord>* record, CallFailure failure,
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
  const Backoff backoff = BackoffOf(failure.error_class);
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
