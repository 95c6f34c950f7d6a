#include "queue/work_queue.h"

#include <algorithm>

namespace dtsop {
namespace {

constexpr Duration kBackoffBase = milliseconds(200);
constexpr Duration kBackoffCap = seconds(30);

}  // namespace

Duration BackoffDelay(int64_t failures, Duration base, Duration cap, Random& random) {
  const int64_t doublings = std::clamp<int64_t>(failures, 0, 30);
  const Duration full =
      base > cap / (int64_t{1} << doublings) ? cap : base * (int64_t{1} << doublings);
  return full -
         Duration(static_cast<int64_t>(random.Below(static_cast<uint64_t>(full.count()) / 2 + 1)));
}

void WorkQueue::Add(const ObjectKey& key) {
  if (queued_.insert(key).second) ready_.push_back(key);
}

void WorkQueue::AddAfter(const ObjectKey& key, MonoTime when) {
  const auto [at, is_new] = due_at_.try_emplace(key, when);
  if (!is_new) {
    if (at->second <= when) return;
    waiting_.erase({at->second, key});
    at->second = when;
  }
  waiting_.emplace(when, key);
}

void WorkQueue::AddRateLimited(const ObjectKey& key, MonoTime now, Random& random) {
  AddAfter(key, now + BackoffDelay(failures_[key]++, kBackoffBase, kBackoffCap, random));
}

void WorkQueue::Forget(const ObjectKey& key) { failures_.erase(key); }

void WorkQueue::CancelWait(const ObjectKey& key) {
  if (const auto at = due_at_.find(key); at != due_at_.end()) {
    waiting_.erase({at->second, key});
    due_at_.erase(at);
  }
}

void WorkQueue::Remove(const ObjectKey& key) {
  failures_.erase(key);
  CancelWait(key);
  if (queued_.erase(key) != 0) ready_.erase(std::find(ready_.begin(), ready_.end(), key));
}

std::optional<ObjectKey> WorkQueue::Get(MonoTime now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const ObjectKey key = waiting_.begin()->second;
    due_at_.erase(key);
    waiting_.erase(waiting_.begin());
    Add(key);
  }
  if (ready_.empty()) return std::nullopt;
  ObjectKey key = std::move(ready_.front());
  ready_.pop_front();
  queued_.erase(key);
  CancelWait(key);
  return key;
}

MonoTime WorkQueue::NextDue() const {
  if (!ready_.empty()) return MonoTime::min();
  return waiting_.empty() ? kNever : waiting_.begin()->first;
}

}  // namespace dtsop
