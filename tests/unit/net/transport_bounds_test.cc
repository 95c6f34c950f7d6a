// What a server may make the transport keep. The library reads a head or a chunk of any size.
#include <gmock/gmock.h>

#include "tests/support/certs.h"
#include "tests/support/connect_proxy.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

constexpr size_t kForever = 40U << 20;

class TransportBounds : public TransportTest {
 protected:
  // Neither answer ever ends: a call without bounds would end by its limits of time.
  static ServerReply Endless(const ServerRequest& request) {
    return Say(
        {{request.target == "/head" ? "HTTP/1.1 200 OK\r\nX: " + std::string(kForever, 'x')
                                    : ChunkedHead() + "7ffffff0\r\n" + std::string(kForever, 'x')}},
        Delivery::kStall);
  }
  void ExpectTooLarge(const HttpRequest& request, const std::string& who) {
    ExpectError(Perform(Patient(request)), HttpError::kTooLarge, true, who);
  }

  const TestCa ca_;
  const TestCert cert_ = ca_.Issue();
  const ServerOptions tls_{.tls_cert_pem = cert_.cert_pem, .tls_key_pem = cert_.key_pem};
};

TEST_F(TransportBounds, HoldForAHeadAndAChunkWithAndWithoutTls) {
  Imposter plain(Endless);
  Imposter encrypted(Endless, tls_);
  for (const Imposter* server : {&plain, &encrypted}) {
    TransportOptions options;
    options.origin = server->Origin();
    options.tls.ca_pem = ca_.cert_pem();
    Use(options);
    for (const std::string target : {"/head", "/chunk"}) {
      ExpectTooLarge(Get(target), server->Authority());
      HttpRequest stream = Stream();
      stream.target = target;
      ExpectTooLarge(stream, server->Authority());
    }
  }
}

TEST_F(TransportBounds, HoldOnAKeptConnectionToo) {
  Imposter server([](const ServerRequest& request) {
    return request.target == "/small" ? ServerReply{.body = "small"} : Endless(request);
  });
  Use(server.Origin());
  EXPECT_EQ(Perform(Get("/small")).result.body, "small");
  ExpectTooLarge(Get("/head"), server.Authority());
  EXPECT_EQ(server.Requests()[0].connection, server.Requests()[1].connection);
}

TEST_F(TransportBounds, LetAStreamOfAnyLengthPass) {
  constexpr int kChunks = 600;
  const std::string chunk(64U << 10, 'x');
  Imposter server([&](const ServerRequest&) {
    std::vector<RawPiece> pieces = {{ChunkedHead()}};
    for (int i = 0; i < kChunks; ++i) pieces.push_back({Chunk(chunk)});
    pieces.push_back({Chunk("")});
    return Say(std::move(pieces), Delivery::kNormal);
  });
  Use(server.Origin());
  const auto outcome = Perform(Patient(Stream()));
  EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  EXPECT_EQ(outcome.chunks.size(), kChunks * chunk.size());
}

TEST_F(TransportBounds, HoldForAProxysAnswerToConnect) {
  Imposter server([](const ServerRequest&) { return ServerReply{}; }, tls_);
  ConnectProxy proxy(1, "HTTP/1.1 200 OK\r\nX: " + std::string(kForever, 'x'));
  TransportOptions options;
  options.proxies =
      ProxyRules::FromEnvironment([&](const std::string& name) -> std::optional<std::string> {
        return name == "HTTPS_PROXY" ? std::optional(proxy.Authority()) : std::nullopt;
      }).value();
  Use(options);
  HttpRequest request = Get();
  request.origin = "https://dts.test";
  ExpectError(Perform(Patient(request)), HttpError::kTooLarge, false, "127.0.0.1 sent");
}

TEST_F(TransportBounds, AnEncodingThatNobodyAskedForIsNamed) {
  for (const std::string header : {"Content-Encoding: gzip", "Transfer-Encoding: gzip, chunked"}) {
    Imposter server([&](const ServerRequest&) {
      return Say({{"HTTP/1.1 200 OK\r\n" + header + "\r\nContent-Length: 4\r\n\r\n\x1f\x8b\b\x01"}},
                 Delivery::kClose);
    });
    Use(server.Origin());
    for (const HttpRequest& request : {Get(), Stream()}) {
      const auto outcome = Perform(request);
      ExpectError(outcome, HttpError::kOther, true, "(gzip");
      EXPECT_THAT(outcome.result.detail, HasSubstr(server.Authority()));
      EXPECT_EQ(outcome.result.body + outcome.chunks, "");
    }
  }
}

}  // namespace
}  // namespace dtsop
