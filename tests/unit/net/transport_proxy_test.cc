// The transport behind a proxy that tunnels.
#include <gmock/gmock.h>

#include "tests/support/certs.h"
#include "tests/support/connect_proxy.h"
#include "tests/support/sockets.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class TransportProxy : public TransportTest {
 protected:
  static ServerReply Answer(const ServerRequest& request) {
    return ServerReply{.body = request.method + " " + request.target};
  }

  // Every server but those of `no_proxy` is behind `proxy`, "[user:password@]host:port".
  void UseProxy(const std::string& proxy, const std::string& no_proxy = "") {
    TransportOptions options;
    options.tls.ca_pem = ca_.cert_pem();
    options.proxies =
        ProxyRules::FromEnvironment([&](const std::string& name) -> std::optional<std::string> {
          if (name == "NO_PROXY") return no_proxy;
          return name == "HTTPS_PROXY" || name == "HTTP_PROXY" ? std::optional("http://" + proxy)
                                                               : std::nullopt;
        }).value();
    Use(options);
  }
  static HttpRequest To(const std::string& origin, HttpRequest request) {
    request.origin = origin;
    return request;
  }
  int PortOf(const Imposter& server) const {
    return std::stoi(server.Authority().substr(server.Authority().find(':') + 1));
  }

  const TestCa ca_;
  const TestCert cert_ = ca_.Issue({.names = {"DNS:dts.test"}});
  Imposter tls_server_{Answer,
                       ServerOptions{.tls_cert_pem = cert_.cert_pem, .tls_key_pem = cert_.key_pem}};
};

TEST_F(TransportProxy, TunnelsHttps) {
  ConnectProxy proxy(PortOf(tls_server_));
  UseProxy("us%3Aer:pass%20word@" + proxy.Authority());
  HttpRequest request = To("https://dts.test:8443", Post("body"));
  request.headers = {{"authorization", "signature"}};
  const auto outcome = Perform(std::move(request));
  EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  EXPECT_EQ(outcome.result.body, "POST /");
  ASSERT_EQ(proxy.Heads().size(), 1U);
  EXPECT_THAT(proxy.Heads()[0],
              AllOf(StartsWith("CONNECT dts.test:8443 HTTP/1.1\r\n"),
                    HasSubstr("Proxy-Authorization: Basic dXM6ZXI6cGFzcyB3b3Jk\r\n"),
                    Not(HasSubstr("signature"))));
  const HttpHeaders received = tls_server_.Requests().at(0).headers;
  EXPECT_EQ(FindHeader(received, "proxy-authorization"), "");
  EXPECT_EQ(FindHeader(received, "host"), "dts.test:8443");
}

TEST_F(TransportProxy, OpensATunnelForEachRequest) {
  ConnectProxy proxy(PortOf(tls_server_));
  UseProxy(proxy.Authority());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Perform(To("https://dts.test", Get())).result.error, HttpError::kNone);
  }
  EXPECT_EQ(proxy.Heads().size(), 3U);
}

TEST_F(TransportProxy, StreamsThroughATunnel) {
  Imposter stream(
      [](const ServerRequest&) {
        return Say({{ChunkedHead() + Chunk("one")}, {Chunk("two") + Chunk("")}}, Delivery::kNormal);
      },
      ServerOptions{.tls_cert_pem = cert_.cert_pem, .tls_key_pem = cert_.key_pem});
  ConnectProxy proxy(PortOf(stream));
  UseProxy(proxy.Authority());
  const auto outcome = Perform(To("https://dts.test", Stream()));
  EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  EXPECT_EQ(outcome.chunks, "onetwo");
}

TEST_F(TransportProxy, VerifiesTheServerBehindIt) {
  ConnectProxy proxy(PortOf(tls_server_));
  UseProxy(proxy.Authority());
  ExpectError(Perform(To("https://other.test", Post("x"))), HttpError::kTls, false,
              "not valid for the name other.test");
  EXPECT_TRUE(tls_server_.Requests().empty());
}

TEST_F(TransportProxy, ThatRefusesIsNamedWithoutItsPassword) {
  for (const auto& [answer, detail] : std::vector<std::pair<std::string, std::string>>{
           {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
            "407"},
           {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops", "502"},
           {"no HTTP at all\r\n\r\n", ""},
           {"HTTP/1.1 407 cut", ""}}) {
    ConnectProxy proxy(PortOf(tls_server_), answer);
    UseProxy("user:hunter2@" + proxy.Authority());
    const auto outcome = Perform(To("https://dts.test", Post("x")));
    ExpectError(outcome, HttpError::kConnect, false, detail);
    EXPECT_THAT(outcome.result.detail,
                AllOf(HasSubstr(proxy.Authority()), Not(HasSubstr("hunter2"))));
  }
  EXPECT_TRUE(tls_server_.Requests().empty());
}

TEST_F(TransportProxy, ThatIsNotThereIsNamed) {
  const std::string nobody = "127.0.0.1:" + std::to_string(UnusedPort());
  UseProxy(nobody);
  ExpectError(Perform(To("https://dts.test", Get())), HttpError::kConnect, false, nobody);
  ExpectError(Perform(To("http://dts.test", Get())), HttpError::kConnect, false, nobody);
  UseProxy("no-such-host.invalid:3128");
  ExpectError(Perform(To("https://dts.test", Get())), HttpError::kConnect, false,
              "cannot resolve the name no-such-host.invalid");
}

TEST_F(TransportProxy, ThatIsSilentCostsTheConnectTimeout) {
  ConnectProxy proxy(PortOf(tls_server_), "");
  UseProxy(proxy.Authority());
  HttpRequest request = Patient(To("https://dts.test", Post("x")));
  request.connect_timeout = milliseconds(300);
  ExpectError(Perform(std::move(request)), HttpError::kTimeout, false, "no connection to dts.test");
}

TEST_F(TransportProxy, PassesHttpOn) {
  Imposter server(Answer);
  ConnectProxy proxy(PortOf(server));
  UseProxy("user:pass@" + proxy.Authority());
  for (int i = 0; i < 2; ++i) {
    const auto outcome = Perform(To("http://dts.test:8080", Get("/a%20b?c=%2B&d")));
    EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  }
  ASSERT_EQ(proxy.Heads().size(), 1U) << "the connection is kept";
  EXPECT_THAT(proxy.Heads()[0],
              AllOf(StartsWith("GET http://dts.test:8080/a%20b?c=%2B&d HTTP/1.1\r\n"),
                    HasSubstr("\r\nHost:dts.test:8080\r\n"),
                    HasSubstr("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n")));
}

TEST_F(TransportProxy, IsLeftOutWhereNoProxySaysSo) {
  Imposter server(Answer);
  ConnectProxy proxy(PortOf(server));
  UseProxy(proxy.Authority(), "unused.test");
  EXPECT_EQ(Perform(To(server.Origin(), Get())).result.error, HttpError::kNone) << "loopback";
  EXPECT_EQ(proxy.Heads().size(), 0U);
  UseProxy(proxy.Authority(), ".test:443,no-such-host.invalid");
  ExpectError(Perform(To("http://no-such-host.invalid", Get())), HttpError::kConnect, false,
              "no-such-host.invalid");
  EXPECT_EQ(proxy.Heads().size(), 0U);
}

// A proxy puts the authority of the request's line into the Host header, which is signed.
TEST_F(TransportProxy, LeavesADefaultPortOutOfAllButConnect) {
  Imposter server(Answer);
  ConnectProxy plain(PortOf(server));
  UseProxy(plain.Authority());
  Perform(To("http://dts.test:80", Get("/a")));
  Perform(To("http://[2001:db8::1]", Get("/a")));
  ASSERT_EQ(plain.Heads().size(), 2U);
  EXPECT_THAT(plain.Heads()[0], AllOf(StartsWith("GET http://dts.test/a HTTP/1.1\r\n"),
                                      HasSubstr("\r\nHost:dts.test\r\n")));
  EXPECT_THAT(plain.Heads()[1], AllOf(StartsWith("GET http://[2001:db8::1]/a HTTP/1.1\r\n"),
                                      HasSubstr("\r\nHost:[2001:db8::1]\r\n")));

  const TestCert cert = ca_.Issue({.names = {"DNS:dts.test", "IP:2001:db8::1"}});
  Imposter tls_server(Answer,
                      ServerOptions{.tls_cert_pem = cert.cert_pem, .tls_key_pem = cert.key_pem});
  ConnectProxy tunnel(PortOf(tls_server));
  UseProxy(tunnel.Authority());
  for (const std::string host : {"dts.test", "[2001:db8::1]"}) {
    const auto outcome = Perform(To("https://" + host, Get()));
    EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
    EXPECT_THAT(tunnel.Heads().back(), StartsWith("CONNECT " + host + ":443 HTTP/1.1\r\n"));
    EXPECT_EQ(FindHeader(tls_server.Requests().back().headers, "host"), host);
  }
}

}  // namespace
}  // namespace dtsop
