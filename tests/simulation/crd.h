// The DtsJob CRD of this repository, as the simulated API server wants it.
#pragma once

#include "base/json.h"

namespace dtsop::sim {

// The openAPIV3Schema of crds/dtsjobs.yaml, read once.
const Json& DtsJobSchema();

}  // namespace dtsop::sim
