// The HTTP endpoints of the operator itself: /healthz, /readyz and /metrics.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http_server.h"

namespace dtsop {

struct ProbeSources {
  std::function<bool()> live;            // the main loop turns
  std::function<bool()> ready;           // the DtsJobs have been listed
  std::function<std::string()> metrics;  // Prometheus' text format
};

// Serves probes and metrics on the addresses given; "" or "0" serves none of that kind, the same
// address for both serves both. Fails when an address can't be listened on.
Result<std::vector<std::unique_ptr<HttpServer>>> ServeProbes(const std::string& metrics_address,
                                                             const std::string& probe_address,
                                                             const ProbeSources& sources);

}  // namespace dtsop
