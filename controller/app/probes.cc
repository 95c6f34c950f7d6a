#include "app/probes.h"

#include <set>
#include <utility>

namespace dtsop {
namespace {

// Few enough that both ports leave most of 1,024 descriptors, a usual limit, to the transports.
constexpr size_t kConnectionsMax = 128;

ServerReply Text(int status, std::string body) {
  ServerReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
  reply.body = std::move(body);
  return reply;
}

ServerReply NotAllowed() {
  ServerReply reply = Text(405, "only GET and HEAD\n");
  reply.headers.emplace_back("Allow", "GET, HEAD");
  return reply;
}

void Answer(const ProbeSources& sources, bool metrics, bool probes, const ServerRequest& request,
            const HttpServer::Reply& reply) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (request.method != "GET" && request.method != "HEAD") return reply(NotAllowed());
  if (probes && path == "/healthz") {
    return reply(sources.live() ? Text(200, "ok\n") : Text(500, "the main loop does not turn\n"));
  }
  if (probes && path == "/readyz") {
    return reply(sources.ready() ? Text(200, "ok\n")
                                 : Text(503, "the DtsJobs have not been listed yet\n"));
  }
  if (!metrics || path != "/metrics") return reply(Text(404, "not found\n"));
  if (sources.access == nullptr) return reply(Text(200, sources.metrics()));
  sources.access->Check(request, [reply, text = sources.metrics](std::optional<ServerReply> no) {
    reply(no ? *std::move(no) : Text(200, text()));
  });
}

}  // namespace

Result<std::vector<std::unique_ptr<HttpServer>>> ServeProbes(const ProbeOptions& options,
                                                             const ProbeSources& sources) {
  std::vector<std::unique_ptr<HttpServer>> servers;
  for (const std::string& address :
       std::set<std::string>{options.metrics_address, options.probe_address}) {
    if (address.empty() || address == "0") continue;
    const bool metrics = address == options.metrics_address;
    const bool probes = address == options.probe_address;
    ServerOptions server_options;
    server_options.address = address;
    server_options.body_bytes_max = 0;
    server_options.connections_max = kConnectionsMax;
    server_options.head_timeout = seconds(5);
    server_options.write_timeout = seconds(10);
    if (metrics && options.metrics_certificate) {
      if (probes) {
        return Fail(
            "--metrics-cert-file needs a --metrics-bind-address of its own: the probes are asked "
            "without TLS");
      }
      server_options.certificate = options.metrics_certificate;
      server_options.on_certificate_problem = options.on_certificate_problem;
    }
    auto server = HttpServer::ListenAsync(
        server_options,
        [sources, metrics, probes](const ServerRequest& request, const HttpServer::Reply& reply) {
          Answer(sources, metrics, probes, request, reply);
        });
    if (!server) return tl::unexpected(server.error());
    servers.push_back(std::move(*server));
  }
  return servers;
}

}  // namespace dtsop
