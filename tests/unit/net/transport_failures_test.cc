// Peers that close, lie or break the protocol, and what may be sent again because of it.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "tests/support/sockets.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class TransportFailures : public TransportTest {};

TEST_F(TransportFailures, TellsARefusedConnection) {
  const std::string authority = "127.0.0.1:" + std::to_string(UnusedPort());
  for (const std::string scheme : {"http://", "https://"}) {
    Use(scheme + authority);
    const auto outcome = Perform(Get());
    EXPECT_EQ(outcome.result.error, HttpError::kConnect);
    EXPECT_FALSE(outcome.result.sent);
    EXPECT_THAT(outcome.result.detail,
                HasSubstr("cannot connect to " + authority + ": connection refused"));
  }
}

TEST_F(TransportFailures, TellsAnUnresolvableName) {
  Use("https://no-such-host.invalid");
  const auto outcome = Perform(Get());
  EXPECT_EQ(outcome.result.error, HttpError::kConnect) << outcome.result.detail;
  EXPECT_FALSE(outcome.result.sent);
  EXPECT_THAT(outcome.result.detail, HasSubstr("cannot resolve the name no-such-host.invalid"));
}

struct BrokenAnswer {
  const char* name;
  const char* bytes;
  Delivery delivery;
  int status;
};

class TransportBrokenAnswers : public TransportTest,
                               public testing::WithParamInterface<BrokenAnswer> {};

TEST_P(TransportBrokenAnswers, AreAnErrorAndMayHaveHadAnEffect) {
  const BrokenAnswer& broken = GetParam();
  Imposter server([&](const ServerRequest&) { return Say({{broken.bytes}}, broken.delivery); });
  Use(server.Origin());
  for (const bool stream : {false, true}) {
    HttpRequest request = Get();
    request.stream = stream;
    const auto outcome = Perform(request);
    EXPECT_EQ(HttpErrorName(outcome.result.error), "truncated") << outcome.result.detail;
    EXPECT_TRUE(outcome.result.sent);
    EXPECT_EQ(outcome.result.status, broken.status);
    EXPECT_EQ(outcome.dones, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(
    TransportFailures, TransportBrokenAnswers,
    testing::Values(
        BrokenAnswer{"NoAnswer", "", Delivery::kClose, 0},
        BrokenAnswer{"ResetWithoutAnswer", "", Delivery::kReset, 0},
        BrokenAnswer{"HalfAHead", "HTTP/1.1 200 OK\r\nContent-Le", Delivery::kClose, 0},
        BrokenAnswer{"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n", Delivery::kClose, 0},
        BrokenAnswer{"ShortContentLength", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                     Delivery::kClose, 200},
        BrokenAnswer{"ResetInTheBody", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                     Delivery::kReset, 200},
        BrokenAnswer{"HalfAChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhalf",
                     Delivery::kClose, 200},
        BrokenAnswer{"EndBetweenChunks",
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
                     Delivery::kClose, 200},
        BrokenAnswer{"NotAChunkSize",
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhalf\r\n",
                     Delivery::kStall, 200},
        BrokenAnswer{"NegativeChunkSize",
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhalf\r\n",
                     Delivery::kClose, 200}),
    [](const auto& broken) { return broken.param.name; });

TEST_F(TransportFailures, RefusesAnInterimAnswerAndGivesTheNextRequestItsOwnAnswer) {
  Imposter server([](const ServerRequest& request) {
    if (request.target == "/plain") return ServerReply{.body = "second"};
    return Say({{"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"}},
               Delivery::kNormal);
  });
  Use(server.Origin());

  const auto interim = Perform(Get("/interim"));
  EXPECT_EQ(interim.result.error, HttpError::kTruncated);
  EXPECT_EQ(interim.result.status, 103);
  EXPECT_THAT(interim.result.detail, HasSubstr("interim answer 103"));

  EXPECT_EQ(Perform(Get("/plain")).result.body, "second");
}

TEST_F(TransportFailures, ReusesAConnectionForOrdinaryCalls) {
  Imposter server([](const ServerRequest&) { return ServerReply{.body = "x"}; });
  Use(server.Origin());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Perform(Get()).result.status, 200);
  for (const ServerRequest& request : server.Requests()) EXPECT_EQ(request.connection, 1U);
}

TEST_F(TransportFailures, ReplacesAConnectionThatWasClosedWhileIdle) {
  Imposter server([](const ServerRequest&) {
    return Say({{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"}}, Delivery::kClose);
  });
  Use(server.Origin());
  for (int i = 0; i < 20; ++i) {
    const auto outcome = Perform(Post("body"));
    // The end may arrive just after the request has left. Then it must not be sent again.
    if (outcome.result.error != HttpError::kNone) {
      EXPECT_EQ(outcome.result.error, HttpError::kTruncated);
    }
  }
  EXPECT_LE(server.Requests().size(), 20U);
  EXPECT_GE(server.Requests().size(), 10U);
}

TEST_F(TransportFailures, DoesNotTakeLeftOverBytesForTheNextAnswer) {
  for (const milliseconds delay : {milliseconds(0), milliseconds(5)}) {
    Imposter server([delay](const ServerRequest& request) {
      if (request.target == "/next") return ServerReply{.body = "own answer"};
      ServerReply reply;
      reply.raw = {{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"},
                   {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", delay}};
      return reply;
    });
    Use(server.Origin());
    EXPECT_EQ(Perform(Get("/first")).result.body, "x");
    // Only bytes that arrive before the next request can be told from its answer.
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_EQ(Perform(Get("/next")).result.body, "own answer");
  }
}

// A server that answers the first request of each connection, and reads the second one only to
// close: what makes cpprestsdk send a request twice.
class TransportResend : public TransportTest {
 protected:
  size_t Count(const std::string& target) {
    size_t count = 0;
    for (const ServerRequest& request : server_.Requests()) count += request.target == target;
    return count;
  }

  static HttpRequest Act(const std::string& method, const std::string& body) {
    HttpRequest request = Get("/act");
    request.method = method;
    request.body = body;
    return request;
  }

  std::set<uint64_t> seen_;
  Imposter server_{[this](const ServerRequest& request) {
    const bool first = seen_.insert(request.connection).second;
    if (first && request.target != "/act-and-close") return ServerReply{.body = "ok"};
    return ServerReply{.status = 0, .delivery = Delivery::kClose};
  }};
};

TEST_F(TransportResend, SendsNoCallTwiceWhateverItsMethodAndBody) {
  for (const std::string method : {"GET", "POST", "PATCH", "DELETE"}) {
    for (const std::string body : {"", "{}"}) {
      Use(server_.Origin());
      ASSERT_EQ(Perform(Get("/warm-up")).result.status, 200);
      const size_t before = Count("/act");

      const auto outcome = Perform(Act(method, body));

      EXPECT_EQ(outcome.result.error, HttpError::kTruncated) << method << outcome.result.detail;
      EXPECT_TRUE(outcome.result.sent);
      EXPECT_EQ(Count("/act"), before + 1) << method << " '" << body << "'";
    }
  }
}

TEST_F(TransportResend, SendsAnExactlyOnceCallOnAnUnusedConnection) {
  for (const std::string body : {"", "{}"}) {
    Use(server_.Origin());
    ASSERT_EQ(Perform(Get("/warm-up")).result.status, 200);
    const size_t before = Count("/act");
    HttpRequest request = Act("POST", body);
    request.exactly_once = true;

    const auto outcome = Perform(request);

    EXPECT_EQ(outcome.result.status, 200) << outcome.result.detail;
    EXPECT_EQ(Count("/act"), before + 1);
  }
}

TEST_F(TransportResend, SendsAnExactlyOnceCallOnceWhenTheServerClosesAfterReadingIt) {
  for (const std::string body : {"", "{}"}) {
    Use(server_.Origin());
    ASSERT_EQ(Perform(Get("/warm-up")).result.status, 200);
    const size_t before = Count("/act-and-close");
    HttpRequest request = Act("POST", body);
    request.target = "/act-and-close";
    request.exactly_once = true;

    const auto outcome = Perform(request);

    EXPECT_EQ(outcome.result.error, HttpError::kTruncated);
    EXPECT_TRUE(outcome.result.sent);
    HttpRequest flush = Get("/flush");  // a second copy would have arrived before this
    flush.exactly_once = true;
    EXPECT_EQ(Perform(flush).result.status, 200);
    EXPECT_EQ(Count("/act-and-close"), before + 1);
  }
}

TEST_F(TransportResend, WorksOnAfterAFailedCall) {
  Use(server_.Origin());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Perform(Get("/warm-up")).result.status, 200);
    EXPECT_EQ(Perform(Act("POST", "{}")).result.error, HttpError::kTruncated);
  }
}

}  // namespace
}  // namespace dtsop
