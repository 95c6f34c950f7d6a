#include "credentials/oidc.h"

#include <fmt/format.h>

#include <utility>

#include "base/strings.h"

namespace dtsop {

Step AssumeRoleWithTokenFile(const ProviderContext& context, const RoleRequest& role,
                             const std::string& provider_arn, const std::string& token_file,
                             Now now) {
  if (provider_arn.empty()) return Failed{"the ARN of the OIDC provider is missing"};
  if (token_file.empty()) return Failed{"the name of the OIDC token file is missing"};
  const auto text = context.read_file(token_file);
  if (!text) return Failed{text.error().message};
  if (!*text) return Failed{fmt::format("the token file {} does not exist", token_file)};
  const std::string_view token = Trim(**text);
  if (!CanBeAccessKey(token)) {
    return Failed{
        fmt::format("the token file {} holds no OIDC token of at most 64 KiB", token_file)};
  }
  return AssumeRoleWithOidc(context, role, provider_arn, SecretString(std::string(token)), now);
}

Step FromOidc(const ProviderContext& context, Now now) {
  RoleRequest role;
  role.role_arn = context.Env("ALIBABA_CLOUD_ROLE_ARN");
  const std::string provider_arn = context.Env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
  const std::string token_file = context.Env("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
  for (const auto& [name, value] :
       {std::pair{"ALIBABA_CLOUD_ROLE_ARN", &std::as_const(role.role_arn)},
        std::pair{"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", &provider_arn},
        std::pair{"ALIBABA_CLOUD_OIDC_TOKEN_FILE", &token_file}}) {
    if (value->empty()) return Skipped{fmt::format("{} is not set", name)};
  }
  return AssumeRoleWithTokenFile(context, role, provider_arn, token_file, now);
}

}  // namespace dtsop
