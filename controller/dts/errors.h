// What DTS and the API gateway in front of it may answer, as data: one table of codes with the
// class that drives the operator and the remedy that the user reads. A file may add to it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/call_failure.h"
#include "base/result.h"

namespace dtsop {

// How much of a code and of a message of DTS is kept.
inline constexpr size_t kDtsCodeBytesMax = 128;
inline constexpr size_t kDtsMessageBytesMax = 2048;

struct ErrorRule {
  std::string_view code;  // exact, or a prefix when it ends in '*'
  ErrorClass error_class;
  // True when the code does not rule out that DTS acted.
  bool may_have_acted;
  std::string_view remedy;
};

class ErrorTable {
 public:
  // The built-in rules alone.
  ErrorTable() = default;

  // The rule for `code` (without "DTS.Msg."), by the HTTP status when no rule names the code, which
  // then leaves open whether DTS acted, unless it was throttled. The longest matching rule wins, of
  // equal ones the file's. Valid as long as the table; never fails.
  ErrorRule RuleFor(std::string_view code, int http_status) const;
  size_t own_rules() const { return own_.size(); }

 private:
  friend Result<ErrorTable> ParseErrorTable(std::string_view yaml);
  struct Own {
    std::string code;
    ErrorClass error_class;
    bool may_have_acted;
    std::string remedy;
  };
  std::vector<Own> own_;
};

// The built-in rules and those of `yaml`: a list of {code, class, remedy, mayHaveActed}, the last
// one optional. A file can't take back that a built-in rule, or HTTP 5xx, leaves open whether DTS
// acted: that decides whether a start may be repeated. Fails on anything unknown, naming the entry
// and the cause.
Result<ErrorTable> ParseErrorTable(std::string_view yaml);

// The table that counts now, never null. Called on the core's thread, for each answer.
using ErrorTableSource = std::function<std::shared_ptr<const ErrorTable>()>;
std::shared_ptr<const ErrorTable> BuiltInErrors();

}  // namespace dtsop
