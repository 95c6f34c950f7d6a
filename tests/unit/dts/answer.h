// An answer of DTS, and what the decoder makes of it.
#pragma once

#include <string>
#include <utility>

#include "dts/reply.h"

namespace dtsop {

inline HttpResult HttpAnswer(int status, std::string body, HttpHeaders headers = {}) {
  HttpResult result;
  result.status = status;
  result.body = std::move(body);
  result.headers = std::move(headers);
  return result;
}

// The failure; an empty one when the answer counts as success.
inline CallFailure FailureOf(int status, std::string body, HttpHeaders headers = {}) {
  const auto reply = DecodeReply(HttpAnswer(status, std::move(body), std::move(headers)));
  return reply ? CallFailure{} : reply.error();
}

}  // namespace dtsop
