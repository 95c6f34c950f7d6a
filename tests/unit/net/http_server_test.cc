#include "net/http_server.h"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/certs.h"
#include "tests/support/sockets.h"

namespace dtsop {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class HttpServerTest : public testing::Test {
 protected:
  void Serve(HttpServer::Handler handler, const ServerOptions& options = {}) {
    auto server = HttpServer::Listen(options, std::move(handler));
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }
  void Serve(const ServerReply& reply, const ServerOptions& options = {}) {
    Serve(
        [this, reply](const ServerRequest&) {
          ++requests_;
          return reply;
        },
        options);
  }

  // Everything the server says to `bytes` until it closes.
  std::string Exchange(const std::string& bytes) {
    const RawClient client(server_->port());
    client.Write(bytes);
    return client.ReadUntil("");
  }

  std::atomic<int> requests_{0};
  std::unique_ptr<HttpServer> server_;
};

constexpr char kGet[] = "GET /path?q=1 HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr char kGetAndClose[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST_F(HttpServerTest, GivesTheHandlerTheWholeRequest) {
  ServerRequest seen;
  Serve([&](const ServerRequest& request) {
    seen = request;
    return ServerReply{.status = 201, .headers = {{"X-A", "1"}}, .body = "made"};
  });

  const std::string answer = Exchange(
      "POST /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-In: 2\r\nContent-Length: 4\r\n"
      "Connection: close\r\n\r\nbody");

  EXPECT_EQ(answer,
            "HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmade");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/a%20b?c=d");
  EXPECT_EQ(FindHeader(seen.headers, "x-in"), "2");
  EXPECT_EQ(seen.body, "body");
  EXPECT_THAT(seen.remote, StartsWith("127.0.0.1:"));
}

TEST_F(HttpServerTest, TakesTheAbsoluteFormOfATargetThatAProxyIsSent) {
  for (const auto& [target, path, host] :
       {std::array{"http://dts.example.com/a%20b?c=http://d", "/a%20b?c=http://d",
                   "dts.example.com"},
        std::array{"http://[::1]:8080?c=d", "/?c=d", "[::1]:8080"},
        std::array{"http://x:80", "/", "x"}, std::array{"/http://a/", "/http://a/", "x"},
        std::array{"http://user@x/", "http://user@x/", "x"}}) {
    ServerRequest seen;
    Serve([&](const ServerRequest& request) {
      seen = request;
      return ServerReply{};
    });
    const std::string head = std::string("GET ") + target + " HTTP/1.1\r\nHost: x\r\n";
    EXPECT_THAT(Exchange(head + "Connection: close\r\n\r\n"), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(seen.target, path);
    EXPECT_EQ(FindHeader(seen.headers, "Host"), host) << target;
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  Serve([](const ServerRequest& request) { return ServerReply{.body = request.target}; });
  const std::string answer = Exchange(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nxx" +
      std::string(kGetAndClose));
  EXPECT_LT(answer.find("\r\n\r\n/1HTTP"), answer.find("\r\n\r\n/2HTTP"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n/")) << answer;
}

TEST_F(HttpServerTest, ClosesAfterAnHttp10Request) {
  Serve(ServerReply{.body = "x"});
  EXPECT_THAT(Exchange("GET / HTTP/1.0\r\n\r\n"), HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(HttpServerTest, SendsNoBodyToHeadAndWith204) {
  Serve([](const ServerRequest& request) {
    return ServerReply{.status = request.method == "HEAD" ? 200 : 204, .body = "x"};
  });
  EXPECT_EQ(Exchange("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(Exchange(kGetAndClose), "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST_F(HttpServerTest, RefusesMalformedRequestsWithoutTheHandler) {
  Serve(ServerReply{});
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nBad Name: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "\x16\x03\x01\x02\x00"}) {
    const RawClient client(server_->port());
    client.Write(bytes);
    EXPECT_THAT(client.ReadUntil(""), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerTest, RefusesAHeadThatIsTooLarge) {
  Serve(ServerReply{}, {.header_bytes_max = 1000});
  EXPECT_THAT(Exchange("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerTest, RefusesABodyThatIsTooLarge) {
  Serve(ServerReply{}, {.body_bytes_max = 1000});
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk +
                       chunk + "0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerTest, DropsAClientThatIsSlowWithItsRequest) {
  Serve(ServerReply{}, {.head_timeout = milliseconds(100), .idle_timeout = milliseconds(100)});
  EXPECT_EQ(Exchange("GET / HT"), "");
  EXPECT_EQ(Exchange(""), "");
  EXPECT_THAT(Exchange(kGet), StartsWith("HTTP/1.1 200 OK\r\n"));  // then idle, then dropped
  EXPECT_EQ(requests_, 1);
}

TEST_F(HttpServerTest, DropsAClientThatDoesNotReadItsAnswerAndServesOthersMeanwhile) {
  constexpr size_t kLarge = 64U << 20;  // more than the sockets buffer
  Serve(
      [](const ServerRequest& request) {
        return ServerReply{.body = std::string(request.target == "/" ? 1 : kLarge, 'x')};
      },
      {.write_timeout = milliseconds(200)});
  const RawClient slow(server_->port());
  slow.Write(kGet);
  slow.ReadUntil("\r\n\r\n");

  EXPECT_THAT(Exchange(kGetAndClose), StartsWith("HTTP/1.1 200 OK\r\n"));

  std::this_thread::sleep_for(milliseconds(400));  // the slow client's doing
  EXPECT_LT(slow.ReadUntil("").size(), kLarge);
}

TEST_F(HttpServerTest, AConnectionBeyondItsLimitClosesTheOneIdleForLongest) {
  Serve(ServerReply{}, {.connections_max = 2});
  const RawClient first(server_->port());
  const RawClient second(server_->port());
  for (const RawClient* client : {&first, &second}) {
    client->Write(kGet);
    EXPECT_THAT(client->ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200 OK"));
  }
  EXPECT_THAT(Exchange(kGetAndClose), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_EQ(first.ReadUntil(""), "");
  second.Write(kGetAndClose);
  EXPECT_THAT(second.ReadUntil(""), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, MisbehavesAsTold) {
  Serve([](const ServerRequest& request) {
    ServerReply reply{.body = "12345678"};
    if (request.target == "/truncate") reply.delivery = Delivery::kTruncate;
    if (request.target == "/close") reply = {.status = 0, .delivery = Delivery::kClose};
    if (request.target == "/reset") reply = {.status = 0, .delivery = Delivery::kReset};
    if (request.target == "/raw") {
      reply.raw = {{"raw"}, {" bytes", milliseconds(10)}};
      reply.delivery = Delivery::kClose;
    }
    return reply;
  });
  const auto get = [&](const std::string& target) {
    return Exchange("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
  };
  EXPECT_THAT(get("/truncate"),
              AllOf(HasSubstr("Content-Length: 8\r\n"), HasSubstr("\r\n\r\n1234")));
  EXPECT_TRUE(get("/truncate").ends_with("1234"));
  EXPECT_EQ(get("/close"), "");
  EXPECT_EQ(get("/reset"), "");
  EXPECT_EQ(get("/raw"), "raw bytes");
}

TEST_F(HttpServerTest, ClosesStalledAndIdleConnectionsWhenDestroyed) {
  Serve([](const ServerRequest& request) {
    if (request.target == "/idle") return ServerReply{};
    if (request.target == "/delayed") return ServerReply{.delay = minutes(5)};
    return ServerReply{.delivery = Delivery::kStall};
  });
  const RawClient idle(server_->port());
  const RawClient stalled(server_->port());
  const RawClient delayed(server_->port());
  idle.Write("GET /idle HTTP/1.1\r\n\r\n");
  stalled.Write("GET /stalled HTTP/1.1\r\n\r\n");
  delayed.Write("GET /delayed HTTP/1.1\r\n\r\n");
  idle.ReadUntil("\r\n\r\n");
  stalled.ReadUntil("\r\n\r\n");

  server_.reset();

  EXPECT_EQ(idle.ReadUntil(""), "");
  EXPECT_EQ(stalled.ReadUntil(""), "");
  EXPECT_EQ(delayed.ReadUntil(""), "");
}

TEST_F(HttpServerTest, TellsWhyItCannotListen) {
  Serve(ServerReply{});
  const auto error = [](const ServerOptions& options) {
    auto server = HttpServer::Listen(options, [](const ServerRequest&) { return ServerReply{}; });
    return server ? "listens" : server.error().message;
  };
  const std::string taken = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_EQ(error({.address = taken}), "cannot listen on " + taken + ": Address already in use");
  for (const char* address : {"", "8080", "host:1", "127.0.0.1:", "127.0.0.1:99999", "[::1:0"}) {
    EXPECT_THAT(error({.address = address}), HasSubstr("write it as address:port or :port"))
        << address;
  }
  EXPECT_THAT(error({.tls_cert_pem = "nonsense"}), HasSubstr("server certificate"));
  EXPECT_THAT(error({.tls_cert_pem = TestCa().Issue().cert_pem}), HasSubstr("server key"));
}

TEST_F(HttpServerTest, ListensOnAllInterfacesWhenOnlyAPortIsGiven) {
  Serve(ServerReply{}, {.address = ":0"});
  EXPECT_THAT(Exchange(kGetAndClose), StartsWith("HTTP/1.1 200 OK"));
}

}  // namespace
}  // namespace dtsop
