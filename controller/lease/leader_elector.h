// Leader election by a coordination.k8s.io/v1 Lease that is at the same time the journal of starts.
//
// Every write is a PUT with the resourceVersion that was read, so it succeeds only while nobody
// else has taken the Lease: a successful write proves leadership as of the moment it was sent.
// Starts that are announced while a write is under way share the next one.
//
//   kStandby   another process leads, or nobody yet: reads the Lease every RetryPeriod and takes it
//              when it is free, this pod's own, or unchanged for its duration by our own clock
//   kLeading   writes it every RetryPeriod, and at once for an announcement; steps down when the
//              last successful write was sent RenewDeadline ago, or the Lease has another holder
//   kReleased  gave the Lease back for good
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "io/outbox.h"
#include "lease/lease_object.h"
#include "lease/start_entry.h"

namespace dtsop {

struct LeaseOptions {
  std::string kube_namespace;
  std::string name;
  std::string identity;  // of the pod: a restarted container takes its own Lease back at once
  Duration lease_duration;
  Duration renew_deadline;
  Duration retry_period;
};

class LeaderElector {
 public:
  struct Listener {
    // Leading begins. `inherited` are starts of unknown outcome; `journal_lost` means that there
    // may have been some that can't be read any more.
    std::function<void(const std::vector<StartEntry>& inherited, bool journal_lost, Now)>
        on_leading;
    std::function<void(Now)> on_stopped;
    // The starts with these nonces are durable; the write that made them so was sent at `sent`.
    std::function<void(const std::vector<std::string>& nonces, MonoTime sent)> on_announced;
  };

  LeaderElector(LeaseOptions options, Outbox& outbox, Random& random, Listener listener);

  void Tick(Now now);
  MonoTime NextWakeup() const;

  // A write sent less than RenewDeadline ago succeeded.
  bool Leading(Now now) const;
  // No call that must be fenced may begin after this.
  MonoTime LeadingUntil() const { return last_write_sent_ + options_.renew_deadline; }

  // Adds a start to the journal, to be written at once; on_announced follows. False when the
  // journal is full or this process does not lead.
  bool Announce(StartEntry start, Now now);
  // Removes a start; the next regular write makes that durable.
  void Forget(const std::string& nonce);

  // Gives the Lease up so that a successor need not wait; `on_released` follows even when that
  // fails.
  void Release(std::function<void(Now)> on_released, Now now);

 private:
  enum class State { kStandby, kLeading, kReleased };
  struct JournalItem {
    StartEntry start;
    bool durable = false;
  };

  void Read(Now now);
  void OnRead(const HttpResult& result, Now now);
  void OnReadLease(Json lease, Now now);
  void Write(Now now);
  void OnWritten(const HttpResult& result, MonoTime sent, const std::vector<std::string>& nonces,
                 const std::set<std::string>& dropped, Now now);
  Json LeaseToWrite(Now now) const;
  void BecomeLeader(bool created, Now now);
  void FinishRelease(Now now);
  void StepDown(std::string_view cause, Now now);
  void LogFailure(std::string_view what, const HttpResult& result);
  void RetryAfter(Duration delay, Now now) { next_at_ = now.mono + delay; }
  Duration JitteredRetry();

  const LeaseOptions options_;
  Outbox& outbox_;
  Random& random_;
  const Listener listener_;
  const std::string instance_;  // of this process: tells it from another one with the same identity

  State state_ = State::kStandby;
  bool busy_ = false;      // a read or write is under way
  bool must_read_ = true;  // a write was refused or unanswered: what is known is stale
  bool urgent_ = false;    // an announcement waits
  MonoTime next_at_{};
  MonoTime last_write_sent_ = MonoTime::min();
  Json lease_;                                  // as last read or written; null: there is none
  LeaseExpiry expiry_;                          // of another holder's Lease
  bool identity_taken_ = false;                 // another live process uses our identity
  std::map<std::string, JournalItem> journal_;  // by nonce
  // Nonces that this process has forgotten and that the Lease may still name.
  std::set<std::string> forgotten_;
  int64_t failures_ = 0;
  std::function<void(Now)> on_released_;
};

}  // namespace dtsop
