// What metav1.Condition allows as a reason, without std::regex, which GCC 12 can't build with
// sanitizers and warnings as errors.
#pragma once

#include <algorithm>
#include <string_view>

namespace dtsop {

// ^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$
inline bool IsLegalReason(std::string_view reason) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  const auto word = [letter](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !reason.empty() && letter(reason.front()) && word(reason.back()) &&
         std::all_of(reason.begin(), reason.end(),
                     [word](char c) { return word(c) || c == ',' || c == ':'; });
}

}  // namespace dtsop
