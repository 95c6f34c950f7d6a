#include <fmt/format.h>

#include <utility>

#include "base/strings.h"
#include "credentials/answer.h"
#include "credentials/ini.h"
#include "credentials/metadata.h"
#include "credentials/oidc.h"
#include "credentials/provider.h"
#include "credentials/sts.h"

namespace dtsop {
namespace {

class Section {
 public:
  Section(const IniFile& file, std::string name) : file_(file), name_(std::move(name)) {}

  std::string Text(const char* key) const { return file_.Find(name_, key).value_or(""); }
  // The first of `keys` that is not there, or is empty.
  std::string Missing(std::initializer_list<const char*> keys) const {
    for (const char* key : keys) {
      if (Text(key).empty()) return key;
    }
    return "";
  }

 private:
  const IniFile& file_;
  const std::string name_;
};

RoleRequest RoleOf(const Section& section) {
  RoleRequest role;
  role.role_arn = section.Text("role_arn");
  role.session_name = section.Text("role_session_name");
  role.policy = section.Text("policy");
  return role;
}

Step RamRole(const ProviderContext& context, const Section& section, Now now) {
  const std::string missing =
      section.Missing({"access_key_id", "access_key_secret", "role_arn", "role_session_name"});
  if (!missing.empty()) return Failed{fmt::format("has no {}", missing)};
  return AndThen(
      KeysAsWritten(section.Text("access_key_id"), section.Text("access_key_secret"), ""),
      [context, role = RoleOf(section)](const Grant& source, Now at) {
        return AssumeRole(context, role, source.credentials, at);
      },
      now);
}

Step FromSection(const ProviderContext& context, const Section& section, Now now) {
  const auto text = [&section](const char* key) { return section.Text(key); };
  const std::string type = text("type");
  if (type.empty()) return Failed{"has no type"};
  if (type == "access_key") {
    return KeysAsWritten(text("access_key_id"), text("access_key_secret"), "");
  }
  if (type == "sts") {
    const std::string token = text("security_token");
    if (Trim(token).empty()) return Failed{"has no security_token"};
    return KeysAsWritten(text("access_key_id"), text("access_key_secret"), token);
  }
  if (type == "ecs_ram_role") return RoleOfInstance(context, text("role_name"));
  if (type == "ram_role_arn") return RamRole(context, section, now);
  if (type == "oidc_role_arn") {
    return AssumeRoleWithTokenFile(context, RoleOf(section), text("oidc_provider_arn"),
                                   text("oidc_token_file_path"), now);
  }
  return Refused{fmt::format(
      "has the type \"{}\", which the operator can't use; the types are access_key, sts, "
      "ecs_ram_role, ram_role_arn and oidc_role_arn",
      CleanText(type, 64))};
}

}  // namespace

Step FromIniProfile(const ProviderContext& context, Now now) {
  std::string path = context.Env("ALIBABA_CLOUD_CREDENTIALS_FILE");
  const bool named = !path.empty();
  if (!named) {
    const std::string home = context.Env("HOME");
    if (home.empty()) return Skipped{"HOME is not set"};
    path = home + "/.alibabacloud/credentials";
  }
  const auto text = context.read_file(path);
  if (!text) return Failed{text.error().message};
  if (!*text) {
    std::string why = path + " does not exist";
    return named ? Step(Failed{std::move(why)}) : Step(Skipped{std::move(why)});
  }
  const auto file = IniFile::Parse(**text);
  if (!file) return Failed{fmt::format("{}, {}", path, file.error().message)};
  if (!file->unread().empty()) {
    return Refused{
        fmt::format("{}, {}, which the operator does not read: write it as plain KEY = VALUE", path,
                    file->unread())};
  }
  std::string profile = context.Env("ALIBABA_CLOUD_PROFILE");
  if (profile.empty()) profile = "default";
  const std::string prefix = fmt::format("{}, section \"{}\": ", path, CleanText(profile, 64));
  if (!file->HasSection(profile)) return Failed{prefix + "does not exist"};
  return Named(FromSection(context, Section(*file, profile), now), prefix);
}

}  // namespace dtsop
