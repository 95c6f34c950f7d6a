// Which DtsJobs to look at next. Keys only: what happened to an object is never queued, a pass
// always looks at everything that is known (level-triggered). Adding a queued key again does
// nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "api/dtsjob.h"
#include "base/random.h"
#include "base/time.h"

namespace dtsop {

// The delay before try number `failures` + 1: doubles from `base`, at most `cap`, minus up to half
// of it at random so that many objects that failed together do not return together.
Duration BackoffDelay(int64_t failures, Duration base, Duration cap, Random& random);

class WorkQueue {
 public:
  // Adds at the end; at once.
  void Add(const ObjectKey& key);
  // Adds `key` at `when`, or at the earlier time that an AddAfter since its last Get named.
  void AddAfter(const ObjectKey& key, MonoTime when);
  // Adds `key` after a delay that grows with each call until Forget.
  void AddRateLimited(const ObjectKey& key, MonoTime now, Random& random);
  // Ends the backoff of `key`.
  void Forget(const ObjectKey& key);
  // Removes `key` and all that is kept about it.
  void Remove(const ObjectKey& key);

  // Takes the first key that is due; none: nothing is due.
  std::optional<ObjectKey> Get(MonoTime now);

  // The earliest time at which Get will give a key; kNever when there is none.
  MonoTime NextDue() const;
  size_t depth() const { return queued_.size(); }

 private:
  void CancelWait(const ObjectKey& key);

  std::deque<ObjectKey> ready_;
  std::set<ObjectKey> queued_;  // what is in ready_
  std::map<ObjectKey, MonoTime> due_at_;
  std::set<std::pair<MonoTime, ObjectKey>> waiting_;  // due_at_, by time
  std::map<ObjectKey, int64_t> failures_;
};

}  // namespace dtsop
