// Profiles of the Alibaba Cloud CLI that somebody signs in to with a browser. The file holds what
// the sign-in gave: temporary keys, and an access token that is exchanged for new ones. Signing in
// again, or renewing an access token, is the CLI's: it writes the file.
#pragma once

#include "base/json.h"
#include "credentials/provider.h"

namespace dtsop {

// Mode CloudSSO, and mode OAuth. The keys in `profile` are taken while they are good for 3 minutes
// or more, then the access token. Refused when both have expired.
Step FromCloudSso(const ProviderContext& context, const Json& profile, Now now);
Step FromOauth(const ProviderContext& context, const Json& profile, Now now);

}  // namespace dtsop
