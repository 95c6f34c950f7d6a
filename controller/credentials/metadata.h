// The metadata service that an ECS instance reaches at a link-local address.
#pragma once

#include <string>

#include "credentials/provider.h"

namespace dtsop {

inline constexpr char kMetadataOrigin[] = "http://100.100.100.200";

// Credentials of the RAM role `name` of the instance, else of ALIBABA_CLOUD_ECS_METADATA, else of
// the one that it has: with a session token (v2), or, unless ALIBABA_CLOUD_IMDSV1_DISABLED is set,
// without (v1) where that is refused. Fails with ALIBABA_CLOUD_ECS_METADATA_DISABLED.
Step RoleOfInstance(const ProviderContext& context, const std::string& name);

}  // namespace dtsop
