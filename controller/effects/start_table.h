// The starts in flight, at most one for each leg of a DTS job, whichever DtsJob asked for it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "decide/decide.h"
#include "lease/start_entry.h"

namespace dtsop {

// One direction of one DTS job: what StartDtsJob acts on.
struct Leg {
  std::string region;
  std::string dts_job_id;
  std::string direction;
  friend auto operator<=>(const Leg&, const Leg&) = default;
};

struct StartState {
  StartEntry entry;
  PendingStart pending;
  std::optional<StartResult> result;  // definite, and not yet known to be in the status
};

inline Leg LegOf(const StartEntry& entry) {
  return {entry.region, entry.dts_job_id, entry.direction};
}

using StartTable = std::map<Leg, StartState>;

}  // namespace dtsop
