// The scripted faults and which of them strikes a call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "simulator/settings.h"

namespace dtsop::simulator {

class FaultScript {
 public:
  struct Entry {
    uint64_t id = 0;
    FaultRule rule;
    uint64_t matched = 0;
    uint64_t fired = 0;
    bool spent() const { return rule.count != 0 && fired >= rule.count; }
  };

  // Appends the rule and returns its id.
  uint64_t Add(FaultRule rule);
  // False when there is no such rule.
  bool Remove(uint64_t id);
  void Clear() { entries_.clear(); }

  // Shows the call to the rules in order and returns the one that fires, or null. Valid until the
  // next change.
  const Entry* Match(const std::string& action, const std::string& job_id, Random* random);

  // In order; spent rules stay, so that a rehearsal can see what happened.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
  uint64_t next_id_ = 1;
};

std::string_view FaultEffectName(FaultEffect effect);

}  // namespace dtsop::simulator
