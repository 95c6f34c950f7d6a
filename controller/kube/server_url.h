// The `server` of a kubeconfig cluster.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dtsop {

struct ServerUrl {
  std::string origin;       // "https://host:port", the port always spelled out
  std::string path_prefix;  // "" or "/path", without a slash at the end
  bool tls = true;
};

// Accepts https://host[:port][/path]. http:// is accepted for localhost, 127.0.0.0/8 and [::1] only
// (as `kubectl proxy` serves it), because elsewhere Secrets would cross a network in clear text.
// Fails on a missing scheme, user information, a query and anything malformed, with the next step.
Result<ServerUrl> ParseServerUrl(std::string_view url);

}  // namespace dtsop
