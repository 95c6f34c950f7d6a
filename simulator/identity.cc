#include "simulator/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace dtsop::simulator {
namespace {

constexpr std::string_view kMetadataPath = "/latest/";
constexpr std::string_view kTokenPath = "/latest/api/token";
constexpr std::string_view kRolesPath = "/latest/meta-data/ram/security-credentials/";
constexpr std::string_view kUriPath = "/credentials";
constexpr int64_t kSecondsMin = 900;
constexpr size_t kMetadataTokensMax = 1000;

SimulatedReply Plain(int status, std::string body) {
  SimulatedReply reply;
  reply.status = status;
  reply.headers = {{"content-type", "text/plain"}};
  reply.body = std::move(body);
  return reply;
}

SimulatedReply InFormat(const AnswerContext& context, const Json& fields) {
  SimulatedReply reply;
  const bool xml = context.format == "XML";
  reply.headers = {{"content-type", xml ? "application/xml" : "application/json"}};
  reply.body = xml ? ToXml(context.action + "Response", fields) : DumpJson(fields);
  return reply;
}

template <class List, class Value>
bool Contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// What is wrong with the parameters that both actions of STS have.
std::optional<ApiError> CheckRole(const ReceivedCall& call, const IdentitySettings& settings,
                                  int64_t* seconds_asked) {
  if (call.version != kStsVersion) return MakeApiError("InvalidVersion");
  for (const char* name : {"RoleArn", "RoleSessionName"}) {
    if (call.Parameter(name).empty()) return MissingParameter(name);
  }
  if (!settings.roles.empty() && !Contains(settings.roles, call.Parameter("RoleArn"))) {
    return MakeApiError("EntityNotExist.Role");
  }
  const std::string text = call.Parameter("DurationSeconds");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *seconds_asked);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (!text.empty() && (!number || *seconds_asked < kSecondsMin)) {
    return MakeApiError("InvalidParameter.DurationSeconds");
  }
  return std::nullopt;
}

}  // namespace

std::string Identity::ActionOf(const ReceivedCall& call) {
  if (call.path.starts_with(kMetadataPath)) return "InstanceMetadata";
  if (call.path == kUriPath) return "CredentialsUri";
  return call.action == "AssumeRole" || call.action == "AssumeRoleWithOIDC" ? call.action : "";
}

tl::expected<SimulatedReply, ApiError> Identity::Perform(const ReceivedCall& call,
                                                         const AnswerContext& context,
                                                         const Moment& moment, Gateway* gateway,
                                                         Random* random) {
  const std::string action = ActionOf(call);
  if (action == "InstanceMetadata") return Metadata(call, moment, gateway, random);
  if (action != "CredentialsUri") return AssumeRole(call, context, moment, gateway, random);
  Json body = Issue(action, settings_.lifetime, moment, gateway, random);
  body["Code"] = "Success";
  return InFormat({"", "JSON", "", "", moment.now}, body);
}

tl::expected<SimulatedReply, ApiError> Identity::AssumeRole(const ReceivedCall& call,
                                                            const AnswerContext& context,
                                                            const Moment& moment, Gateway* gateway,
                                                            Random* random) {
  int64_t seconds_asked = 3600;
  if (const auto error = CheckRole(call, settings_, &seconds_asked)) return tl::unexpected(*error);
  if (call.action == "AssumeRoleWithOIDC") {
    for (const char* name : {"OIDCProviderArn", "OIDCToken"}) {
      if (call.Parameter(name).empty()) return tl::unexpected(MissingParameter(name));
    }
    if (!settings_.oidc_tokens.empty() &&
        !Contains(settings_.oidc_tokens, call.Parameter("OIDCToken"))) {
      return tl::unexpected(MakeApiError("AuthenticationFail.OIDCToken.Invalid"));
    }
  }
  const Duration lifetime = std::min<Duration>(settings_.lifetime, seconds(seconds_asked));
  const Json fields = {
      {"RequestId", context.request_id},
      {"AssumedRoleUser",
       {{"Arn", call.Parameter("RoleArn") + "/" + call.Parameter("RoleSessionName")}}},
      {"Credentials", Issue(call.action, lifetime, moment, gateway, random)}};
  return InFormat(context, fields);
}

SimulatedReply Identity::Metadata(const ReceivedCall& call, const Moment& moment, Gateway* gateway,
                                  Random* random) {
  if (call.path == kTokenPath) {
    if (!settings_.metadata_v2) return Plain(404, "");
    if (call.method != "PUT") return Plain(405, "");
    if (FindHeader(call.headers, "x-aliyun-ecs-metadata-token-ttl-seconds").empty()) {
      return Plain(400, "");
    }
    if (metadata_tokens_.size() == kMetadataTokensMax) metadata_tokens_.pop_front();
    return Plain(200, metadata_tokens_.emplace_back(random->Hex128()));
  }
  const std::string_view token = FindHeader(call.headers, "x-aliyun-ecs-metadata-token");
  if (token.empty() ? !settings_.metadata_v1 : !Contains(metadata_tokens_, token)) {
    return Plain(401, "");
  }
  if (settings_.instance_role.empty() || !call.path.starts_with(kRolesPath)) return Plain(404, "");
  const std::string role = call.path.substr(kRolesPath.size());
  if (role.empty()) return Plain(200, settings_.instance_role);
  if (role != settings_.instance_role) return Plain(404, "");
  Json body = Issue("InstanceMetadata", settings_.lifetime, moment, gateway, random);
  body["Code"] = "Success";
  body["LastUpdated"] = FormatRfc3339(moment.now);
  return InFormat({"", "JSON", "", "", moment.now}, body);
}

Json Identity::Issue(const std::string& action, Duration lifetime, const Moment& moment,
                     Gateway* gateway, Random* random) {
  if (issued_.size() == kIssuedKeysMax) {
    gateway->RemoveAccount(issued_.front().access_key_id);
    issued_.pop_front();
  }
  Account account;
  account.account_id = settings_.account_id;
  account.access_key_id = "STS." + random->Hex128();
  account.access_key_secret = SecretString(random->Hex128());
  account.security_token = SecretString("CAIS" + random->Hex128() + random->Hex128());
  issued_.push_back({account.access_key_id, action, moment.job_time + lifetime});
  // What is told is when the key will end by the clock of the one who asks.
  const Duration real = Bounded(std::chrono::duration<double>(lifetime) / moment.speed);
  Json credentials = {{"AccessKeyId", account.access_key_id},
                      {"AccessKeySecret", account.access_key_secret.Reveal()},
                      {"SecurityToken", account.security_token.Reveal()},
                      {"Expiration", FormatRfc3339(moment.now + real)}};
  gateway->PutAccount(std::move(account));
  return credentials;
}

void Identity::End(IssuedKey& key, bool revoke, Gateway* gateway) {
  key.over = true;
  for (Account account : std::vector<Account>(gateway->AccountsOf(key.access_key_id))) {
    account.token_expired = true;
    if (revoke) account.active = false;
    gateway->PutAccount(std::move(account));
  }
}

void Identity::ExpireDue(WallTime job_time, Gateway* gateway) {
  for (IssuedKey& key : issued_) {
    if (key.over || job_time < key.expires_at) continue;
    End(key, false, gateway);
  }
}

void Identity::EndAll(bool revoke, Gateway* gateway) {
  for (IssuedKey& key : issued_) End(key, revoke, gateway);
}

}  // namespace dtsop::simulator
