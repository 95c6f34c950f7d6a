// The pods of a random run, pod-0, pod-1 and so on, and what the cluster does when one ends.
#pragma once

#include <cstdint>

#include "tests/simulation/sim_world.h"

namespace dtsop::sim {

// Puts a new process into the place of each dead one: its container was restarted
// (`same_identity`), or another pod took its place.
void RestartTheDead(SimWorld& world, uint64_t pods, bool same_identity);

}  // namespace dtsop::sim
