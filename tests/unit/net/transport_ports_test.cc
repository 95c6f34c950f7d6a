// The transport on the ports that production has: only there a port is left out of the Host header.
// tests/sdk/addresses.py does the same with names, IPv6, proxies and signatures.
#include <fmt/format.h>
#include <unistd.h>

#include "tests/support/certs.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

class TransportPorts : public TransportTest {
 protected:
  // The Host header that a server on port 443 or 80 gets, which is reached as `address` + `port`;
  // what went wrong, if it gets none. Skips the test, or fails it for root, when it can't listen.
  std::string HostSent(bool tls, const std::string& port) {
    const TestCert cert = ca_.Issue({.names = {"IP:" + address_}});
    ServerOptions server_options;
    server_options.address = address_ + (tls ? ":443" : ":80");
    if (tls) {
      server_options.tls_cert_pem = cert.cert_pem;
      server_options.tls_key_pem = cert.key_pem;
    }
    std::string host_sent;
    auto server = HttpServer::Listen(server_options, [&](const ServerRequest& request) {
      host_sent = FindHeader(request.headers, "host");
      return ServerReply{};
    });
    if (!server) {
      CannotListen(server.error().message);
      return "";
    }
    TransportOptions options;
    options.origin = (tls ? "https://" : "http://") + address_ + port;
    options.tls.ca_pem = ca_.cert_pem();
    Use(options);
    const auto outcome = Perform(Get());
    server->reset();  // ends its thread, which wrote host_sent
    return outcome.result.error == HttpError::kNone ? host_sent : outcome.result.detail;
  }

  static void CannotListen(const std::string& why) {
    if (geteuid() == 0) FAIL() << "root can't listen on a port of production: " << why;
    GTEST_SKIP() << "only root may listen on the ports of production: " << why;
  }

  // Of this process alone, so that tests can run side by side.
  const std::string address_ = fmt::format("127.{}.{}.{}", 1 + (getpid() >> 16) % 250,
                                           (getpid() >> 8) % 256, getpid() % 256);
  const TestCa ca_;
};

TEST_F(TransportPorts, AreLeftOutOfTheHostHeader) {
  for (const bool tls : {true, false}) {
    for (const std::string port : {"", tls ? ":443" : ":80"}) {
      const std::string host = HostSent(tls, port);
      if (IsSkipped()) return;
      EXPECT_EQ(host, address_);
    }
  }
}

}  // namespace
}  // namespace dtsop
