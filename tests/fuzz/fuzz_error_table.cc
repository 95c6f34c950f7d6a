// Any bytes as the file of --error-table, after a line with the code of an error: a table or an
// error, never more. A table has advice for every code, and never takes back that a code leaves
// open whether DTS acted.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dts/errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line_end = std::min(text.find('\n'), text.size());
  const std::string_view code = text.substr(0, line_end);
  const auto table = dtsop::ParseErrorTable(text.substr(line_end));
  if (!table) {
    if (table.error().message.empty()) __builtin_trap();
    return 0;
  }
  for (const int status : {200, 400, 429, 503}) {
    const dtsop::ErrorRule rule = table->RuleFor(code, status);
    if (rule.remedy.empty()) __builtin_trap();
    const bool open = dtsop::BuiltInErrors()->RuleFor(code, status).may_have_acted;
    if (open && !rule.may_have_acted) __builtin_trap();
  }
  return 0;
}
