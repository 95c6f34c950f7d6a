// What to do about a Secret that the operator may not read.
#pragma once

#include <string>

#include "api/dtsjob.h"
#include "kube/status_error.h"

namespace dtsop {

// Sentences for people, with the two kubectl commands that let the operator read this Secret and no
// other. `refusal` is the API server's, which names the operator's account.
std::string DescribeMissingAccess(const ObjectKey& secret, const KubeError& refusal);

}  // namespace dtsop
