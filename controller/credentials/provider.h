// The providers of the operator's own credentials, in the order in which they are asked.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/environment.h"
#include "base/random.h"
#include "credentials/step.h"
#include "dts/server_clock.h"

namespace dtsop {

// What a provider sees of the world. Steps keep copies, so what it refers to must outlive them.
struct ProviderContext {
  const EnvLookup& env;
  const FileReader& read_file;
  Random& random;                      // for nonces
  const std::string& metadata_origin;  // of the instance metadata service
  ServerClock& sts_clock;              // of STS, whose answers correct it

  // The environment variable; "" when it is not set.
  std::string Env(const char* name) const { return env(name).value_or(""); }
  // `text`, or the environment variable where that is empty.
  std::string Or(std::string text, const char* name) const {
    return text.empty() ? Env(name) : std::move(text);
  }
  // True for "true", in any case.
  bool Switch(const char* name) const;
};

struct Provider {
  std::string_view name;  // a constant, for messages
  std::function<Step(const ProviderContext&, Now)> begin;
};

// The chain of the official SDKs: environment, OIDC, CLI profile, ini profile, instance metadata,
// credentials URI. With a `credentials_file` it is the only provider: whoever names a file does not
// mean another identity when it is missing.
std::vector<Provider> DefaultProviders(const std::string& credentials_file);

// ALIBABA_CLOUD_ACCESS_KEY_ID, _ACCESS_KEY_SECRET and _SECURITY_TOKEN.
Step FromEnvironment(const ProviderContext& context, Now now);
// YAML or JSON with accessKeyId, accessKeySecret and, optionally, securityToken.
Step FromCredentialsFile(const ProviderContext& context, const std::string& path);
// AssumeRoleWithOIDC with ALIBABA_CLOUD_ROLE_ARN, _OIDC_PROVIDER_ARN and the token in
// _OIDC_TOKEN_FILE: RRSA in ACK.
Step FromOidc(const ProviderContext& context, Now now);
// The current profile, or that of ALIBABA_CLOUD_PROFILE, of the Alibaba Cloud CLI.
Step FromCliProfile(const ProviderContext& context, Now now);
// The section "default", or that of ALIBABA_CLOUD_PROFILE, of ~/.alibabacloud/credentials or
// ALIBABA_CLOUD_CREDENTIALS_FILE.
Step FromIniProfile(const ProviderContext& context, Now now);
// The RAM role of the ECS instance, unless ALIBABA_CLOUD_ECS_METADATA_DISABLED is set.
Step FromMetadata(const ProviderContext& context, Now now);
// A GET of ALIBABA_CLOUD_CREDENTIALS_URI.
Step FromUri(const ProviderContext& context, Now now);

}  // namespace dtsop
