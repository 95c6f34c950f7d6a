#include "app/probes.h"

#include <set>
#include <utility>

namespace dtsop {
namespace {

ServerReply Text(int status, std::string body) {
  ServerReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
  reply.body = std::move(body);
  return reply;
}

ServerReply Answer(const ProbeSources& sources, bool metrics, bool probes,
                   const ServerRequest& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (request.method != "GET" && request.method != "HEAD") return Text(405, "only GET\n");
  if (probes && path == "/healthz") {
    return sources.live() ? Text(200, "ok\n") : Text(500, "the main loop does not turn\n");
  }
  if (probes && path == "/readyz") {
    return sources.ready() ? Text(200, "ok\n")
                           : Text(503, "the DtsJobs have not been listed yet\n");
  }
  if (metrics && path == "/metrics") return Text(200, sources.metrics());
  return Text(404, "not found\n");
}

}  // namespace

Result<std::vector<std::unique_ptr<HttpServer>>> ServeProbes(const std::string& metrics_address,
                                                             const std::string& probe_address,
                                                             const ProbeSources& sources) {
  std::vector<std::unique_ptr<HttpServer>> servers;
  for (const std::string& address : std::set<std::string>{metrics_address, probe_address}) {
    if (address.empty() || address == "0") continue;
    ServerOptions options;
    options.address = address;
    options.body_bytes_max = 0;
    const bool metrics = address == metrics_address;
    const bool probes = address == probe_address;
    auto server =
        HttpServer::Listen(options, [sources, metrics, probes](const ServerRequest& request) {
          return Answer(sources, metrics, probes, request);
        });
    if (!server) return tl::unexpected(server.error());
    servers.push_back(std::move(*server));
  }
  return servers;
}

}  // namespace dtsop
