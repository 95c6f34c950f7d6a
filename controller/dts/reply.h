// Decodes what DTS answers: JSON or XML, either error shape, any HTTP status, and garbage.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/call_failure.h"
#include "base/json.h"
#include "base/result.h"
#include "dts/errors.h"
#include "net/http.h"

namespace dtsop {

// The outcome of one call: `body` is the answer when DTS says that it succeeded, `failure` what
// went wrong otherwise. Only an explicit Success=true in a 2xx answer counts as success.
struct DtsReply {
  Json body;
  std::string request_id;
  std::optional<WallTime> date;  // by the server's own clock
};

// Never throws; an answer that can't be read is a failure with may_have_acted. `errors` gives an
// error code its meaning.
tl::expected<DtsReply, CallFailure> DecodeReply(const HttpResult& result,
                                                const ErrorTable& errors = ErrorTable());

// The failure of an answer that came, but lacks what the action must answer; `why` says what, "it
// has no Status".
CallFailure UnreadableAnswer(std::string_view why);

// `err_message` with every "%s" replaced literally by `dynamic_message`, which is appended when
// there is no "%s". Never printf: both come from outside.
std::string RenderMessage(std::string_view err_message, std::string_view dynamic_message);

}  // namespace dtsop
