// What the seed of a random run decides about its world.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "tests/simulation/sim_world.h"

namespace dtsop::sim {

// Makes a DTS that acts late, shows late, and refuses with codes that nobody knows.
void MakeLate(uint64_t seed, WorldOptions* options);

// Draws which families of faults there are, how often each strikes, and how DTS behaves where
// nobody knows how it does.
WorldOptions DrawWorld(uint64_t seed, bool trace, Random& random);

// A clock that is minutes off and runs up to a fifth too fast or too slow.
MachineClock::Error DrawClock(Random& random);

}  // namespace dtsop::sim
