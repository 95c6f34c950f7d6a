// What a DTS request is signed with.
#pragma once

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

// True for text that can be part of an AccessKey: printable ASCII without spaces, at most 64 KiB.
// Anything else must not reach a header.
bool CanBeAccessKey(std::string_view text);

// Why `text`, which somebody wrote into a file or a Secret, is no part of an AccessKey, as the end
// of a sentence; "" when it may be one. Names the usual slips: quotes, a byte order mark. Quotes
// nothing of `text`.
std::string_view AccessKeyFault(std::string_view text);

}  // namespace dtsop
