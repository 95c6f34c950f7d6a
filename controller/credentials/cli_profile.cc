#include <fmt/format.h>

#include <utility>

#include "base/json.h"
#include "base/strings.h"
#include "credentials/answer.h"
#include "credentials/metadata.h"
#include "credentials/oidc.h"
#include "credentials/provider.h"
#include "credentials/sign_in.h"
#include "credentials/sts.h"

namespace dtsop {
namespace {

// Profiles that name another as their source; more is a circle.
constexpr int kSourcesMax = 4;

struct CliFile {
  std::string path;
  Json root;
};

const Json* FindProfile(const CliFile& file, const std::string& name) {
  const Json& profiles = Member(file.root, "profiles");
  if (!profiles.is_array()) return nullptr;
  for (const Json& profile : profiles) {
    if (StringOr(Member(profile, "name")) == name) return &profile;
  }
  return nullptr;
}

std::string Text(const Json& profile, const char* key) { return StringOr(Member(profile, key)); }

// Like the SDKs, this takes from the environment what the profile leaves out.
RoleRequest RoleOf(const ProviderContext& context, const Json& profile) {
  RoleRequest role;
  role.role_arn = context.Or(Text(profile, "ram_role_arn"), "ALIBABA_CLOUD_ROLE_ARN");
  role.session_name = Text(profile, "ram_session_name");
  role.policy = Text(profile, "policy");
  role.external_id = Text(profile, "external_id");
  role.sts_region = Text(profile, "sts_region");
  role.sts_vpc = BoolOr(Member(profile, "enable_vpc"), false);
  const int64_t lasting = LenientInt(Member(profile, "expired_seconds")).value_or(0);
  if (lasting != 0) role.duration_seconds = lasting;
  return role;
}

Step StaticKeys(const ProviderContext& context, const Json& profile, const std::string& token) {
  return KeysAsWritten(
      context.Or(Text(profile, "access_key_id"), "ALIBABA_CLOUD_ACCESS_KEY_ID"),
      context.Or(Text(profile, "access_key_secret"), "ALIBABA_CLOUD_ACCESS_KEY_SECRET"), token);
}

Step FromProfile(const ProviderContext& context, const CliFile& file, const std::string& name,
                 int sources, Now now) {
  const Json* found = FindProfile(file, name);
  if (found == nullptr) return Failed{"does not exist"};
  const Json& profile = *found;
  const auto assume = [context, role = RoleOf(context, profile)](const Grant& source, Now at) {
    return AssumeRole(context, role, source.credentials, at);
  };
  const std::string mode = Text(profile, "mode");
  if (mode == "AK") return StaticKeys(context, profile, "");
  if (mode == "StsToken") {
    const std::string token =
        context.Or(Text(profile, "sts_token"), "ALIBABA_CLOUD_SECURITY_TOKEN");
    return token.empty() ? Step(Failed{"has no sts_token"}) : StaticKeys(context, profile, token);
  }
  if (mode == "RamRoleArn") return AndThen(StaticKeys(context, profile, ""), assume, now);
  if (mode == "EcsRamRole") return RoleOfInstance(context, Text(profile, "ram_role_name"));
  if (mode == "OIDC") {
    return AssumeRoleWithTokenFile(
        context, RoleOf(context, profile),
        context.Or(Text(profile, "oidc_provider_arn"), "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
        context.Or(Text(profile, "oidc_token_file"), "ALIBABA_CLOUD_OIDC_TOKEN_FILE"), now);
  }
  if (mode == "ChainableRamRoleArn") {
    if (sources == kSourcesMax) return Failed{"has too many sources in a row"};
    return AndThen(FromProfile(context, file, Text(profile, "source_profile"), sources + 1, now),
                   assume, now);
  }
  if (mode == "CloudSSO") return FromCloudSso(context, profile, now);
  if (mode == "OAuth") return FromOauth(context, profile, now);
  if (mode == "External") {
    return Refused{
        "the mode External runs a program, which the operator does not: put the keys that it "
        "prints into a Secret, or use another mode"};
  }
  return Refused{fmt::format(
      "has the mode \"{}\", which the operator can't use; the modes are AK, StsToken, RamRoleArn, "
      "EcsRamRole, OIDC, ChainableRamRoleArn, CloudSSO and OAuth",
      CleanText(mode, 64))};
}

}  // namespace

Step FromCliProfile(const ProviderContext& context, Now now) {
  if (context.Switch("ALIBABA_CLOUD_CLI_PROFILE_DISABLED")) {
    return Skipped{"switched off by ALIBABA_CLOUD_CLI_PROFILE_DISABLED"};
  }
  CliFile file{context.Env("ALIBABA_CLOUD_CONFIG_FILE"), {}};
  const bool named = !file.path.empty();
  if (!named) {
    const std::string home = context.Env("HOME");
    if (home.empty()) return Skipped{"HOME is not set"};
    file.path = home + "/.aliyun/config.json";
  }
  const auto text = context.read_file(file.path);
  if (!text) return Failed{text.error().message};
  if (!*text) {
    std::string why = file.path + " does not exist";
    return named ? Step(Failed{std::move(why)}) : Step(Skipped{std::move(why)});
  }
  auto root = ParseJson(**text);
  if (!root) return Failed{fmt::format("{}: {}", file.path, root.error().message)};
  file.root = std::move(*root);
  std::string name = context.Env("ALIBABA_CLOUD_PROFILE");
  if (name.empty()) name = StringOr(Member(file.root, "current"));
  if (name.empty()) return Failed{file.path + " names no current profile"};
  return Named(FromProfile(context, file, name, 0, now),
               fmt::format("{}, profile \"{}\": ", file.path, CleanText(name, 64)));
}

}  // namespace dtsop
