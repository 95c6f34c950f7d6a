// For what cannot fail on a healthy machine.
#pragma once

#include <cstdlib>

namespace dtsop {

// Ends the test program unless `ok`.
inline void Require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace dtsop
