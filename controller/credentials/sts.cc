#include "credentials/sts.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "base/strings.h"
#include "credentials/answer.h"
#include "dts/endpoints.h"
#include "dts/signer.h"
#include "net/origin.h"

namespace dtsop {
namespace {

constexpr std::string_view kVersion = "2015-04-01";
constexpr int64_t kDurationSecondsMin = 900;
constexpr size_t kCodeBytesMax = 128;
constexpr size_t kMessageBytesMax = 256;

QueryParameters RoleParameters(const ProviderContext& context, const RoleRequest& role) {
  std::string session = role.session_name;
  if (session.empty()) session = context.Env("ALIBABA_CLOUD_ROLE_SESSION_NAME");
  if (session.empty()) session = "dts-operator";
  QueryParameters parameters = {{"RoleArn", role.role_arn},
                                {"RoleSessionName", std::move(session)},
                                {"DurationSeconds", std::to_string(role.duration_seconds)}};
  if (!role.policy.empty()) parameters.emplace_back("Policy", role.policy);
  return parameters;
}

// A refusal of STS in its own words, without `secret`, which it may quote.
Failed Refusal(const std::string& server, const HttpResult& result, const Json& body,
               const SecretString& secret) {
  const auto said = [&](const char* name, size_t bytes_max) {
    const std::string text = StringOr(Member(body, name));
    return CleanText(secret.empty() ? text : ReplaceAll(text, secret.Reveal(), "(the token)"),
                     bytes_max);
  };
  const std::string code = said("Code", kCodeBytesMax);
  if (code.empty()) {
    return Failed{fmt::format("{} answered HTTP {} without credentials", server, result.status)};
  }
  // About signatures the gateway quotes what it was sent.
  if (code.find("Signature") != std::string::npos) {
    return Failed{fmt::format("{} refused with {}", server, code)};
  }
  return Failed{
      fmt::format("{} refused with {}: {}", server, code, said("Message", kMessageBytesMax))};
}

Step ReadStsReply(const std::string& server, const SecretString& secret, const HttpResult& result,
                  Now now) {
  if (auto failed = NoAnswer(server, result)) return *failed;
  const auto body = ParseJson(result.body);
  if (!body || !body->is_object()) {
    return Failed{
        fmt::format("{} answered HTTP {} and not JSON; does something else answer in its "
                    "place?",
                    server, result.status)};
  }
  const Json& credentials = Member(*body, "Credentials");
  if (result.status != 200 || !credentials.is_object()) {
    return Refusal(server, result, *body, secret);
  }
  return TemporaryCredentials(server, credentials, result, now);
}

// What STS calls a time that is too far from its own: InvalidTimeStamp.*, IllegalTimestamp.
bool IsAboutTheClock(const HttpResult& result) {
  const auto body = ParseJson(result.body);
  return body && ToLower(StringOr(Member(*body, "Code"))).find("timestamp") != std::string::npos;
}

struct StsCall {
  std::function<HttpRequest(WallTime)> request;  // as of a time
  SecretString secret;                           // of the request, which an answer may quote
  bool again = false;
};

// Asks STS at the time of its own clock; once more at once when its answer has corrected that.
Ask AskSts(ServerClock& clock, StsCall call, Now now) {
  HttpRequest request = call.request(clock.Time(now));
  std::string server = HostHeaderOf(request.origin);
  return {std::move(request),
          [&clock, call = std::move(call), server = std::move(server), sent = now.mono](
              const HttpResult& result, Now at) -> Step {
            const bool corrected = clock.Learn(result, sent, at);
            if (corrected && !call.again && IsAboutTheClock(result)) {
              return AskSts(clock, {call.request, call.secret, true}, at);
            }
            return ReadStsReply(server, call.secret, result, at);
          }};
}

std::optional<Failed> Unusable(const RoleRequest& role, const Result<std::string>& origin) {
  if (!origin) return Failed{origin.error().message};
  if (role.role_arn.empty()) return Failed{"the ARN of the RAM role is missing"};
  if (role.duration_seconds < kDurationSecondsMin) {
    return Failed{fmt::format("a session of {} s is too short: STS gives {} s and more",
                              role.duration_seconds, kDurationSecondsMin)};
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> StsOrigin(const ProviderContext& context, const RoleRequest& role) {
  const std::string endpoint(Trim(context.Env("ALIBABA_CLOUD_STS_ENDPOINT")));
  if (!endpoint.empty()) {
    auto origin = NormalizeEndpoint(endpoint);
    if (!origin) return Fail("ALIBABA_CLOUD_STS_ENDPOINT: " + origin.error().message);
    return origin;
  }
  std::string region = role.sts_region;
  if (region.empty()) region = Trim(context.Env("ALIBABA_CLOUD_STS_REGION"));
  if (region.empty()) return "https://sts.aliyuncs.com";
  if (!IsRegionId(region)) return Fail("the region of STS is not a region id");
  const bool vpc = role.sts_vpc || context.Switch("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED");
  return fmt::format("https://sts{}.{}.aliyuncs.com", vpc ? "-vpc" : "", region);
}

Step AssumeRole(const ProviderContext& context, const RoleRequest& role, const Credentials& source,
                Now now) {
  const auto origin = StsOrigin(context, role);
  if (auto unusable = Unusable(role, origin)) return *unusable;
  RpcCall call{"AssumeRole", std::string(kVersion), RoleParameters(context, role)};
  if (!role.external_id.empty()) call.parameters.emplace_back("ExternalId", role.external_id);
  return AskSts(
      context.sts_clock,
      {[call = std::move(call), origin = *origin, source, &random = context.random](WallTime time) {
         HttpRequest request =
             CredentialsRequest("POST", origin, "/", kServerConnect, kServerSilence);
         HttpRequest sealed =
             SignRpc(SignatureKind::kAcs3, call, origin, source, time, random.Hex128());
         request.target = std::move(sealed.target);
         request.headers = std::move(sealed.headers);
         return request;
       },
       source.security_token},
      now);
}

Step AssumeRoleWithOidc(const ProviderContext& context, const RoleRequest& role,
                        const std::string& provider_arn, const SecretString& token, Now now) {
  const auto origin = StsOrigin(context, role);
  if (auto unusable = Unusable(role, origin)) return *unusable;
  QueryParameters form = RoleParameters(context, role);
  form.emplace_back("OIDCProviderArn", provider_arn);
  form.emplace_back("OIDCToken", token.Reveal());
  return AskSts(context.sts_clock,
                {[form = std::move(form), origin = *origin](WallTime time) {
                   const QueryParameters query = {{"Action", "AssumeRoleWithOIDC"},
                                                  {"Format", "JSON"},
                                                  {"Timestamp", FormatRfc3339(time)},
                                                  {"Version", std::string(kVersion)}};
                   HttpRequest request = CredentialsRequest(
                       "POST", origin, "/?" + EncodeQuery(query), kServerConnect, kServerSilence);
                   request.headers = {{"accept", "application/json"},
                                      {"content-type", "application/x-www-form-urlencoded"}};
                   request.body = EncodeQuery(form);
                   return request;
                 },
                 token},
                now);
}

}  // namespace dtsop
