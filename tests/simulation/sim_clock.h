// Virtual time: one queue of things to happen, in the order (time, seq), so that a run is a
// function of its seed. Nothing in a simulation waits.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "base/time.h"

namespace dtsop::sim {

class SimClock {
 public:
  using Action = std::function<void()>;

  // The time of the action that runs now, or of the last one that ran.
  MonoTime now() const { return now_; }
  // The true wall time, which no machine needs to agree with.
  WallTime wall() const { return kEpoch + now_.time_since_epoch(); }

  // Runs `action` at `time`, or next when that has passed. Actions of one time run in the order of
  // these calls.
  void At(MonoTime time, Action action) {
    queue_.push(Entry{std::max(time, now_), ++seq_, std::move(action)});
  }
  void After(Duration delay, Action action) { At(now_ + delay, std::move(action)); }

  // Runs everything due up to and at `time`, then stands at `time`.
  void RunUntil(MonoTime time) {
    while (!queue_.empty() && queue_.top().time <= time) RunNext();
    now_ = std::max(now_, time);
  }
  void RunFor(Duration duration) { RunUntil(now_ + duration); }

  // Runs the next action; false when nothing is left to happen.
  bool RunNext() {
    if (queue_.empty()) return false;
    // The entry is moved out before it is popped: top() is const only to guard the order, and
    // neither time nor seq changes.
    Action action = std::move(const_cast<Entry&>(queue_.top()).action);
    now_ = queue_.top().time;
    queue_.pop();
    action();
    return true;
  }

 private:
  static constexpr WallTime kEpoch{seconds(1'800'000'000)};
  struct Entry {
    MonoTime time;
    uint64_t seq;
    Action action;
    bool operator<(const Entry& other) const {
      return std::pair(time, seq) > std::pair(other.time, other.seq);
    }
  };

  MonoTime now_{};
  uint64_t seq_ = 0;
  std::priority_queue<Entry> queue_;
};

// The clocks of one machine: started at another moment, wrong about the date and running at another
// rate than true time.
class MachineClock final : public Clock {
 public:
  struct Error {
    Duration mono_offset{};
    Duration wall_offset{};
    int64_t rate_ppm = 0;  // +500'000: one and a half times as fast
  };
  MachineClock(const SimClock& clock, Error error) : clock_(clock), error_(error) {}

  Now Read() const override {
    const Duration local = Scaled(clock_.now().time_since_epoch(), error_.rate_ppm);
    return {MonoTime(local + error_.mono_offset),
            clock_.wall() - clock_.now().time_since_epoch() + local + error_.wall_offset};
  }
  // The first true time at which this machine's monotonic clock shows `local` or later.
  MonoTime TrueTime(MonoTime local) const {
    const int64_t target = (local.time_since_epoch() - error_.mono_offset).count();
    const int64_t rate = kMillion + error_.rate_ppm;
    return MonoTime(
        Duration(target / rate * kMillion + (target % rate * kMillion + rate - 1) / rate));
  }
  void JumpWall(Duration by) { error_.wall_offset += by; }

 private:
  static constexpr int64_t kMillion = 1'000'000;
  static Duration Scaled(Duration true_time, int64_t ppm) {
    const int64_t t = true_time.count();
    return Duration(t + t / kMillion * ppm + t % kMillion * ppm / kMillion);
  }

  const SimClock& clock_;
  Error error_;
};

}  // namespace dtsop::sim
