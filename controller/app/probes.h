// The HTTP endpoints of the operator itself: /healthz, /readyz and /metrics.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/metrics_access.h"
#include "base/result.h"
#include "net/http_server.h"

namespace dtsop {

struct ProbeOptions {
  // "" or "0" serves none of that kind, the same address for both serves both.
  std::string metrics_address;
  std::string probe_address;
  // Reads the certificate for /metrics; empty: plain HTTP. Then the addresses must differ, since
  // the kubelet's probes speak HTTP.
  std::function<Result<ServerCertificate>()> metrics_certificate{};
  // What is wrong with a certificate that was to replace one. From the server's thread.
  std::function<void(const Error&)> on_certificate_problem{};
};

struct ProbeSources {
  std::function<bool()> live;            // the main loop turns
  std::function<bool()> ready;           // the DtsJobs have been listed
  std::function<std::string()> metrics;  // Prometheus' text format
  MetricsAccess* access = nullptr;       // who may read /metrics; null: everybody
};

// Serves probes and metrics, each address on a thread of its own. No number of silent or slow
// clients keeps others from an answer. Fails when an address can't be listened on, or the
// certificate not be used.
Result<std::vector<std::unique_ptr<HttpServer>>> ServeProbes(const ProbeOptions& options,
                                                             const ProbeSources& sources);

}  // namespace dtsop
