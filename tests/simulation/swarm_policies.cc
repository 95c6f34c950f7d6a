#include "tests/simulation/swarm_policies.h"

namespace dtsop::sim {

void SwarmPolicies::Disturb(SimWorld& world, const std::string& name) {
  if (!on_ || !random_.Percent(20) || world.DtsJob(name).is_null()) return;
  const char* const desired = random_.Percent(60) ? "Unmanaged" : "Running";
  world.PatchDtsJob(name, {{"spec", {{"desiredState", desired}}}});
}

}  // namespace dtsop::sim
