// STS, which turns an identity into temporary credentials of a RAM role.
#pragma once

#include <cstdint>
#include <string>

#include "base/secret.h"
#include "credentials/provider.h"

namespace dtsop {

struct RoleRequest {
  std::string role_arn;
  std::string session_name;         // "": ALIBABA_CLOUD_ROLE_SESSION_NAME, else dts-operator
  int64_t duration_seconds = 3600;  // STS takes 900 and more
  std::string policy;               // narrows the role's rights; may be empty
  std::string external_id;          // of AssumeRole only; may be empty
  std::string sts_region;           // "": ALIBABA_CLOUD_STS_REGION
  bool sts_vpc = false;             // or ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED
};

// The origin of STS: ALIBABA_CLOUD_STS_ENDPOINT (a host, or a URL without a path), else
// sts[-vpc].<region>.aliyuncs.com, else, without a region, sts.aliyuncs.com. Fails when one of them
// can't be used.
Result<std::string> StsOrigin(const ProviderContext& context, const RoleRequest& role);

// Signed with `source`, at the time of STS's clock as far as it is known: an answer about the time
// corrects that, and the call is made once more.
Step AssumeRole(const ProviderContext& context, const RoleRequest& role, const Credentials& source,
                Now now);

// Not signed: the OIDC token proves who asks.
Step AssumeRoleWithOidc(const ProviderContext& context, const RoleRequest& role,
                        const std::string& provider_arn, const SecretString& token, Now now);

}  // namespace dtsop
