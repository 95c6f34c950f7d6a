// Keeps from calling a server that does not answer: after a failure few calls at once, after some
// in a row only a probe now and then, until one is answered.
#pragma once

#include <algorithm>
#include <limits>

#include "base/time.h"

namespace dtsop {

class Breaker {
 public:
  static constexpr int kFailuresToOpen = 5;
  static constexpr Duration kProbeFirst = seconds(1);
  static constexpr Duration kProbeMax = seconds(5);

  bool open() const { return failures_ >= kFailuresToOpen; }
  // How many calls may be under way: after a failure only as many as could still open the breaker.
  int CallsAtOnce() const {
    return failures_ == 0 ? std::numeric_limits<int>::max() : kFailuresToOpen - failures_;
  }
  // When one probe may be made; kNever: none is needed, or one is under way.
  MonoTime NextProbe() const { return open() && !probing_ ? next_probe_ : kNever; }
  void BeginProbe() { probing_ = true; }

  // A call was answered, well or badly. True: the breaker was open.
  bool OnAnswered() {
    const bool was_open = open();
    failures_ = 0;
    probing_ = false;
    wait_ = kProbeFirst;
    return was_open;
  }
  // A call failed, and it is not known whether the server lives. True: the breaker opens by this.
  bool OnFailed(MonoTime now) {
    const bool was_open = open();
    // What was under way when it opened fails too, and says nothing new.
    if (was_open && !probing_) return false;
    probing_ = false;
    failures_ = std::min(failures_ + 1, kFailuresToOpen);
    if (!open()) return false;
    next_probe_ = now + wait_;
    wait_ = std::min<Duration>(wait_ * 2, kProbeMax);
    return !was_open;
  }

 private:
  int failures_ = 0;  // in a row
  bool probing_ = false;
  MonoTime next_probe_{};
  Duration wait_ = kProbeFirst;
};

}  // namespace dtsop
