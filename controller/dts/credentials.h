// What a DTS request is signed with.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace dtsop {

struct Credentials {
  std::string access_key_id;
  SecretString access_key_secret;
  SecretString security_token;  // empty unless the credentials are temporary (STS)

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// True for text that can be part of an AccessKey: printable ASCII without spaces. Anything else
// must not reach a header.
inline bool CanBeAccessKey(std::string_view text) {
  constexpr size_t kBytesMax = 8192;
  return !text.empty() && text.size() <= kBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace dtsop
