// How often something that may go on for ever is told: less and less often, but never silent.
#pragma once

#include <bit>
#include <cstdint>

namespace dtsop {

// True for the 1st, 2nd, 4th, 8th, ... occurrence.
constexpr bool IsMilestone(int64_t count) {
  return count > 0 && std::has_single_bit(static_cast<uint64_t>(count));
}

}  // namespace dtsop
