#include "credentials/metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "credentials/answer.h"

namespace dtsop {
namespace {

constexpr std::string_view kServer = "the metadata service";
constexpr char kTokenPath[] = "/latest/api/token";
constexpr char kRolesPath[] = "/latest/meta-data/ram/security-credentials/";
constexpr char kTokenSeconds[] = "21600";
// The service is on the same machine; anywhere else nobody answers.
constexpr Duration kPatience = seconds(1);
constexpr size_t kRoleBytesMax = 64;

// One conversation with the service.
struct Metadata {
  std::string origin;
  bool v1_allowed = true;
  std::string token;  // "": none, v1
};

bool IsRoleName(std::string_view text) {
  return !text.empty() && text.size() <= kRoleBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

// GET `path`; what v2 refuses is asked again by v1, if that is allowed. `read` gets an answer with
// status 200.
Ask Get(Metadata from, const std::string& path,
        std::function<Step(const Metadata&, const HttpResult&, Now)> read) {
  HttpRequest request = CredentialsRequest("GET", from.origin, path, kPatience, kPatience);
  if (!from.token.empty()) {
    request.headers.emplace_back("X-aliyun-ecs-metadata-token", from.token);
  }
  return {std::move(request),
          [from = std::move(from), path, read = std::move(read)](const HttpResult& result,
                                                                 Now now) mutable -> Step {
            const bool refused = result.error == HttpError::kNone && result.status != 200;
            if (refused && from.v1_allowed && !from.token.empty()) {
              from.token.clear();
              return Get(from, path, read);
            }
            if (auto failed = NoAnswer(kServer, result)) return *failed;
            if (refused) {
              return Failed{fmt::format(
                  "{} answered HTTP {} to {}{}", kServer, result.status, path,
                  result.status == 404 ? "; has the instance a RAM role of this name?" : "")};
            }
            return read(from, result, now);
          }};
}

Step ReadCredentials(const HttpResult& result, Now now) {
  const auto body = ParseJson(result.body);
  if (!body) return Failed{fmt::format("the answer of {} is {}", kServer, body.error().message)};
  const std::string code = StringOr(Member(*body, "Code"));
  if (code != "Success") {
    return Failed{fmt::format("{} says \"{}\" instead of Success", kServer, CleanText(code, 64))};
  }
  return TemporaryCredentials(kServer, *body, result, now);
}

Step AskForRole(const Metadata& from, const std::string& role) {
  if (!IsRoleName(role)) return Failed{fmt::format("{} names no RAM role", kServer)};
  return Get(from, kRolesPath + role, [](const Metadata&, const HttpResult& result, Now now) {
    return ReadCredentials(result, now);
  });
}

Step AskForCredentials(const Metadata& from, const std::string& role) {
  if (!role.empty()) return AskForRole(from, role);
  return Get(from, kRolesPath, [](const Metadata& same, const HttpResult& result, Now) {
    return AskForRole(same, std::string(Trim(result.body)));
  });
}

}  // namespace

Step RoleOfInstance(const ProviderContext& context, const std::string& name) {
  if (context.Switch("ALIBABA_CLOUD_ECS_METADATA_DISABLED")) {
    return Failed{"the metadata service is switched off by ALIBABA_CLOUD_ECS_METADATA_DISABLED"};
  }
  const std::string role(Trim(context.Or(name, "ALIBABA_CLOUD_ECS_METADATA")));
  if (!role.empty() && !IsRoleName(role)) return Failed{"the RAM role's name is malformed"};
  Metadata from{context.metadata_origin, !context.Switch("ALIBABA_CLOUD_IMDSV1_DISABLED"), ""};
  HttpRequest request = CredentialsRequest("PUT", from.origin, kTokenPath, kPatience, kPatience);
  request.headers.emplace_back("X-aliyun-ecs-metadata-token-ttl-seconds", kTokenSeconds);
  return Ask{
      std::move(request),
      [from = std::move(from), role](const HttpResult& result, Now) mutable -> Step {
        const std::string_view token = Trim(result.body);
        const bool answered = result.error == HttpError::kNone;
        if (answered && result.status == 200 && CanBeAccessKey(token)) {
          from.token = token;
        } else if (!from.v1_allowed || result.error == HttpError::kConnect) {
          if (auto failed = NoAnswer(kServer, result)) return *failed;
          return Failed{fmt::format("{} gave no session token (HTTP {})", kServer, result.status)};
        }
        return AskForCredentials(from, role);
      }};
}

Step FromMetadata(const ProviderContext& context, Now) {
  if (context.Switch("ALIBABA_CLOUD_ECS_METADATA_DISABLED")) {
    return Skipped{"switched off by ALIBABA_CLOUD_ECS_METADATA_DISABLED"};
  }
  return RoleOfInstance(context, "");
}

}  // namespace dtsop
