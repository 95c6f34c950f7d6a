// dts-simulator inside the test program, driven through its control endpoint as a person would.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "simulator/server.h"
#include "tests/support/certs.h"

namespace dtsop {

class DtsEndpoint {
 public:
  static constexpr const char* kAccessKeyId = "test-key-id";
  static constexpr const char* kAccessKeySecret = "test-key-secret-canary";

  // Serves on `address`, "host:port", until destroyed, with TLS if there is a certificate; one
  // account, and jobs that start within seconds.
  explicit DtsEndpoint(const std::string& address = "127.0.0.1:0", const TestCert& cert = {});

  int port() const { return server_->port(); }
  std::string origin() const;

  // A request to the control endpoint, see docs/simulator.md; adds a test failure if it is refused.
  Json Control(const std::string& method, const std::string& path, const Json& body = nullptr);

  // A job that is prechecked and initialized in half a second; `fields` override.
  void AddJob(const std::string& id, const Json& fields = Json::object());
  void AddFault(const Json& fault) { Control("POST", "/faults", fault); }
  Json Job(const std::string& id) { return Control("GET", "/jobs/" + id); }
  int StartsOf(const std::string& id);

  // The calls that came in, oldest first: all, or those of one action.
  std::vector<Json> Calls(const std::string& action = "");

 private:
  SystemClock clock_;
  std::unique_ptr<simulator::SimulatorServer> server_;
};

}  // namespace dtsop
