#include "lease/leader_elector.h"

#include <algorithm>
#include <utility>

#include "base/milestone.h"
#include "kube/requests.h"
#include "kube/status_error.h"

namespace dtsop {
namespace {

constexpr std::string_view kInstanceAnnotation = "dts.aliyun.com/holder-instance";

}  // namespace

LeaderElector::LeaderElector(LeaseOptions options, Outbox& outbox, Random& random,
                             Listener listener)
    : options_(std::move(options)),
      outbox_(outbox),
      random_(random),
      listener_(std::move(listener)),
      instance_(random.Hex128()) {}

bool LeaderElector::Leading(Now now) const {
  return state_ == State::kLeading && now.mono < LeadingUntil();
}

MonoTime LeaderElector::NextWakeup() const {
  if (state_ == State::kReleased) return kNever;
  if (state_ == State::kLeading) return busy_ ? LeadingUntil() : std::min(next_at_, LeadingUntil());
  return busy_ ? kNever : next_at_;
}

void LeaderElector::Tick(Now now) {
  if (state_ == State::kReleased) return;
  if (state_ == State::kLeading && now.mono >= LeadingUntil()) {
    StepDown("the Lease could not be renewed in time", now);
  }
  if (busy_ || (now.mono < next_at_ && !urgent_)) return;
  if (state_ == State::kLeading && !must_read_) {
    Write(now);
  } else {
    Read(now);
  }
}

void LeaderElector::Read(Now now) {
  busy_ = true;
  // A failed read is tried again after the retry period; an announcement does not make that sooner.
  next_at_ = now.mono + options_.retry_period;
  urgent_ = false;
  HttpRequest request = GetLease(options_.kube_namespace, options_.name);
  request.total_timeout = options_.renew_deadline / 2;
  request.urgent = true;
  outbox_.Send(Remote::kKubernetes, std::move(request),
               [this](const HttpResult& result, Now then) { OnRead(result, then); });
}

void LeaderElector::OnRead(const HttpResult& result, Now now) {
  busy_ = false;
  if (on_released_) return FinishRelease(now);
  const auto error = KubeErrorOf(result, now.wall);
  if (error && !IsNotFound(*error)) {
    LogFailure("read", result);
    return RetryAfter(JitteredRetry(), now);
  }
  if (error) return OnReadLease(nullptr, now);
  Json lease = LeaseIn(result);
  if (lease.is_null()) {
    LogFailure("read", result);
    return RetryAfter(JitteredRetry(), now);
  }
  OnReadLease(std::move(lease), now);
}

void LeaderElector::OnReadLease(Json lease, Now now) {
  lease_ = std::move(lease);
  must_read_ = false;
  const std::string holder = HolderOf(lease_);
  const bool ours = holder == options_.identity;
  if (state_ == State::kLeading) {
    // A write of ours was refused or got no answer. If the Lease is gone we still hold the journal
    // and write it anew; if it is still ours we go on; else somebody has taken it.
    if (lease_.is_null() || (ours && LeaseAnnotation(lease_, kInstanceAnnotation) == instance_)) {
      return Write(now);
    }
    identity_taken_ = ours;
    StepDown(ours ? "another process uses the same --identity" : "the Lease was taken by " + holder,
             now);
  }
  const MonoTime free_at = expiry_.At(lease_, now.mono);
  const bool expired = now.mono >= free_at;
  if (lease_.is_null() || holder.empty() || expired || (ours && !identity_taken_))
    return Write(now);
  RetryAfter(std::min(JitteredRetry(), free_at - now.mono), now);
}

Json LeaderElector::LeaseToWrite(Now now) const {
  Json lease = lease_;
  const bool released = state_ == State::kReleased;
  HoldLease(options_.kube_namespace, options_.name, released ? "" : options_.identity,
            released ? seconds(1) : options_.lease_duration, now.wall, &lease);
  Json& annotations = lease["metadata"]["annotations"];
  annotations[std::string(kInstanceAnnotation)] = instance_;
  // A standby that takes the Lease leaves the journal as its predecessor wrote it.
  if (state_ == State::kStandby && !lease_.is_null()) return lease;
  std::vector<StartEntry> starts;
  for (const auto& [nonce, item] : journal_) starts.push_back(item.start);
  annotations[std::string(kStartsAnnotation)] = EncodeStarts(starts);
  return lease;
}

void LeaderElector::Write(Now now) {
  busy_ = true;
  urgent_ = false;
  next_at_ = now.mono + options_.retry_period;
  std::vector<std::string> nonces;
  for (const auto& [nonce, item] : journal_) {
    if (!item.durable) nonces.push_back(nonce);
  }
  // The journal of a predecessor is written as it is.
  std::set<std::string> dropped = state_ == State::kStandby ? std::set<std::string>{} : forgotten_;
  const Duration timeout = options_.renew_deadline / 2;
  std::string body = DumpJson(LeaseToWrite(now));
  HttpRequest request =
      lease_.is_null() ? CreateLease(options_.kube_namespace, std::move(body), timeout)
                       : PutLease(options_.kube_namespace, options_.name, std::move(body), timeout);
  // A burst of status writes must not cost the leadership.
  request.urgent = true;
  outbox_.Send(
      Remote::kKubernetes, std::move(request),
      [this, sent = now.mono, nonces = std::move(nonces), dropped = std::move(dropped)](
          const HttpResult& result, Now then) { OnWritten(result, sent, nonces, dropped, then); });
}

void LeaderElector::OnWritten(const HttpResult& result, MonoTime sent,
                              const std::vector<std::string>& nonces,
                              const std::set<std::string>& dropped, Now now) {
  busy_ = false;
  if (state_ == State::kReleased) {
    if (on_released_) std::exchange(on_released_, nullptr)(now);
    return;
  }
  Json lease = LeaseIn(result);
  if (const auto error = KubeErrorOf(result, now.wall); error || lease.is_null()) {
    must_read_ = true;
    if (on_released_) return FinishRelease(now);
    if (error && (IsConflict(*error) || IsAlreadyExists(*error) || IsNotFound(*error))) {
      return RetryAfter(Duration{0}, now);
    }
    LogFailure("write", result);
    return RetryAfter(options_.retry_period / 2, now);
  }
  failures_ = 0;
  const bool created = lease_.is_null();
  lease_ = std::move(lease);
  last_write_sent_ = sent;
  for (const std::string& nonce : dropped) forgotten_.erase(nonce);
  if (state_ == State::kStandby) {
    BecomeLeader(created, now);
  } else {
    for (const std::string& nonce : nonces) {
      if (const auto item = journal_.find(nonce); item != journal_.end())
        item->second.durable = true;
    }
    if (!nonces.empty()) listener_.on_announced(nonces, sent);
  }
  if (on_released_) FinishRelease(now);
}

void LeaderElector::BecomeLeader(bool created, Now now) {
  state_ = State::kLeading;
  identity_taken_ = false;
  journal_.clear();
  bool journal_lost = created;
  std::vector<StartEntry> inherited;
  // A list that is not there was removed, or there was none yet: an empty one says so.
  if (auto starts = DecodeStarts(LeaseAnnotation(lease_, kStartsAnnotation))) {
    inherited = std::move(*starts);
  } else {
    journal_lost = true;
    outbox_.Log(LogLevel::kWarn, "the Lease's list of starts in flight can't be read; starts wait",
                {{"error", starts.error().message}});
  }
  // What this process brought to its end while the Lease could not be written is over.
  std::erase_if(inherited,
                [this](const StartEntry& start) { return forgotten_.contains(start.nonce); });
  for (const StartEntry& start : inherited) journal_[start.nonce] = {start, true};
  outbox_.Log(LogLevel::kInfo, "leading",
              {{"identity", options_.identity},
               {"lease", options_.kube_namespace + "/" + options_.name},
               {"inheritedStarts", std::to_string(inherited.size())}});
  listener_.on_leading(inherited, journal_lost, now);
}

void LeaderElector::StepDown(std::string_view cause, Now now) {
  outbox_.Log(LogLevel::kWarn, "no longer leading", {{"cause", std::string(cause)}});
  state_ = State::kStandby;
  journal_.clear();
  must_read_ = true;
  urgent_ = false;
  expiry_.Reset();
  next_at_ = std::max(next_at_, now.mono);
  listener_.on_stopped(now);
}

bool LeaderElector::Announce(StartEntry start, Now now) {
  if (!Leading(now) || journal_.size() >= kStartsInFlightMax) return false;
  const std::string nonce = start.nonce;
  journal_[nonce] = {std::move(start), false};
  urgent_ = true;
  return true;
}

void LeaderElector::Forget(const std::string& nonce) {
  journal_.erase(nonce);
  forgotten_.insert(nonce);
}

void LeaderElector::Release(std::function<void(Now)> on_released, Now now) {
  on_released_ = std::move(on_released);
  if (!busy_) FinishRelease(now);
}

void LeaderElector::FinishRelease(Now now) {
  const bool holding = Leading(now) && !must_read_;
  state_ = State::kReleased;
  if (holding) return Write(now);
  std::exchange(on_released_, nullptr)(now);
}

void LeaderElector::LogFailure(std::string_view what, const HttpResult& result) {
  if (!IsMilestone(++failures_)) return;
  outbox_.Log(LogLevel::kWarn, "cannot access the Lease, trying again",
              {{"operation", std::string(what)},
               {"lease", options_.kube_namespace + "/" + options_.name},
               {"failures", std::to_string(failures_)},
               {"error", DescribeFailure(result)}});
}

Duration LeaderElector::JitteredRetry() {
  const auto spread = static_cast<uint64_t>(options_.retry_period.count()) / 5;
  return options_.retry_period + Duration(static_cast<int64_t>(random_.Below(spread + 1)));
}

}  // namespace dtsop
