// What a DTS request is signed with.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/result.h"
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

// The operator's own credentials, for DtsJobs that name no Secret: a file or the environment in
// production. Does not block on the network.
class DefaultCredentials {
 public:
  virtual ~DefaultCredentials() = default;
  // The current credentials, or an error that says where they were looked for.
  virtual Result<Credentials> Get() = 0;
};

}  // namespace dtsop
