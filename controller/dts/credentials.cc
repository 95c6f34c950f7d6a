#include "dts/credentials.h"

#include <algorithm>

namespace dtsop {
namespace {

constexpr size_t kBytesMax = 1U << 16;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

bool CanBeAccessKey(std::string_view text) {
  return !text.empty() && text.size() <= kBytesMax && IsPrintable(text);
}

std::string_view AccessKeyFault(std::string_view text) {
  if (text.empty()) return "it is empty";
  if (text.size() > kBytesMax) return "it is longer than 64 KiB";
  if (text.starts_with(kByteOrderMark)) {
    return "it begins with a byte order mark; save it as UTF-8 without one";
  }
  // No key has any; `kubectl create secret --from-env-file` keeps them.
  if (IsQuote(text.front()) || IsQuote(text.back())) {
    return "the quotation marks around it count as part of it; leave them out";
  }
  if (!IsPrintable(text)) return "it holds spaces or other characters that no AccessKey has";
  return "";
}

}  // namespace dtsop
