#include "kube/status_error.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace dtsop {
namespace {

constexpr size_t kReasonBytesMax = 64;
constexpr size_t kContinueBytesMax = 16384;
constexpr size_t kDetailShownMax = 300;

Duration BoundedWait(Duration wait) {
  return std::clamp<Duration>(wait, kKubeRetryAfterMin, kKubeRetryAfterMax);
}

// The text of an HTML page, more or less: tags become spaces, runs of white space one.
std::string WithoutTags(std::string_view html) {
  std::string text;
  bool in_tag = false;
  for (const char c : html.substr(0, 4 * kKubeMessageBytesMax)) {
    const bool space = in_tag || c == '<' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (c == '<') in_tag = true;
    if (c == '>') in_tag = false;
    if (!space) text.push_back(c);
    if (space && !text.empty() && text.back() != ' ') text.push_back(' ');
  }
  return text;
}

bool ReasonOr(const KubeError& error, std::string_view reason, int code) {
  return error.reason == reason || (error.reason.empty() && error.code == code);
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string DescribeTls(const std::string& detail) {
  if (Contains(detail, "expired"))
    return "a certificate has expired; renew the API server's certificate, or the client's";
  if (Contains(detail, "mismatch") || Contains(detail, "host name"))
    return "the certificate is for another name; correct the server address or tls-server-name";
  if (Contains(detail, "issuer") || Contains(detail, "self-signed") ||
      Contains(detail, "self signed") || Contains(detail, "verify failed"))
    return "the certificate is not signed by the given CA; check certificate-authority-data and "
           "that the address is the right cluster's";
  return "check certificate-authority-data, the client certificate and the server address";
}

std::string DescribeTransport(const HttpResult& result) {
  const std::string detail = CleanText(result.detail, kDetailShownMax);
  const std::string said = detail.empty() ? "" : " (" + detail + ")";
  switch (result.error) {
    case HttpError::kConnect:
      return fmt::format(
          "the API server can't be reached{}; check the server address, DNS and the network", said);
    case HttpError::kTls:
      return fmt::format("the TLS connection to the API server failed{}: {}", said,
                         DescribeTls(detail));
    case HttpError::kTimeout:
      return fmt::format("the API server did not answer in time{}; check its load and the network",
                         said);
    case HttpError::kTruncated:
      return fmt::format("the API server broke the connection off{}; it is tried again", said);
    case HttpError::kTooLarge:
      return fmt::format("the API server's answer is larger than the operator accepts{}", said);
    case HttpError::kCanceled:
      return "the call was canceled";
    case HttpError::kExpired:
      return fmt::format("the call came too late to be sent{}", said);
    case HttpError::kNone:
    case HttpError::kOther:
      break;
  }
  return fmt::format("the call to the API server failed{}", said);
}

}  // namespace

KubeError KubeErrorFromStatus(const Json& status) {
  KubeError error;
  error.code = static_cast<int>(std::clamp<int64_t>(IntOr(Member(status, "code"), 0), 0, 999));
  error.reason = CleanText(StringOr(Member(status, "reason")), kReasonBytesMax);
  error.message = CleanText(StringOr(Member(status, "message")), kKubeMessageBytesMax);
  error.continue_token = StringOr(Member(status, "metadata", "continue"));
  if (error.continue_token.size() > kContinueBytesMax) error.continue_token.clear();
  const Json& details = Member(status, "details");
  const int64_t retry_after = IntOr(Member(details, "retryAfterSeconds"), 0);
  if (retry_after > 0) {
    error.retry_after =
        BoundedWait(seconds(std::min<int64_t>(retry_after, kRetryAfterMax / seconds(1))));
  }
  // Servers before 1.17 said it in the message only, before 1.18.6 in a cause without a reason.
  constexpr std::string_view kTooLarge = "Too large resource version";
  error.too_large_resource_version = Contains(error.message, kTooLarge);
  const Json& causes = Member(details, "causes");
  for (size_t i = 0; causes.is_array() && i < causes.size(); ++i) {
    if (StringOr(Member(causes[i], "reason")) == "ResourceVersionTooLarge" ||
        Contains(StringOr(Member(causes[i], "message")), kTooLarge))
      error.too_large_resource_version = true;
  }
  return error;
}

KubeError DecodeKubeError(const HttpResult& result, WallTime now) {
  KubeError error;
  const auto json = ParseJson(result.body);
  if (json && StringOr(Member(*json, "kind")) == "Status") error = KubeErrorFromStatus(*json);
  // The status line is what intermediaries and the server agree on.
  error.code = result.status;
  if (error.message.empty()) {
    error.message = CleanText(Trim(WithoutTags(result.body)), kKubeMessageBytesMax);
    if (error.message.empty()) error.message = fmt::format("HTTP status {}", result.status);
  }
  const auto from_header = ParseRetryAfter(FindHeader(result.headers, "Retry-After"), now);
  if (from_header) error.retry_after = BoundedWait(*from_header);
  return error;
}

std::optional<KubeError> KubeErrorOf(const HttpResult& result, WallTime now) {
  if (result.error != HttpError::kNone) {
    KubeError error;
    error.message = DescribeFailure(result);
    return error;
  }
  if (result.status >= 200 && result.status < 300) return std::nullopt;
  return DecodeKubeError(result, now);
}

bool IsNotFound(const KubeError& error) { return ReasonOr(error, "NotFound", 404); }
bool IsConflict(const KubeError& error) { return ReasonOr(error, "Conflict", 409); }
bool IsAlreadyExists(const KubeError& error) { return error.reason == "AlreadyExists"; }
bool IsGone(const KubeError& error) {
  return error.reason == "Expired" || ReasonOr(error, "Gone", 410);
}
bool IsTooManyRequests(const KubeError& error) {
  return error.code == 429 || error.reason == "TooManyRequests";
}
bool IsForbidden(const KubeError& error) { return ReasonOr(error, "Forbidden", 403); }
bool IsUnauthorized(const KubeError& error) { return ReasonOr(error, "Unauthorized", 401); }
bool IsTooLargeResourceVersion(const KubeError& error) { return error.too_large_resource_version; }

std::string DescribeFailure(const HttpResult& result) {
  if (result.error != HttpError::kNone) return DescribeTransport(result);
  const KubeError error = DecodeKubeError(result, WallTime());
  const std::string detail = CleanText(result.detail, kDetailShownMax);
  if (IsUnauthorized(error))
    return fmt::format(
        "the API server does not accept the operator's credential (401: {}{}{}); check the token "
        "or "
        "client certificate",
        error.message, detail.empty() ? "" : "; ", detail);
  if (IsForbidden(error))
    return fmt::format("the API server refuses by its rules: {}; grant it to the operator in RBAC",
                       error.message);
  if (IsNotFound(error))
    return fmt::format(
        "the API server has no such object or resource: {}; check that it exists and "
        "that the CRD is installed",
        error.message);
  if (IsTooManyRequests(error))
    return fmt::format("the API server asks to slow down: {}; it is tried again later",
                       error.message);
  if (error.code >= 500)
    return fmt::format(
        "the API server failed (HTTP status {}): {}; it is tried again, check the "
        "server's health if it lasts",
        error.code, error.message);
  return fmt::format("the API server answered with HTTP status {}: {}", error.code, error.message);
}

}  // namespace dtsop
