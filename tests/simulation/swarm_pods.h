// The pods of a random run, and what the cluster does when one ends.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/sim_world.h"

namespace dtsop::sim {

// Puts a new process into the place of each dead one of `pods`, whose identities begin so: its
// container was restarted (`same_identity`), or another pod took its place.
void RestartTheDead(SimWorld& world, const std::vector<std::string>& pods, bool same_identity);

}  // namespace dtsop::sim
