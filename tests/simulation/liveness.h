// What must come true once nothing breaks any more.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/simulation/sim_world.h"

namespace dtsop::sim {

// One line for each DtsJob whose status does not tell the state of its DTS job, or whose DTS job is
// not as the DtsJob wishes without a reason that stands in the status. `meddled`: DTS jobs that
// somebody handled in the console, or that may have failed: for these a Stalled status is good.
std::vector<std::string> Unsettled(SimWorld& world, const std::set<std::string>& meddled);

// What the API server was asked to write since `revision`, without the renewals of Leases, and
// without what is about DtsJobs to which DTS does not show their jobs: these are tried again, and
// tell less and less often of it.
std::vector<std::string> WritesSince(SimWorld& world, int64_t revision);

}  // namespace dtsop::sim
