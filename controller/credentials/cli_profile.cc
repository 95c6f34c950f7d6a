#include <fmt/format.h>

#include <utility>

#include "base/json.h"
#include "base/strings.h"
#include "credentials/answer.h"
#include "credentials/metadata.h"
#include "credentials/oidc.h"
#include "credentials/provider.h"
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

RoleRequest RoleOf(const Json& profile) {
  const auto text = [&profile](const char* name) { return StringOr(Member(profile, name)); };
  RoleRequest role;
  role.role_arn = text("ram_role_arn");
  role.session_name = text("ram_session_name");
  role.policy = text("policy");
  role.external_id = text("external_id");
  role.sts_region = text("sts_region");
  role.sts_vpc = BoolOr(Member(profile, "enable_vpc"), false);
  const int64_t lasting = LenientInt(Member(profile, "expired_seconds")).value_or(0);
  if (lasting != 0) role.duration_seconds = lasting;
  return role;
}

Step StaticKeys(const Json& profile, const std::string& token) {
  auto credentials = CredentialsFrom(StringOr(Member(profile, "access_key_id")),
                                     StringOr(Member(profile, "access_key_secret")), token);
  if (!credentials) return Failed{credentials.error().message};
  return Grant{std::move(*credentials), std::nullopt};
}

Step FromProfile(const ProviderContext& context, const CliFile& file, const std::string& name,
                 int sources, Now now) {
  const Json* profile = FindProfile(file, name);
  if (profile == nullptr) return Failed{"does not exist"};
  const auto text = [profile](const char* key) { return StringOr(Member(*profile, key)); };
  const auto assume = [context, role = RoleOf(*profile)](const Grant& source, Now at) {
    return AssumeRole(context, role, source.credentials, at);
  };
  const std::string mode = text("mode");
  if (mode == "AK") return StaticKeys(*profile, "");
  if (mode == "StsToken") return StaticKeys(*profile, text("sts_token"));
  if (mode == "RamRoleArn") return AndThen(StaticKeys(*profile, text("sts_token")), assume, now);
  if (mode == "EcsRamRole") return RoleOfInstance(context, text("ram_role_name"));
  if (mode == "OIDC") {
    return AssumeRoleWithTokenFile(context, RoleOf(*profile), text("oidc_provider_arn"),
                                   text("oidc_token_file"), now);
  }
  if (mode == "ChainableRamRoleArn") {
    if (sources == kSourcesMax) return Failed{"has too many sources in a row"};
    return AndThen(FromProfile(context, file, text("source_profile"), sources + 1, now), assume,
                   now);
  }
  return Failed{
      fmt::format("has the mode \"{}\", which the operator can't use", CleanText(mode, 64))};
}

// `step` with the profile's name before what it says when it fails.
Step Named(Step step, const std::string& prefix) {
  if (auto* failed = std::get_if<Failed>(&step)) return Failed{prefix + failed->why};
  auto* ask = std::get_if<Ask>(&step);
  if (ask == nullptr) return step;
  return Ask{std::move(ask->request),
             [then = std::move(ask->then), prefix](const HttpResult& result, Now now) {
               return Named(then(result, now), prefix);
             }};
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
  if (name.empty()) name = StringOr(Member(file.root, "current"), "default");
  return Named(FromProfile(context, file, name, 0, now),
               fmt::format("{}, profile \"{}\": ", file.path, CleanText(name, 64)));
}

}  // namespace dtsop
