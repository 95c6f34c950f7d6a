// A RAM role for whoever holds an OIDC token, such as the ServiceAccount token that ACK projects.
#pragma once

#include <string>

#include "credentials/sts.h"

namespace dtsop {

// AssumeRoleWithOIDC with the token in `token_file`, which is read anew each time.
Step AssumeRoleWithTokenFile(const ProviderContext& context, const RoleRequest& role,
                             const std::string& provider_arn, const std::string& token_file,
                             Now now);

}  // namespace dtsop
