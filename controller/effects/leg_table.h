// What was last done to each leg of a DTS job, whichever DtsJob asked for it. It outlives that
// DtsJob, and is told of every answer of DTS about the leg.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "decide/leg_effect.h"
#include "effects/start_table.h"

namespace dtsop {

class LegTable {
 public:
  // A call leaves. Returns the number by which its end is told.
  uint64_t Begin(const Leg& leg, LegEffect::Kind kind, std::string before, MonoTime now);
  // Its end: accepted, or perhaps so, and all of its effect shows from `clear_from` on.
  void OnMayHaveActed(const Leg& leg, uint64_t id, MonoTime clear_from, MonoTime now);
  // It certainly had no effect. Whatever was in transition before still is. `look_again`: what made
  // DTS refuse it may be news about the job.
  void OnRefused(const Leg& leg, uint64_t id, bool look_again, MonoTime now);
  // A call of an earlier process, or one whose end was not heard here.
  void Inherit(const Leg& leg, LegEffect::Kind kind, std::string before, MonoTime clear_from,
               MonoTime now);
  // DTS says `status`, asked at `asked`.
  void OnSeen(const Leg& leg, std::string_view status, MonoTime asked);

  // The last call, or nullptr. Valid until the next change.
  const LegEffect* Find(const Leg& leg) const;
  // What was asked earlier says nothing about the leg any more.
  MonoTime LookAfter(const Leg& leg) const;

  // Forgets what nobody can mistake any more.
  void Prune(MonoTime now);
  size_t size() const { return legs_.size(); }

 private:
  struct Record {
    uint64_t id = 0;
    std::optional<LegEffect> effect;
    std::optional<LegEffect> earlier;  // while the call is under way: what was not over before it
    MonoTime look_after = MonoTime::min();
  };
  Record* Ended(const Leg& leg, uint64_t id);

  std::map<Leg, Record> legs_;
  uint64_t next_id_ = 1;
};

}  // namespace dtsop
