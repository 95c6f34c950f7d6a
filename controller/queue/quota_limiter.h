// Spends a quota that others enforce: as fast as it allows, no faster, and fairly.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/dtsjob.h"
#include "base/time.h"

namespace dtsop {

// At most `per_second` calls in any second; after a refusal fewer, and gradually more again. Who
// finds the quota spent stands in line, where namespaces take turns. One per quota.
class QuotaLimiter {
 public:
  // At most `burst` calls go out back to back; the rest are spread over the second, so that answers
  // come in between. Both must be positive.
  QuotaLimiter(int per_second, int burst);

  // True: one call may be made now; it is counted. False: `who` stands in line, as it does in any
  // case when `held` says that something other than the quota forbids calls.
  bool Take(const ObjectKey& who, MonoTime now, bool held = false);
  // The next in line, if a call may be made now. The call is counted, and the next Take of this
  // key, until the grant lapses, is true.
  std::optional<ObjectKey> Grant(MonoTime now);
  // Takes back the Grant that was given last: its holder has no use for it.
  void Return(const ObjectKey& who);
  // When Grant may give one; kNever: nobody stands in line.
  MonoTime NextGrant() const;
  void Leave(const ObjectKey& who);

  // The server has refused a call that was made at `sent`: no further one for `wait`, or a moment
  // that grows with each refusal when `wait` is 0, and then at a lower rate.
  void OnThrottled(Duration wait, MonoTime sent, MonoTime now);
  // The server has answered a call.
  void OnServed() { refusals_ = 0; }

  bool idle() const { return waiting_.empty() && granted_.empty(); }

 private:
  MonoTime NextCall() const;
  double RateAt(MonoTime now) const;
  void Count(MonoTime now);

  const int per_second_;
  const int burst_;
  std::vector<MonoTime> last_;  // the last calls; a ring that begins, with the oldest, at next_
  size_t next_ = 0;
  MonoTime latest_ = MonoTime::min();

  // The pace after a refusal; without one only `last_` limits.
  std::optional<double> rate_;
  MonoTime rate_set_at_{};
  MonoTime blocked_until_{};
  int refusals_ = 0;              // since the last answer
  std::deque<MonoTime> refused_;  // in the last second, as of the last refusal

  std::map<std::string, std::deque<ObjectKey>> line_;  // by namespace; none is empty
  std::deque<std::string> turns_;                      // the namespaces in line_
  std::set<ObjectKey> waiting_;                        // everybody in line_
  std::map<ObjectKey, MonoTime> granted_;              // until when
};

}  // namespace dtsop
