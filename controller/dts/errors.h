// What DTS and the API gateway in front of it may answer, as data: one table of codes with the
// class that drives the operator and the remedy that the user reads.
#pragma once

#include <string_view>

#include "api/call_failure.h"

namespace dtsop {

struct ErrorRule {
  std::string_view code;  // exact, or a prefix when it ends in '*'
  ErrorClass error_class;
  // True when the code does not rule out that DTS acted.
  bool may_have_acted;
  std::string_view remedy;
};

// The rule for `code` (without "DTS.Msg."), by the HTTP status when no rule names the code. The
// longest matching rule wins; never fails.
const ErrorRule& RuleForCode(std::string_view code, int http_status);

}  // namespace dtsop
