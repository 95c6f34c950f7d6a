#include "tests/simulation/swarm_pods.h"

#include <fmt/format.h>

namespace dtsop::sim {

void RestartTheDead(SimWorld& world, const std::vector<std::string>& pods, bool same_identity) {
  for (const std::string& pod : pods) {
    const SimProcess* last = nullptr;
    for (const auto& process : world.processes()) {
      if (process->identity().starts_with(pod)) last = process.get();
    }
    if (last->alive()) continue;
    SimProcess& next =
        same_identity ? world.Restart(*last)
                      : world.AddOperator(fmt::format("{}-{}", pod, world.processes().size()),
                                          last->options().clock, last->options().core.lease_name);
    next.Start();
  }
}

}  // namespace dtsop::sim
