// Random runs: the seed chooses how large the world is, what breaks and how often, and what users
// do meanwhile. Then everything heals, and the world must come to rest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace dtsop::sim {

struct SwarmResult {
  std::vector<std::string> failures;
  uint64_t hash = 0;
  Duration simulated{};
  size_t starts_sent = 0;
  size_t crashes = 0;
};

struct SwarmOptions {
  bool trace = false;
  // DTS acts and shows late, and meanwhile wishes change and DtsJobs come and go.
  bool late = false;
  // There is a second tenant.
  bool tenants = false;
  // Users try all fields that say how a job is to be treated.
  bool policies = false;
};

SwarmResult RunSwarm(uint64_t seed, SwarmOptions options);

}  // namespace dtsop::sim
