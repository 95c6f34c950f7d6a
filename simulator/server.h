// The simulator on the network: the DTS endpoint and the control endpoint.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "net/http_server.h"
#include "simulator/simulator.h"

namespace dtsop::simulator {

struct ServerSetup {
  Settings settings;
  uint64_t seed = 0;                               // of request ids and of faults with a percentage
  std::string listen = "127.0.0.1:18080";          // port 0: any
  std::string control_listen = "127.0.0.1:18081";  // always without TLS and without authentication
  std::string tls_cert_pem;                        // empty: the DTS endpoint speaks plain HTTP
  SecretString tls_key_pem;
};

class SimulatorServer {
 public:
  enum class Level { kDebug, kInfo, kWarning };
  // Receives one record per request, from the servers' threads, one at a time. `record` holds no
  // secret.
  using Log = std::function<void(Level level, const Json& record)>;

  // Binds both endpoints and serves until destroyed. `clock` must outlive the server. Fails when an
  // address is malformed or taken, or the certificate can't be used.
  static Result<std::unique_ptr<SimulatorServer>> Listen(ServerSetup setup, const Clock& clock,
                                                         Log log);

  uint16_t port() const { return endpoint_->port(); }
  uint16_t control_port() const { return control_->port(); }

 private:
  SimulatorServer(Settings settings, uint64_t seed, const Clock& clock, Log log);
  ServerReply HandleCall(const ServerRequest& request);
  ServerReply HandleControlCall(const ServerRequest& request);

  const Clock& clock_;
  const Log log_;
  std::mutex mutex_;  // guards simulator_ and orders the log
  DtsSimulator simulator_;
  // Last, so that the threads end before what they use.
  std::unique_ptr<HttpServer> endpoint_;
  std::unique_ptr<HttpServer> control_;
};

}  // namespace dtsop::simulator
