// What users of a random run do with the fields that say how a job is to be treated. Its draws are
// its own, so that a seed without them gives the run that it gave before there were any.
#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"
#include "tests/simulation/sim_world.h"

namespace dtsop::sim {

class SwarmPolicies {
 public:
  // On in half of the seeds, if `wanted`.
  SwarmPolicies(uint64_t seed, bool wanted)
      : random_(seed ^ 0x9011ULL), on_(random_.Percent(50) && wanted) {}

  // One edit of the DtsJob of that name, or none.
  void Disturb(SimWorld& world, const std::string& name);

 private:
  Random random_;
  const bool on_;
};

}  // namespace dtsop::sim
