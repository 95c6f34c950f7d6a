// An answer to a call, as a fuzz target gets it: the first line is "STATUS VALUE", VALUE that of
// the one header that the target's subject reads; the rest is the body.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "net/http.h"

namespace dtsop {

inline HttpResult AnswerOf(std::string_view text, const std::string& header) {
  const size_t line_end = std::min(text.find('\n'), text.size());
  const size_t space = std::min(text.find(' '), line_end);
  HttpResult result;
  std::from_chars(text.data(), text.data() + space, result.status);
  const size_t value = std::min(space + 1, line_end);
  result.headers = {{header, std::string(text.substr(value, line_end - value))}};
  result.body = text.substr(line_end);
  return result;
}

}  // namespace dtsop
