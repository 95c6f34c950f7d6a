// Which installation of the operator manages the DtsJobs of a namespace: the one that holds the
// Lease kNamespaceLease in it. The leader's own Lease can't tell, as two installations have two. So
// two of them never act on one DtsJob, whatever they are told to watch.
//
//   kUnknown    nothing is known yet: the Lease is read
//   kHeld       it is this installation's, whichever of its pods leads: renewed every kRenewEvery
//   kElsewhere  another installation's: looked at every kLookEvery, and taken when that one has
//               given it back or has left it alone for the duration that it names
//
// Every write carries the resourceVersion that was read, so of two installations that take a Lease
// one is refused. Only the leader of an installation may use this; it forgets all when it leads no
// more.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "api/dtsjob.h"
#include "io/outbox.h"
#include "lease/lease_object.h"

namespace dtsop {

inline constexpr std::string_view kNamespaceLease = "dtsjobs.dts.aliyun.com";
// Present while the one before may have called DTS until this time, RFC 3339 with microseconds.
inline constexpr std::string_view kTakenOverAnnotation = "dts.aliyun.com/taken-over-at";

class NamespaceLeases {
 public:
  static constexpr Duration kRenewEvery = seconds(60);
  static constexpr Duration kLookEvery = seconds(30);
  static constexpr Duration kHoldFor = seconds(200);  // without a renewal
  static constexpr Duration kFreeAfter = seconds(300);
  // The fastest clock of one and the slowest of another may differ by a third.
  static_assert(kHoldFor * 4 <= kFreeAfter * 3 && kRenewEvery * 3 < kHoldFor);
  // From a question whose answer says that the Lease is held to the latest moment at which a call
  // that rests on it may begin.
  static constexpr Duration kActWithin = seconds(10);
  // Who took over so long ago need not fear what the one before may have called.
  static constexpr Duration kTakenLately = minutes(10);

  struct Listener {
    // None of the namespace's DtsJobs has ever been looked at by an operator.
    std::function<bool(const std::string& kube_namespace)> is_untouched;
    // This installation manages the namespace from now on. `taken_over`: another one, or an earlier
    // life of this one that nobody remembers, may have called DTS up to now.
    std::function<void(const std::string& kube_namespace, bool taken_over, Now)> on_held;
    // It does so no more, or there is news about why it can't, see ProblemOf.
    std::function<void(const std::string& kube_namespace)> on_not_held;
    // What `who` has asked for by Check is answered.
    std::function<void(const ObjectKey& who)> on_checked;
  };
  // `installation` names this one to people and tells it from others: the namespace and name of its
  // leader's Lease.
  NamespaceLeases(std::string installation, Outbox& outbox, Listener listener);

  // Whether the namespace is this installation's. When nothing is known, the Lease is read, and
  // on_held may follow.
  bool Holds(const std::string& kube_namespace, Now now);
  // The same, and nothing is read.
  bool IsHeld(const std::string& kube_namespace, Now now) const;
  // Another installation manages it, as far as is known.
  bool IsElsewhere(const std::string& kube_namespace) const;
  // Calls that act on the namespace's DTS jobs may begin until then.
  MonoTime ActUntil(const std::string& kube_namespace) const;
  // Reads the Lease again, so that ActUntil moves on; on_checked follows.
  void Check(const ObjectKey& who, Now now);
  // Why this installation can't manage the namespace, for people; "" when it does, another one does
  // or nobody knows yet.
  std::string ProblemOf(const std::string& kube_namespace) const;

  // The namespace has no DtsJob any more.
  void Forget(const std::string& kube_namespace);
  void Clear();

  void Tick(Now now);
  MonoTime NextWakeup() const { return due_.empty() ? kNever : due_.begin()->first; }

  // How many namespaces are held here, elsewhere, and by nobody knows whom.
  struct Counts {
    size_t here = 0;
    size_t elsewhere = 0;
    size_t unknown = 0;
  };
  Counts Count(Now now) const;

 private:
  enum class State { kUnknown, kHeld, kElsewhere };
  struct Entry {
    uint64_t id = 0;  // tells it from one of the same name that was forgotten
    State state = State::kUnknown;
    bool busy = false;                    // a read or write is under way
    MonoTime due = kNever;                // of the next one
    MonoTime known_at = MonoTime::min();  // when the question was sent that showed it held
    MonoTime renewed_at{};                // by this process
    Json lease;                           // as last read or written; null: there is none
    LeaseExpiry expiry;
    std::set<ObjectKey> waiting;  // for the answer
    int64_t failures = 0;
    std::string problem;
    std::string told;  // the other holder that was logged
  };
  using Entries = std::map<std::string, Entry>;

  Entry& EntryOf(const std::string& kube_namespace, Now now);
  void Schedule(Entries::value_type& item, MonoTime due);
  void Read(Entries::value_type& item, Now now);
  void OnRead(Entries::value_type& item, const HttpResult& result, MonoTime sent, Now now);
  void Write(Entries::value_type& item, Now now);
  void OnWritten(Entries::value_type& item, const HttpResult& result, bool taken_over,
                 MonoTime sent, Now now);
  void Hold(Entries::value_type& item, bool taken_over, MonoTime sent, Now now);
  void LeaveAlone(Entries::value_type& item, Now now);
  void OnFailure(Entries::value_type& item, const HttpResult& result, Now now);
  bool WasTakenLately(const Json& lease, WallTime now) const;
  // Runs `answer` with the result, unless the entry was forgotten meanwhile.
  void Send(Entries::value_type& item, HttpRequest request,
            std::function<void(Entries::value_type&, const HttpResult&, Now)> answer);

  const std::string installation_;
  Outbox& outbox_;
  const Listener listener_;
  Entries entries_;
  std::set<std::pair<MonoTime, std::string>> due_;
  uint64_t next_id_ = 1;
};

}  // namespace dtsop
