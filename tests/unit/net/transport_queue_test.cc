// The cap on calls in flight.
#include <set>

#include "tests/support/tcp_proxy.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

class TransportQueue : public TransportTest {
 protected:
  void UseWithCap(const Imposter& server, size_t calls_in_flight_max) {
    TransportOptions options;
    options.origin = server.Origin();
    options.calls_in_flight_max = calls_in_flight_max;
    Use(options);
  }
};

TEST_F(TransportQueue, CapsTheCallsInFlight) {
  constexpr size_t kCap = 4;
  Imposter server([](const ServerRequest&) { return ServerReply{.delay = milliseconds(2)}; });
  UseWithCap(server, kCap);
  std::vector<CallId> calls;
  for (int i = 0; i < 64; ++i) calls.push_back(Send(Get("/" + std::to_string(i))));
  for (const CallId id : calls) EXPECT_EQ(sink_.Wait(id).result.status, 200);

  std::set<uint64_t> connections;
  for (const ServerRequest& request : server.Requests()) connections.insert(request.connection);
  EXPECT_EQ(connections.size(), kCap);
}

TEST_F(TransportQueue, ServesWaitingCallsInTheOrderOfSend) {
  Imposter server([](const ServerRequest&) { return ServerReply{}; });
  UseWithCap(server, 1);
  std::vector<CallId> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(Send(Get()));
  for (const CallId id : calls) sink_.Wait(id);
  EXPECT_EQ(sink_.DoneOrder(), calls);
}

TEST_F(TransportQueue, NeverLetsAnUrgentStreamWait) {
  Imposter server([](const ServerRequest& request) {
    if (request.target != "/stream") return SayNothing(request);
    return Say({{ChunkedHead() + Chunk("a")}}, Delivery::kStall);
  });
  UseWithCap(server, 1);
  Send(Patient(Get()));
  HttpRequest stream = Stream();
  stream.target = "/stream";
  stream.urgent = true;
  for (int i = 0; i < 3; ++i) {
    sink_.WaitUntil(Send(stream), [](const auto& call) { return call.chunk_count == 1; });
  }
}

TEST_F(TransportQueue, LeavesAServerAloneThatCouldNotBeReachedButForUrgentCalls) {
  TcpProxy network(1);
  network.SetMode(TcpProxy::Mode::kRefuse);
  TransportOptions options;
  options.origin = fmt::format("http://127.0.0.1:{}", network.port());
  options.connect_pause = hours(1);
  Use(options);
  ExpectError(Perform(Patient(Get())), HttpError::kConnect, false, "cannot connect to ");
  for (const bool stream : {false, true}) {
    HttpRequest request = Patient(Get());
    request.stream = stream;
    request.urgent = stream;
    for (int i = 0; i < 3; ++i) {
      ExpectError(Perform(request), HttpError::kConnect, false, "not tried again yet");
    }
  }
  Imposter server([](const ServerRequest&) { return ServerReply{}; });
  network.SetTarget(ParseOrigin(server.Origin())->port);
  network.SetMode(TcpProxy::Mode::kForward);
  HttpRequest urgent = Get();
  urgent.urgent = true;
  EXPECT_EQ(Perform(urgent).result.status, 200);
  EXPECT_EQ(Perform(Get()).result.status, 200) << "it can be reached again";
}

TEST_F(TransportQueue, CountsTheWaitForATurnAgainstTheTotalLimit) {
  Imposter server(SayNothing);
  UseWithCap(server, 1);
  Send(Patient(Get()));
  HttpRequest request = Patient(Get());
  request.total_timeout = milliseconds(150);
  ExpectError(Perform(request), HttpError::kTimeout, false, "no free connection to ");
  EXPECT_EQ(server.Requests().size(), 1U);
}

TEST_F(TransportQueue, ExpiresWhileWaitingForItsTurn) {
  Imposter server(SayNothing);
  UseWithCap(server, 1);
  Send(Patient(Get()));
  HttpRequest request = Patient(Get());
  request.not_after = SystemClock().Read().mono + milliseconds(150);
  ExpectError(Perform(request), HttpError::kExpired, false, "expired");
}

}  // namespace
}  // namespace dtsop
