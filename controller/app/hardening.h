// What the process gives up at its start.
#pragma once

#include "base/result.h"

namespace dtsop {

// No core dump is written, and processes of the same user can neither trace this one nor read its
// memory or environment in /proc: they hold AccessKeys and tokens. Programs that are started by
// this one do not inherit the second. Fails with the system's reason.
Result<void> KeepMemoryPrivate();

}  // namespace dtsop
