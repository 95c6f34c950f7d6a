#include "credentials/provider.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "base/yaml.h"
#include "credentials/answer.h"

namespace dtsop {

bool ProviderContext::Switch(const char* name) const {
  return EqualsIgnoreCase(Trim(Env(name)), "true");
}

std::vector<Provider> DefaultProviders(const std::string& credentials_file) {
  if (!credentials_file.empty()) {
    return {{"credentials file", [credentials_file](const ProviderContext& context, Now) {
               return FromCredentialsFile(context, credentials_file);
             }}};
  }
  return {{"environment", FromEnvironment},    {"OIDC", FromOidc},
          {"CLI profile", FromCliProfile},     {"ini profile", FromIniProfile},
          {"instance metadata", FromMetadata}, {"credentials URI", FromUri}};
}

Step FromEnvironment(const ProviderContext& context, Now) {
  const std::string id = context.Env("ALIBABA_CLOUD_ACCESS_KEY_ID");
  const std::string secret = context.Env("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  if (Trim(id).empty() && Trim(secret).empty()) {
    return Skipped{"ALIBABA_CLOUD_ACCESS_KEY_ID is not set"};
  }
  return Named(KeysAsWritten(id, secret, context.Env("ALIBABA_CLOUD_SECURITY_TOKEN")),
               "the environment (ALIBABA_CLOUD_ACCESS_KEY_ID, _ACCESS_KEY_SECRET, "
               "_SECURITY_TOKEN) ");
}

Step FromCredentialsFile(const ProviderContext& context, const std::string& path) {
  const auto text = context.read_file(path);
  if (!text) return Failed{text.error().message};
  if (!*text) return Failed{path + " does not exist"};
  const auto yaml = ParseYaml(**text);
  if (!yaml) return Failed{fmt::format("{} is not YAML or JSON: {}", path, yaml.error().message)};
  const auto value = [&yaml](const char* name) { return LenientString(Member(*yaml, name)); };
  auto credentials =
      CredentialsFrom(value("accessKeyId"), value("accessKeySecret"), value("securityToken"));
  if (!credentials) {
    return Failed{fmt::format("{} {}; it must hold accessKeyId and accessKeySecret", path,
                              credentials.error().message)};
  }
  return Grant{std::move(*credentials), std::nullopt};
}

}  // namespace dtsop
