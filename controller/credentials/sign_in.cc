#include "credentials/sign_in.h"

#include <fmt/format.h>

#include <utility>

#include "base/strings.h"
#include "credentials/answer.h"
#include "net/origin.h"

namespace dtsop {
namespace {

// Less is renewed at once.
constexpr Duration kLifetimeMin = minutes(3);

std::string Field(const Json& profile, const char* key) { return StringOr(Member(profile, key)); }

// How long the moment `key`, in seconds since 1970, is ahead; none or nonsense is in the past.
Duration Until(const Json& profile, const char* key, WallTime now) {
  constexpr int64_t kSecondsMax = 7'000'000'000;
  const int64_t moment = LenientInt(Member(profile, key)).value_or(0);
  if (moment <= 0 || moment > kSecondsMax) return Duration{0};
  return WallTime(seconds(moment)) - now;
}

// The temporary keys in the file, if they are good for `lifetime` or more.
std::optional<Step> CachedKeys(const Json& profile, Duration lifetime, WallTime now) {
  const Duration left = Until(profile, "sts_expiration", now);
  const std::string token = Field(profile, "sts_token");
  if (left <= Duration{0} || left < lifetime || Trim(token).empty()) return std::nullopt;
  Step keys =
      KeysAsWritten(Field(profile, "access_key_id"), Field(profile, "access_key_secret"), token);
  if (auto* grant = std::get_if<Grant>(&keys)) grant->lifetime = left;
  return std::holds_alternative<Failed>(keys) ? std::nullopt : std::optional(std::move(keys));
}

struct Exchange {
  std::string origin;
  std::string target;
  std::string body;
  std::string access_token;
  Json (*read)(const Json& body);  // AccessKeyId and so on, by these names
};

Step AskExchange(Exchange exchange) {
  const auto origin = ParseOrigin(exchange.origin);
  if (!origin || !origin->tls) return Failed{"has no https address to sign in at"};
  const std::string_view fault = AccessKeyFault(exchange.access_token);
  if (!fault.empty()) return Refused{fmt::format("has a malformed access token: {}", fault)};
  HttpRequest request =
      CredentialsRequest("POST", std::move(exchange.origin), std::move(exchange.target),
                         kServerConnect, kServerSilence);
  request.headers = {{"accept", "application/json"},
                     {"authorization", "Bearer " + exchange.access_token},
                     {"content-type", "application/json"}};
  request.body = std::move(exchange.body);
  return Ask{std::move(request),
             [server = origin->HostHeader(), read = exchange.read](const HttpResult& result,
                                                                   Now now) -> Step {
               if (auto failed = NoAnswer(server, result)) return *failed;
               const auto body = ParseJson(result.body);
               if (result.status != 200 || !body) {
                 return Failed{fmt::format("{} answered HTTP {}{}", server, result.status,
                                           body ? "" : " and not JSON")};
               }
               return TemporaryCredentials(server, read(*body), result, now);
             }};
}

// The keys in the file, else the exchange if `signed_in`.
Step KeysOrExchange(const Json& profile, bool signed_in, Exchange exchange, Now now) {
  if (auto keys = CachedKeys(profile, kLifetimeMin, now.wall)) return *keys;
  if (signed_in) return AskExchange(std::move(exchange));
  if (auto keys = CachedKeys(profile, Duration{0}, now.wall)) return *keys;
  return Refused{fmt::format(
      "the sign-in of mode {} has expired: sign in again with \"aliyun configure\" and give the "
      "operator the new file, or give it credentials that do not expire",
      Field(profile, "mode"))};
}

}  // namespace

Step FromCloudSso(const ProviderContext& context, const Json& profile, Now now) {
  const std::string token = Field(profile, "access_token");
  const WallTime time = context.sts_clock.Time(now);
  const bool signed_in =
      !token.empty() && Until(profile, "cloud_sso_access_token_expire", time) > Duration{0};
  const std::string url = Field(profile, "cloud_sso_sign_in_url");
  const size_t scheme = url.find("://");
  const size_t path = url.find_first_of("/?#", scheme == std::string::npos ? 0 : scheme + 3);
  return KeysOrExchange(
      profile, signed_in,
      {url.substr(0, path), "/cloud-credentials",
       DumpJson({{"AccountId", Field(profile, "cloud_sso_account_id")},
                 {"AccessConfigurationId", Field(profile, "cloud_sso_access_config")}}),
       token, [](const Json& body) { return Member(body, "CloudCredential"); }},
      {now.mono, time});
}

Step FromOauth(const ProviderContext& context, const Json& profile, Now now) {
  const std::string site = ToLower(Field(profile, "oauth_site_type"));
  if (site != "cn" && site != "intl")
    return Failed{"has an oauth_site_type other than CN and INTL"};
  const std::string token = Field(profile, "oauth_access_token");
  const WallTime time = context.sts_clock.Time(now);
  // Without a refresh token the server knows best.
  const bool signed_in =
      !token.empty() && (Field(profile, "oauth_refresh_token").empty() ||
                         Until(profile, "oauth_access_token_expire", time) > Duration{0});
  return KeysOrExchange(
      profile, signed_in,
      {site == "cn" ? "https://oauth.aliyun.com" : "https://oauth.alibabacloud.com", "/v1/exchange",
       "", token,
       [](const Json& body) {
         return Json{{"AccessKeyId", Member(body, "accessKeyId")},
                     {"AccessKeySecret", Member(body, "accessKeySecret")},
                     {"SecurityToken", Member(body, "securityToken")},
                     {"Expiration", Member(body, "expiration")}};
       }},
      {now.mono, time});
}

}  // namespace dtsop
