// What is accepted and acts late, or shows late.
#include <algorithm>
#include <utility>

#include "simulator/job.h"

namespace dtsop::simulator {

void Job::AdvanceDirection(Direction* direction, WallTime now) {
  for (; !direction->pending.empty() && direction->pending.front().at <= now;
       direction->pending.pop_front()) {
    const Pending& due = direction->pending.front();
    AdvanceLeg(&direction->real, due.at);
    Leg before = direction->real;
    const Outcome outcome = Do(due.action, &direction->real, due.behaviour, due.at);
    if (outcome.value_or("").empty() || due.visible_after == Duration{0}) continue;
    direction->hidden.push_back({due.at + due.visible_after, std::move(before)});
  }
  AdvanceLeg(&direction->real, now);
  while (!direction->hidden.empty() && direction->hidden.front().until <= now) {
    direction->hidden.pop_front();
  }
}

Leg Job::Shown(bool reverse, WallTime now) const {
  const Direction& direction = reverse ? reverse_ : forward_;
  for (const Hidden& hidden : direction.hidden) {
    if (hidden.until <= now) continue;
    Leg leg = hidden.before;
    AdvanceLeg(&leg, now);
    return leg;
  }
  return direction.real;
}

Job::Outcome Job::Act(JobAction action, bool reverse, const Behaviour& behaviour, WallTime now,
                      Duration effect_after, Duration visible_after) {
  AdvanceTo(now);
  Direction& direction = reverse ? reverse_ : forward_;
  Leg before = direction.real;
  Leg after = before;
  Outcome outcome = Do(action, &after, behaviour, now);
  if (outcome.value_or("").empty()) return outcome;
  direction.shows_at = now + effect_after + visible_after;
  if (effect_after > Duration{0}) {
    Pending later{now + effect_after, action, behaviour, visible_after};
    const auto place =
        std::upper_bound(direction.pending.begin(), direction.pending.end(), later.at,
                         [](WallTime at, const Pending& other) { return at < other.at; });
    direction.pending.insert(place, std::move(later));
    return outcome;
  }
  direction.real = std::move(after);
  if (visible_after > Duration{0}) {
    direction.hidden.push_back({now + visible_after, std::move(before)});
  }
  return outcome;
}

Job::Outcome Job::Do(JobAction action, Leg* leg, const Behaviour& behaviour, WallTime now) const {
  switch (action) {
    case JobAction::kStart:
      return Start(leg, behaviour, now);
    case JobAction::kSuspend:
      return Suspend(leg, behaviour, now);
    case JobAction::kStop:
      return Stop(leg, behaviour, now);
  }
  return std::string();
}

}  // namespace dtsop::simulator
