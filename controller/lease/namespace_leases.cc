#include "lease/namespace_leases.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/milestone.h"
#include "base/strings.h"
#include "kube/requests.h"
#include "kube/status_error.h"

namespace dtsop {
namespace {

constexpr Duration kRetryAfter = seconds(5);
constexpr Duration kRequestTimeout = seconds(5);
constexpr size_t kHolderBytesMax = 512;

}  // namespace

NamespaceLeases::NamespaceLeases(std::string installation, Outbox& outbox, Listener listener)
    : installation_(std::move(installation)), outbox_(outbox), listener_(std::move(listener)) {}

bool NamespaceLeases::Holds(const std::string& kube_namespace, Now now) {
  EntryOf(kube_namespace, now);
  return IsHeld(kube_namespace, now);
}

bool NamespaceLeases::IsHeld(const std::string& kube_namespace, Now now) const {
  const auto at = entries_.find(kube_namespace);
  return at != entries_.end() && at->second.state == State::kHeld &&
         now.mono - at->second.known_at < kHoldFor;
}

bool NamespaceLeases::IsElsewhere(const std::string& kube_namespace) const {
  const auto at = entries_.find(kube_namespace);
  return at != entries_.end() && at->second.state == State::kElsewhere;
}

MonoTime NamespaceLeases::ActUntil(const std::string& kube_namespace) const {
  const auto at = entries_.find(kube_namespace);
  const bool held = at != entries_.end() && at->second.state == State::kHeld;
  return held ? at->second.known_at + kActWithin : MonoTime::min();
}

void NamespaceLeases::Check(const ObjectKey& who, Now now) {
  Entry& entry = EntryOf(who.namespace_name, now);
  entry.waiting.insert(who);
  // After a failure it is tried again in its time.
  if (!entry.busy && entry.failures == 0) Read(*entries_.find(who.namespace_name), now);
}

std::string NamespaceLeases::ProblemOf(const std::string& kube_namespace) const {
  const auto at = entries_.find(kube_namespace);
  return at == entries_.end() ? "" : at->second.problem;
}

void NamespaceLeases::Forget(const std::string& kube_namespace) {
  const auto at = entries_.find(kube_namespace);
  if (at == entries_.end()) return;
  Schedule(*at, kNever);
  entries_.erase(at);
}

void NamespaceLeases::Clear() {
  entries_.clear();
  due_.clear();
}

void NamespaceLeases::Tick(Now now) {
  while (!due_.empty() && due_.begin()->first <= now.mono) {
    auto& item = *entries_.find(due_.begin()->second);
    if (item.second.state == State::kHeld) {
      Write(item, now);
    } else {
      Read(item, now);
    }
  }
}

NamespaceLeases::Counts NamespaceLeases::Count(Now now) const {
  Counts counts;
  for (const auto& [name, entry] : entries_) {
    if (entry.state == State::kElsewhere) {
      ++counts.elsewhere;
    } else {
      ++(IsHeld(name, now) ? counts.here : counts.unknown);
    }
  }
  return counts;
}

NamespaceLeases::Entry& NamespaceLeases::EntryOf(const std::string& kube_namespace, Now now) {
  const auto [at, is_new] = entries_.try_emplace(kube_namespace);
  if (is_new) {
    at->second.id = next_id_++;
    Read(*at, now);
  }
  return at->second;
}

void NamespaceLeases::Schedule(Entries::value_type& item, MonoTime due) {
  auto& [name, entry] = item;
  if (entry.due != kNever) due_.erase({entry.due, name});
  entry.due = due;
  if (due != kNever) due_.emplace(due, name);
}

void NamespaceLeases::Send(
    Entries::value_type& item, HttpRequest request,
    std::function<void(Entries::value_type&, const HttpResult&, Now)> answer) {
  Schedule(item, kNever);
  item.second.busy = true;
  request.total_timeout = kRequestTimeout;
  outbox_.Send(Remote::kKubernetes, std::move(request),
               [this, name = item.first, id = item.second.id, answer = std::move(answer)](
                   const HttpResult& result, Now now) {
                 const auto at = entries_.find(name);
                 if (at == entries_.end() || at->second.id != id) return;
                 at->second.busy = false;
                 answer(*at, result, now);
               });
}

void NamespaceLeases::Read(Entries::value_type& item, Now now) {
  Send(item, GetLease(item.first, kNamespaceLease),
       [this, sent = now.mono](Entries::value_type& read, const HttpResult& result, Now then) {
         OnRead(read, result, sent, then);
       });
}

void NamespaceLeases::OnRead(Entries::value_type& item, const HttpResult& result, MonoTime sent,
                             Now now) {
  Entry& entry = item.second;
  const auto error = KubeErrorOf(result, now.wall);
  Json lease = error ? Json() : LeaseIn(result);
  if (error ? !IsNotFound(*error) : lease.is_null()) return OnFailure(item, result, now);
  entry.failures = 0;
  entry.lease = std::move(lease);
  const std::string holder = HolderOf(entry.lease);
  if (holder == installation_) {
    // What is held is known to be so since it was taken.
    const bool is_news = entry.state != State::kHeld;
    return Hold(item, is_news && WasTakenLately(entry.lease, now.wall), sent, now);
  }
  if (holder.empty() || now.mono >= entry.expiry.At(entry.lease, now.mono)) return Write(item, now);
  LeaveAlone(item, now);
}

// Somebody may have called DTS shortly before the Lease was taken, and the process that took it may
// have ended before it could wait for the effect.
bool NamespaceLeases::WasTakenLately(const Json& lease, WallTime now) const {
  const auto taken = ParseRfc3339(LeaseAnnotation(lease, kTakenOverAnnotation));
  return taken && now - *taken <= kTakenLately;
}

void NamespaceLeases::Write(Entries::value_type& item, Now now) {
  auto& [name, entry] = item;
  const bool is_new = entry.lease.is_null();
  const bool renewal = HolderOf(entry.lease) == installation_;
  const bool taken_over = !renewal && !(is_new && listener_.is_untouched(name));
  Json lease = entry.lease;
  HoldLease(name, kNamespaceLease, installation_, kFreeAfter, now.wall, &lease);
  Json& annotations = lease["metadata"]["annotations"];
  if (taken_over) {
    annotations[std::string(kTakenOverAnnotation)] = FormatRfc3339Micro(now.wall);
  } else if (!WasTakenLately(lease, now.wall)) {
    annotations.erase(std::string(kTakenOverAnnotation));
  }
  std::string body = DumpJson(lease);
  Send(item,
       is_new ? CreateLease(name, std::move(body), kRequestTimeout)
              : PutLease(name, kNamespaceLease, std::move(body), kRequestTimeout),
       [this, taken_over, sent = now.mono](Entries::value_type& written, const HttpResult& result,
                                           Now then) {
         OnWritten(written, result, taken_over, sent, then);
       });
}

void NamespaceLeases::OnWritten(Entries::value_type& item, const HttpResult& result,
                                bool taken_over, MonoTime sent, Now now) {
  const auto error = KubeErrorOf(result, now.wall);
  // Somebody else was faster. That a Lease can't be made where there is none has another cause.
  const bool is_new = item.second.lease.is_null();
  if (error && (is_new ? IsAlreadyExists(*error) : IsConflict(*error) || IsNotFound(*error)))
    return Read(item, now);
  Json lease = error ? Json() : LeaseIn(result);
  if (lease.is_null()) return OnFailure(item, result, now);
  item.second.failures = 0;
  item.second.lease = std::move(lease);
  item.second.renewed_at = now.mono;
  Hold(item, taken_over, sent, now);
}

void NamespaceLeases::Hold(Entries::value_type& item, bool taken_over, MonoTime sent, Now now) {
  auto& [name, entry] = item;
  const bool began = taken_over || !IsHeld(name, now);
  entry.state = State::kHeld;
  entry.known_at = std::max(entry.known_at, sent);
  entry.expiry.Reset();
  entry.problem.clear();
  // A new leader renews what it finds held bit by bit.
  const Duration spread =
      milliseconds(std::hash<std::string>{}(name) % (kRenewEvery / milliseconds(1)));
  Schedule(item,
           std::max(entry.renewed_at + kRenewEvery, now.mono + (began ? spread : kRetryAfter)));
  if (began) listener_.on_held(name, taken_over, now);
  for (const ObjectKey& who : std::exchange(entry.waiting, {})) listener_.on_checked(who);
}

void NamespaceLeases::LeaveAlone(Entries::value_type& item, Now now) {
  auto& [name, entry] = item;
  const std::string holder = CleanText(HolderOf(entry.lease), kHolderBytesMax);
  if (std::exchange(entry.told, holder) != holder) {
    outbox_.Log(LogLevel::kWarn,
                "another installation manages the DtsJobs of a namespace; this one takes over five "
                "minutes after that one has ended, or when the Lease is deleted",
                {{"namespace", name}, {"holder", holder}, {"lease", std::string(kNamespaceLease)}});
  }
  entry.problem.clear();
  entry.waiting.clear();
  const bool was_held = std::exchange(entry.state, State::kElsewhere) == State::kHeld;
  Schedule(item, std::min(now.mono + kLookEvery, entry.expiry.At(entry.lease, now.mono)));
  if (was_held) listener_.on_not_held(name);
}

// What was known stays so, for as long as it holds without a renewal. Whether a write took effect
// is found out by reading.
void NamespaceLeases::OnFailure(Entries::value_type& item, const HttpResult& result, Now now) {
  auto& [name, entry] = item;
  if (IsMilestone(++entry.failures)) {
    outbox_.Log(LogLevel::kWarn, "cannot access the Lease of a namespace, trying again",
                {{"namespace", name},
                 {"lease", std::string(kNamespaceLease)},
                 {"failures", std::to_string(entry.failures)},
                 {"error", DescribeFailure(result)}});
  }
  Schedule(item, now.mono + kRetryAfter);
  const bool lost = entry.state == State::kHeld && !IsHeld(name, now);
  if (lost) entry.state = State::kUnknown;
  std::string problem;
  if (const auto error = KubeErrorOf(result, now.wall); error && IsForbidden(*error)) {
    problem = fmt::format(
        "The DtsJobs of namespace {} are left alone until the operator may get, create and update "
        "the Lease {} there, by which installations tell which of them manages it: {}",
        name, kNamespaceLease, DescribeFailure(result));
  }
  const bool news = entry.problem.empty() && !problem.empty() && entry.state == State::kUnknown;
  entry.problem = std::move(problem);
  if (lost || news) listener_.on_not_held(name);
}

}  // namespace dtsop
