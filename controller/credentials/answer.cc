#include "credentials/answer.h"

#include <fmt/format.h>

#include <utility>

#include "base/strings.h"

namespace dtsop {
namespace {

// A token of 64 KiB, and room for the rest.
constexpr size_t kBodyBytesMax = 1U << 18;
constexpr size_t kDetailBytesMax = 200;

}  // namespace

HttpRequest CredentialsRequest(std::string method, std::string origin, std::string target,
                               Duration connect, Duration silence) {
  HttpRequest request;
  request.method = std::move(method);
  request.origin = std::move(origin);
  request.target = std::move(target);
  request.connect_timeout = connect;
  request.idle_timeout = silence;
  request.total_timeout = connect + silence;
  request.body_bytes_max = kBodyBytesMax;
  // Everything waits for credentials, so they do not wait for a free connection.
  request.urgent = true;
  return request;
}

std::optional<Failed> NoAnswer(std::string_view server, const HttpResult& result) {
  if (result.error == HttpError::kNone) return std::nullopt;
  return Failed{fmt::format("no answer from {} ({}: {})", server, HttpErrorName(result.error),
                            CleanText(result.detail, kDetailBytesMax))};
}

Step TemporaryCredentials(std::string_view server, const Json& fields, const HttpResult& result,
                          Now now) {
  const auto text = [&fields](const char* name) { return StringOr(Member(fields, name)); };
  auto credentials =
      CredentialsFrom(text("AccessKeyId"), text("AccessKeySecret"), text("SecurityToken"));
  if (!credentials) {
    return Failed{fmt::format("the answer of {} {}", server, credentials.error().message)};
  }
  if (credentials->security_token.empty()) {
    return Failed{fmt::format("the answer of {} has no SecurityToken", server)};
  }
  const auto expiration = ParseRfc3339(text("Expiration"));
  if (!expiration) {
    return Failed{fmt::format("the answer of {} has no usable Expiration", server)};
  }
  const auto date = ParseHttpDate(Trim(FindHeader(result.headers, "date")));
  const Duration lifetime = *expiration - date.value_or(now.wall);
  if (lifetime <= Duration{0}) {
    return Failed{
        fmt::format("the credentials that {} gives have expired already: check the clocks of both "
                    "machines",
                    server)};
  }
  return Grant{std::move(*credentials), lifetime};
}

Result<Credentials> CredentialsFrom(std::string_view id, std::string_view secret,
                                    std::string_view token) {
  id = Trim(id);
  secret = Trim(secret);
  token = Trim(token);
  if (id.empty()) return Fail("has no AccessKeyId");
  if (secret.empty()) return Fail("has no AccessKeySecret");
  for (const auto& [name, text] :
       {std::pair{"AccessKeyId", id}, std::pair{"AccessKeySecret", secret},
        std::pair{"SecurityToken", token}}) {
    const std::string_view fault = text.empty() ? "" : AccessKeyFault(text);
    if (!fault.empty()) return Fail(fmt::format("has a malformed {}: {}", name, fault));
  }
  return Credentials{std::string(id), SecretString(std::string(secret)),
                     SecretString(std::string(token))};
}

Step KeysAsWritten(std::string_view id, std::string_view secret, std::string_view token) {
  auto credentials = CredentialsFrom(id, secret, token);
  if (credentials) return Grant{std::move(*credentials), std::nullopt};
  if (Trim(id).empty() || Trim(secret).empty()) return Failed{credentials.error().message};
  return Refused{credentials.error().message};
}

}  // namespace dtsop
