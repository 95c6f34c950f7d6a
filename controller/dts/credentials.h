// What a DTS request is signed with.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace dtsop {

struct Credentials {
  std::string access_key_id;
  SecretString access_key_secret;
  SecretString security_token;  // empty unless the credentials are temporary (STS)

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// The operator's own credentials, for DtsJobs that name no Secret: a file or the environment in
// production. Does not block on the network.
class DefaultCredentials {
 public:
  virtual ~DefaultCredentials() = default;
  // The current credentials, or an error that says where they were looked for.
  virtual Result<Credentials> Get() = 0;
};

}  // namespace dtsop
