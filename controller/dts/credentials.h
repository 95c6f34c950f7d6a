#pragma once

#include <string>

#include "base/secret.h"

namespace dtsop {

// One set of Alibaba Cloud keys, as signing needs it.
struct Credentials {
  std::string access_key_id;
  SecretString access_key_secret;
  SecretString security_token;  // empty unless the keys are temporary (STS)

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

}  // namespace dtsop
