// The errors that the gateway and the service answer with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace dtsop::simulator {

struct ApiError {
  std::string code;
  std::string message;          // may hold "%s", which DTS leaves to the client to replace
  std::string dynamic_message;  // what replaces it; empty: left out of the answer
  int http_status = 400;
  std::optional<Duration> time_left;  // of throttling, sent in x-ratelimit-user
  std::string retry_after;            // the header Retry-After, verbatim; empty: none
};

// The error `code` with the status and message that Alibaba's pages give for it; 400 and a plain
// message for a code that is not on them. A "DTS.Msg." prefix is kept and not looked at.
ApiError MakeApiError(std::string_view code);

// The error for a parameter that the call lacks.
ApiError MissingParameter(std::string_view parameter);

}  // namespace dtsop::simulator
