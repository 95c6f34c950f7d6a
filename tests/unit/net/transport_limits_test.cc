// Time limits and cancellation.
#include <thread>

#include "tests/support/certs.h"
#include "tests/support/sockets.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

using Backlog = SilentListener::Backlog;

constexpr milliseconds kShort{150};

class TransportLimits : public TransportTest {};

TEST_F(TransportLimits, GivesUpConnectingWhenTheBacklogIsFull) {
  const SilentListener listener(Backlog::kFull);
  for (const std::string scheme : {"http://", "https://"}) {
    Use(scheme + listener.Authority());
    HttpRequest request = Patient(Get());
    request.connect_timeout = kShort;
    ExpectError(Perform(request), HttpError::kTimeout, false,
                "no connection to " + listener.Authority() + " within 150ms");
  }
}

TEST_F(TransportLimits, CountsTheTlsHandshakeAsConnecting) {
  const SilentListener listener(Backlog::kFree);
  Use("https://" + listener.Authority());
  HttpRequest request = Patient(Get());
  request.connect_timeout = kShort;
  ExpectError(Perform(request), HttpError::kTimeout, false, "no connection to ");
}

TEST_F(TransportLimits, DoesNotCountTheAnswerAsConnecting) {
  // On a busy machine to connect takes its time, too.
  Imposter server([](const ServerRequest&) { return ServerReply{.delay = milliseconds(2'500)}; });
  Use(server.Origin());
  HttpRequest request = Patient(Get());
  request.connect_timeout = seconds(2);
  EXPECT_EQ(Perform(request).result.error, HttpError::kNone);
}

TEST_F(TransportLimits, EndsACallWhosePeerFallsSilentBeforeTheAnswer) {
  Imposter server(SayNothing);
  Use(server.Origin());
  HttpRequest request = Patient(Get());
  request.idle_timeout = kShort;
  ExpectError(Perform(request), HttpError::kTimeout, true, "no byte from ");
}

TEST_F(TransportLimits, EndsAStreamWhosePeerFallsSilentBetweenChunks) {
  Imposter server(
      [](const ServerRequest&) { return Say({{ChunkedHead() + Chunk("a")}}, Delivery::kStall); });
  Use(server.Origin());
  HttpRequest request = Stream();
  request.idle_timeout = kShort;
  const auto outcome = Perform(request);
  ExpectError(outcome, HttpError::kTimeout, true, "no byte from ");
  EXPECT_EQ(outcome.chunks, "a");
  EXPECT_EQ(outcome.result.status, 200);
}

TEST_F(TransportLimits, KeepsAStreamWhosePeerSpeaksInTime) {
  std::vector<RawPiece> pieces = {{ChunkedHead()}};
  for (int i = 0; i < 8; ++i) pieces.push_back({Chunk("x"), milliseconds(100)});
  pieces.push_back({Chunk("")});
  Imposter server([&](const ServerRequest&) { return Say(pieces, Delivery::kNormal); });
  Use(server.Origin());
  HttpRequest request = Stream();
  request.idle_timeout = milliseconds(500);
  const auto outcome = Perform(request);
  EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  EXPECT_EQ(outcome.chunks, "xxxxxxxx");
}

TEST_F(TransportLimits, EndsADrippingBodyAtTheTotalLimit) {
  std::vector<RawPiece> pieces = {{"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"}};
  for (int i = 0; i < 1000; ++i) pieces.push_back({"x", milliseconds(20)});
  Imposter server([&](const ServerRequest&) { return Say(pieces, Delivery::kNormal); });
  Use(server.Origin());
  HttpRequest request = Patient(Get());
  request.total_timeout = milliseconds(300);
  const auto outcome = Perform(request);
  ExpectError(outcome, HttpError::kTimeout, true, "no complete answer from ");
  EXPECT_TRUE(outcome.result.detail.ends_with("within 300ms"));
}

TEST_F(TransportLimits, DoesNotSendAfterTheRequestExpired) {
  Imposter server([](const ServerRequest&) { return ServerReply{}; });
  Use(server.Origin());
  HttpRequest request = Patient(Get());
  request.not_after = SystemClock().Read().mono - milliseconds(1);
  ExpectError(Perform(request), HttpError::kExpired, false, "expired");
  EXPECT_TRUE(server.Requests().empty());
}

TEST_F(TransportLimits, ExpiresWhileConnecting) {
  const SilentListener listener(Backlog::kFree);
  Use("https://" + listener.Authority());
  HttpRequest request = Patient(Get());
  request.not_after = SystemClock().Read().mono + kShort;
  ExpectError(Perform(request), HttpError::kExpired, false, "expired");
}

TEST_F(TransportLimits, DoesNotSendAnExpiredRequestOnAKeptConnection) {
  Imposter server([](const ServerRequest&) { return ServerReply{}; });
  Use(server.Origin());
  ASSERT_EQ(Perform(Get()).result.status, 200);
  HttpRequest request = Patient(Get());
  request.not_after = SystemClock().Read().mono - milliseconds(1);
  ExpectError(Perform(request), HttpError::kExpired, false, "expired");
  EXPECT_EQ(server.Requests().size(), 1U);
}

TEST_F(TransportLimits, CancelsBeforeTheCallHasConnected) {
  const SilentListener full(Backlog::kFull);
  const SilentListener silent(Backlog::kFree);
  for (const std::string& origin : {"http://" + full.Authority(), "https://" + full.Authority(),
                                    "https://" + silent.Authority()}) {
    Use(origin);
    const CallId at_once = Send(Patient(Get()));
    transport_->Cancel(at_once);
    ExpectError(sink_.Wait(at_once), HttpError::kCanceled, false, "canceled");

    const CallId connecting = Send(Patient(Get()));
    std::this_thread::sleep_for(milliseconds(50));  // lets it get into the connect or handshake
    transport_->Cancel(connecting);
    ExpectError(sink_.Wait(connecting), HttpError::kCanceled, false, "canceled");
  }
}

TEST_F(TransportLimits, CancelsWhileTheServerThinks) {
  Imposter server(SayNothing);
  Use(server.Origin());
  const CallId id = Send(Patient(Get()));
  server.WaitForRequests(1);
  transport_->Cancel(id);
  ExpectError(sink_.Wait(id), HttpError::kCanceled, true, "canceled");
}

TEST_F(TransportLimits, CancelsAStreamInItsMiddleAndPassesNothingOnAfterwards) {
  std::vector<RawPiece> pieces = {{ChunkedHead()}};
  for (int i = 0; i < 10'000; ++i) pieces.push_back({Chunk("x"), milliseconds(1)});
  Imposter server([&](const ServerRequest& request) {
    return request.target == "/stream" ? Say(pieces, Delivery::kNormal) : ServerReply{};
  });
  Use(server.Origin());
  HttpRequest stream = Stream();
  stream.target = "/stream";
  const CallId id = Send(stream);
  sink_.WaitUntil(id, [](const auto& call) { return call.chunk_count > 10; });
  transport_->Cancel(id);
  const auto at_end = sink_.Wait(id);
  ExpectError(at_end, HttpError::kCanceled, true, "canceled");

  Perform(Get());  // anything that was on its way to the sink has arrived by now
  EXPECT_EQ(sink_.Get(id).chunk_count, at_end.chunk_count);
}

TEST_F(TransportLimits, IgnoresCancelOfUnknownAndFinishedCalls) {
  Imposter server([](const ServerRequest&) { return ServerReply{}; });
  Use(server.Origin());
  const CallId id = Send(Get());
  sink_.Wait(id);
  transport_->Cancel(id);
  transport_->Cancel(4711);
  EXPECT_EQ(Perform(Get()).result.error, HttpError::kNone);
  EXPECT_EQ(sink_.Get(id).dones, 1);
  EXPECT_EQ(sink_.Get(id).result.error, HttpError::kNone);
}

TEST_F(TransportLimits, EndsEveryCallWhenItIsDestroyed) {
  Imposter server(SayNothing);
  TransportOptions options;
  options.origin = server.Origin();
  options.calls_in_flight_max = 2;
  Use(options);
  HttpRequest watch = Stream();
  watch.urgent = true;
  std::vector<CallId> calls = {Send(watch)};
  for (int i = 0; i < 5; ++i) calls.push_back(Send(Patient(Get())));
  server.WaitForRequests(3);

  transport_.reset();

  for (const CallId id : calls) {
    EXPECT_EQ(sink_.Get(id).dones, 1);
    EXPECT_EQ(sink_.Get(id).result.error, HttpError::kCanceled);
  }
}

TEST_F(TransportLimits, SurvivesAStormOfCancels) {
  const TestCa ca;
  const TestCert cert = ca.Issue();
  ServerOptions server_options;
  server_options.tls_cert_pem = cert.cert_pem;
  server_options.tls_key_pem = cert.key_pem;
  std::vector<RawPiece> pieces = {{ChunkedHead()}};
  for (int i = 0; i < 100; ++i) pieces.push_back({Chunk("x"), milliseconds(1)});
  Imposter server([&](const ServerRequest&) { return Say(pieces, Delivery::kNormal); },
                  server_options);
  TransportOptions options;
  options.origin = server.Origin();
  options.tls.ca_pem = ca.cert_pem();
  Use(options);
  std::vector<CallId> calls;
  for (int i = 0; i < 300; ++i) {
    calls.push_back(Send(Stream()));
    std::this_thread::sleep_for(std::chrono::microseconds(i * 377 % 4000));
    transport_->Cancel(calls.back());
  }
  for (const CallId id : calls) EXPECT_EQ(sink_.Wait(id).dones, 1);
}

}  // namespace
}  // namespace dtsop
