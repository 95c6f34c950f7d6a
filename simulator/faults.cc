#include "simulator/faults.h"

#include <algorithm>
#include <utility>

namespace dtsop::simulator {

uint64_t FaultScript::Add(FaultRule rule) {
  entries_.push_back({next_id_, std::move(rule), 0, 0});
  return next_id_++;
}

bool FaultScript::Remove(uint64_t id) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.id == id; }) != 0;
}

const FaultScript::Entry* FaultScript::Match(const std::string& action, const std::string& job_id,
                                             Random* random) {
  for (Entry& entry : entries_) {
    const FaultRule& rule = entry.rule;
    if (entry.spent() || (!rule.action.empty() && rule.action != action) ||
        (!rule.job_id.empty() && rule.job_id != job_id)) {
      continue;
    }
    if (++entry.matched <= rule.after) continue;
    if (rule.percent < 100 && !random->Percent(rule.percent)) continue;
    ++entry.fired;
    return &entry;
  }
  return nullptr;
}

std::string_view FaultEffectName(FaultEffect effect) {
  switch (effect) {
    case FaultEffect::kNone:
      return "latency";
    case FaultEffect::kError:
      return "error";
    case FaultEffect::kErrorAfter:
      return "errorAfter";
    case FaultEffect::kLostReply:
      return "lostReply";
    case FaultEffect::kResetBefore:
      return "resetBefore";
    case FaultEffect::kResetAfter:
      return "resetAfter";
    case FaultEffect::kTruncate:
      return "truncate";
    case FaultEffect::kGarbage:
      return "garbage";
    case FaultEffect::kInterim:
      return "interim";
    case FaultEffect::kGzip:
      return "gzip";
  }
  return "";
}

}  // namespace dtsop::simulator
