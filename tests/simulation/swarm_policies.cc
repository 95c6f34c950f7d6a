#include "tests/simulation/swarm_policies.h"

#include "api/dtsjob.h"

namespace dtsop::sim {

void SwarmPolicies::Disturb(SimWorld& world, const std::string& name) {
  if (!on_ || !random_.Percent(20) || world.DtsJob(name).is_null()) return;
  const std::string token = std::to_string(random_.Below(1'000));
  switch (random_.Below(5)) {
    case 0:
      return world.PatchDtsJob(name, {{"spec", {{"restartToken", token}}}});
    case 1:
      return world.PatchDtsJob(
          name, {{"metadata", {{"annotations", {{std::string(kRestartAnnotation), token}}}}}});
    case 2:
      return world.PatchDtsJob(name, {{"spec", {{"desiredState", "Running"}}}});
    default:
      return world.PatchDtsJob(name, {{"spec", {{"desiredState", "Unmanaged"}}}});
  }
}

}  // namespace dtsop::sim
