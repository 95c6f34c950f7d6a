#include "tests/simulation/swarm_pods.h"

#include <fmt/format.h>

#include <set>
#include <string>

namespace dtsop::sim {

void RestartTheDead(SimWorld& world, uint64_t pods, bool same_identity) {
  std::set<std::string> alive;
  for (const auto& process : world.processes()) {
    if (process->alive()) alive.insert(process->identity());
  }
  for (uint64_t n = 0; n < pods; ++n) {
    const std::string pod = fmt::format("pod-{}", n);
    bool running = false;
    for (const std::string& identity : alive) running |= identity.starts_with(pod);
    if (running) continue;
    for (auto it = world.processes().rbegin(); it != world.processes().rend(); ++it) {
      if (!(*it)->identity().starts_with(pod)) continue;
      SimProcess& next =
          same_identity ? world.Restart(**it)
                        : world.AddOperator(fmt::format("{}-{}", pod, world.processes().size()),
                                            (*it)->options().clock);
      next.Start();
      break;
    }
  }
}

}  // namespace dtsop::sim
