// The life of one StartDtsJob: announced in the Lease, called once, answered, forgotten.
#include <algorithm>
#include <utility>

#include "effects/reconciler.h"

namespace dtsop {

void Reconciler::Announce(const PendingStart& wish, const DtsJob& job,
                          const CredentialsCache::Entry& keys, Now now) {
  const Leg leg = LegOfJob(job);
  if (draining_ || starts_.contains(leg)) return;
  if (!p_.dts.Take(DtsAction::kStart, AccountOf(job, keys), job.key, now.mono)) return;
  StartState state;
  state.entry = {wish.key,
                 p_.random.Hex128(),
                 wish.attempt,
                 job.key,
                 job.uid,
                 leg.dts_job_id,
                 leg.direction,
                 leg.region,
                 FormatRfc3339(now.wall),
                 wish.before};
  state.pending = wish;
  state.pending.phase = StartPhase::kAnnouncing;
  state.pending.nonce = state.entry.nonce;
  state.pending.intent_time = state.entry.intent_time;
  if (p_.elector.Announce(state.entry, now)) {
    starts_[leg] = std::move(state);
  } else {
    p_.queue.AddAfter(job.key, now.mono + seconds(1));
  }
}

void Reconciler::OnAnnounced(const std::vector<std::string>& nonces, MonoTime sent) {
  for (auto& [leg, state] : starts_) {
    if (state.pending.phase != StartPhase::kAnnouncing ||
        std::find(nonces.begin(), nonces.end(), state.entry.nonce) == nonces.end()) {
      continue;
    }
    state.pending.phase = StartPhase::kAnnounced;
    state.pending.call_until = sent + kCallWithin;
    p_.queue.Add(state.entry.object);
  }
}

void Reconciler::CallStart(const DtsJob& job, const CredentialsCache::Entry& keys, Now now) {
  StartState* state = StartOf(job);
  const MonoTime until = std::min({state->pending.call_until, p_.elector.LeadingUntil(),
                                   p_.namespaces.ActUntil(job.key.namespace_name)});
  if (draining_ || now.mono >= until) return;
  state->pending.phase = StartPhase::kCalling;
  if (JobMemory* memory = Recall(job.key, job.uid); memory != nullptr && memory->observation) {
    memory->before_start.emplace(memory->observation->status, memory->observation->task_error);
  }
  p_.outbox.Log(LogLevel::kInfo, "calling StartDtsJob",
                {{"object", job.key.ToString()},
                 {"dtsJobId", job.spec.dts_job_id},
                 {"attempt", std::to_string(state->entry.attempt)},
                 {"startKey", state->entry.key}});
  const AccountKey account = {keys.account, state->entry.region};
  const Leg leg = LegOf(state->entry);
  const uint64_t call = legs_.Begin(leg, LegEffect::Kind::kStart, state->entry.before, now.mono);
  p_.dts.Send(
      {DtsAction::kStart, account, *keys.credentials,
       JobParameters(DtsAction::kStart, job.spec, account.region), state->entry.nonce, until},
      [this, leg, call, nonce = state->entry.nonce](
          const tl::expected<DtsReply, CallFailure>& reply, Now then) {
        OnStartReply(leg, nonce, call, reply, then);
      },
      now);
}

void Reconciler::NoteEnd(const Leg& leg, uint64_t call,
                         const tl::expected<DtsReply, CallFailure>& reply, MonoTime settled_from,
                         Now now) {
  if (reply || reply.error().may_have_acted) {
    legs_.OnMayHaveActed(leg, call, reply ? now.mono + kShowsWithin : settled_from, now.mono);
  } else {
    // Whatever DTS says of the job, the next call rests on another look at it.
    legs_.OnRefused(leg, call, !RefusedUnseen(reply.error()), now.mono);
  }
  Wake(leg);
}

void Reconciler::OnStartReply(const Leg& leg, const std::string& nonce, uint64_t call,
                              const tl::expected<DtsReply, CallFailure>& reply, Now now) {
  const auto at = starts_.find(leg);
  const bool known = at != starts_.end() && at->second.entry.nonce == nonce;
  const bool called = known && at->second.pending.phase == StartPhase::kCalling;
  NoteEnd(leg, call, reply, (called ? at->second.pending.call_until : now.mono) + kSettle, now);
  if (!known) return;
  StartState& state = at->second;
  const StartEntry& entry = state.entry;
  p_.queue.Add(entry.object);
  JobMemory* memory = Recall(entry.object, entry.uid);
  const DtsJob* job = p_.store.Find(entry.object);

  LogFields fields = {{"object", entry.object.ToString()}, {"dtsJobId", entry.dts_job_id}};
  if (!reply) {
    fields.emplace_back("error", DescribeFailure(reply.error()));
    p_.outbox.Log(LogLevel::kWarn,
                  reply.error().may_have_acted ? "StartDtsJob got no usable answer"
                                               : "StartDtsJob was refused",
                  std::move(fields));
    if (memory != nullptr && job != nullptr) {
      if (reply.error().error_class == ErrorClass::kCredentialExpired)
        p_.credentials.Invalidate(*job);
      Remember(&memory->act_failure, reply.error(), false, job->status.last_error, now);
    }
    if (reply.error().may_have_acted) {
      state.pending.phase = StartPhase::kUncertain;
      state.pending.refused = reply.error().error_class == ErrorClass::kUnknown;
      state.pending.certain_from = state.pending.call_until + kSettle;
      return;
    }
  } else {
    fields.emplace_back("requestId", reply->request_id);
    p_.outbox.Log(LogLevel::kInfo, "StartDtsJob was accepted", std::move(fields));
    if (memory != nullptr) memory->act_failure.reset();
  }
  StartRecord record;
  record.key = entry.key;
  record.episode = job != nullptr && job->status.start ? job->status.start->episode : 0;
  record.attempt = entry.attempt;
  record.nonce = entry.nonce;
  record.intent_time = entry.intent_time;
  record.outcome = reply ? start_outcome::kSucceeded : start_outcome::kRejected;
  record.request_id = reply ? reply->request_id : "";
  state.result = StartResult{record};
  if (reply && job != nullptr) {
    p_.events.Record(*job, "Normal", "Started", "StartDtsJob",
                     "DTS accepted StartDtsJob (RequestId " + reply->request_id + ").", now);
  }
}

// A start that was seen to work has worked, whatever becomes of the job before the record is
// stored.
void Reconciler::KeepOutcome(const Decision& decision, const DtsJob& job) {
  StartState* state = StartOf(job);
  const std::optional<StartRecord>& record = decision.status.start;
  if (state == nullptr || state->pending.phase != StartPhase::kUncertain || !record) return;
  if (record->nonce == state->entry.nonce && record->outcome == start_outcome::kSucceeded) {
    state->result = StartResult{*record};
  }
}

void Reconciler::ForgetStart(const DtsJob& job) {
  const StartState* state = StartOf(job);
  if (state == nullptr) return;
  // A call that is under way can't be forgotten; its answer will be.
  if (state->pending.phase == StartPhase::kCalling && !state->result) return;
  p_.elector.Forget(state->entry.nonce);
  starts_.erase(LegOfJob(job));
  p_.queue.Add(job.key);
}

}  // namespace dtsop
