#include "simulator/server.h"

#include <utility>

#include "simulator/control.h"

namespace dtsop::simulator {
namespace {

// A load test keeps a connection per call in flight.
constexpr size_t kConnectionsMax = 4096;
constexpr size_t kPathBytesLogged = 200;
constexpr const char* kInterimAnswers =
    "HTTP/1.1 100 Continue\r\n\r\n"
    "HTTP/1.1 103 Early Hints\r\nLink: </help>; rel=help\r\n\r\n";

HttpRequest Received(const ServerRequest& request) {
  HttpRequest out;
  out.method = request.method;
  out.target = request.target;
  out.headers = request.headers;
  out.body = request.body;
  return out;
}

ServerReply OnTheWire(SimulatedReply reply) {
  ServerReply out;
  out.status = reply.status;
  out.headers = std::move(reply.headers);
  out.body = std::move(reply.body);
  out.delay = reply.latency;
  if (reply.interim) out.interim = kInterimAnswers;
  switch (reply.delivery) {
    case Delivery::kNormal:
      break;
    case Delivery::kLostReply:
      out.status = 0;
      out.delivery = dtsop::Delivery::kStall;
      break;
    case Delivery::kResetBeforeEffect:
    case Delivery::kResetAfterEffect:
      out.status = 0;
      out.delivery = dtsop::Delivery::kReset;
      break;
    case Delivery::kTruncated:
      out.delivery = dtsop::Delivery::kTruncate;
      break;
  }
  return out;
}

}  // namespace

SimulatorServer::SimulatorServer(Settings settings, uint64_t seed, const Clock& clock, Log log)
    : clock_(clock),
      log_(std::move(log)),
      simulator_(std::move(settings), Random(seed), clock.Read().wall) {}

Result<std::unique_ptr<SimulatorServer>> SimulatorServer::Listen(ServerSetup setup,
                                                                 const Clock& clock, Log log) {
  std::unique_ptr<SimulatorServer> server(
      new SimulatorServer(std::move(setup.settings), setup.seed, clock, std::move(log)));
  ServerOptions options;
  options.connections_max = kConnectionsMax;
  options.address = setup.control_listen;
  auto control = HttpServer::Listen(options, [self = server.get()](const ServerRequest& request) {
    return self->HandleControlCall(request);
  });
  if (!control.has_value()) return Fail("--control-listen: " + control.error().message);
  options.address = setup.listen;
  options.tls_cert_pem = std::move(setup.tls_cert_pem);
  options.tls_key_pem = std::move(setup.tls_key_pem);
  auto endpoint = HttpServer::Listen(options, [self = server.get()](const ServerRequest& request) {
    return self->HandleCall(request);
  });
  if (!endpoint.has_value()) return Fail("--listen: " + endpoint.error().message);
  server->control_ = std::move(*control);
  server->endpoint_ = std::move(*endpoint);
  return server;
}

ServerReply SimulatorServer::HandleCall(const ServerRequest& request) {
  const std::lock_guard lock(mutex_);
  SimulatedReply reply = simulator_.Handle(Received(request), clock_.Read().wall);
  const CallRecord& call = simulator_.calls().records().back();
  Json record = ShowCall(call);
  record["msg"] = "call";
  record["remote"] = request.remote;
  log_(call.verdict == "accepted" && call.fault.empty() ? Level::kInfo : Level::kWarning, record);
  return OnTheWire(std::move(reply));
}

ServerReply SimulatorServer::HandleControlCall(const ServerRequest& request) {
  const std::lock_guard lock(mutex_);
  const ControlReply reply = HandleControl(Received(request), clock_.Read().wall, &simulator_);
  log_(Level::kDebug, {{"msg", "control"},
                       {"method", request.method},
                       {"target", request.target.substr(0, kPathBytesLogged)},
                       {"httpStatus", reply.status}});
  ServerReply out;
  out.status = reply.status;
  out.headers = {{"content-type", "application/json"}};
  out.body = DumpJson(reply.body) + "\n";
  return out;
}

}  // namespace dtsop::simulator
