// The series that /metrics shows from the start.
#pragma once

#include "observe/metrics.h"

namespace dtsop {

// Declares every series of the core, so that none appears only with its first event.
void DeclareMetrics(Metrics& metrics);

}  // namespace dtsop
