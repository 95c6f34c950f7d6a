// The metadata service that an ECS instance reaches at a link-local address.
#pragma once

#include <string>

#include "credentials/provider.h"

namespace dtsop {

inline constexpr char kMetadataOrigin[] = "http://100.100.100.200";

// Credentials of the RAM role `role` of the instance, "" the one that it has: with a session token
// (v2), or, unless ALIBABA_CLOUD_IMDSV1_DISABLED is set, without (v1) where that is refused.
Step RoleOfInstance(const ProviderContext& context, const std::string& role);

}  // namespace dtsop
