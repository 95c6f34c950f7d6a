// What an API server says when it refuses, and what a person can do about it.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "net/http.h"

namespace dtsop {

// A server that asks for less is not asked again at full speed; one that asks for more is not
// believed, as nothing is seen meanwhile.
inline constexpr Duration kKubeRetryAfterMin = seconds(1);
inline constexpr Duration kKubeRetryAfterMax = seconds(30);
inline constexpr size_t kKubeMessageBytesMax = 1024;

struct KubeError {
  int code = 0;                         // the HTTP status
  std::string reason;                   // "NotFound", "Conflict", ...; "" when not said
  std::string message;                  // cleaned, at most kKubeMessageBytesMax bytes
  std::optional<Duration> retry_after;  // kKubeRetryAfterMin to Max
  bool too_large_resource_version = false;
  // With an expired list (410): where the server offers to go on, at the price of consistency.
  std::string continue_token;
};

// From a complete answer of any status; `now` serves a Retry-After that is a date. Never fails:
// what is not a Status (a proxy's HTML) becomes a short message.
KubeError DecodeKubeError(const HttpResult& result, WallTime now);
// From the Status object of a watch's ERROR event.
KubeError KubeErrorFromStatus(const Json& status);

// What went wrong with a unary call: nullopt after a complete 2xx answer; a transport failure has
// code 0 and DescribeFailure's message.
std::optional<KubeError> KubeErrorOf(const HttpResult& result, WallTime now);

// These go by the reason and, when there is none, by the code.
bool IsNotFound(const KubeError& error);
bool IsConflict(const KubeError& error);
bool IsAlreadyExists(const KubeError& error);
// The resourceVersion or continue token is too old (reasons Gone and Expired).
bool IsGone(const KubeError& error);
bool IsTooManyRequests(const KubeError& error);
bool IsForbidden(const KubeError& error);
bool IsUnauthorized(const KubeError& error);
// The server has not seen the asked resourceVersion yet, or never will.
bool IsTooLargeResourceVersion(const KubeError& error);

// One sentence for people about a call that did not succeed, with the next step.
std::string DescribeFailure(const HttpResult& result);

}  // namespace dtsop
