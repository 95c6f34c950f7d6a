// A name with several addresses.
#include <gmock/gmock.h>

#include "tests/support/sockets.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class TransportAddresses : public TransportTest {
 protected:
  // "dts.test" has these addresses.
  void Resolve(const Resolver::Addresses& addresses) {
    transport_.reset();
    resolver_ = std::make_unique<Resolver>([addresses](const std::string& host) {
      return host == "dts.test" ? Result<Resolver::Addresses>(addresses) : Fail("unknown");
    });
    TransportOptions options;
    options.resolver = resolver_.get();
    Use(options);
  }
  static HttpRequest To(const std::string& authority, HttpRequest request) {
    request.origin = "http://dts.test" + authority.substr(authority.rfind(':'));
    return request;
  }
  static ServerReply Answer(const ServerRequest& request) {
    return ServerReply{.body = std::string(FindHeader(request.headers, "host"))};
  }

  std::unique_ptr<Resolver> resolver_;
};

TEST_F(TransportAddresses, AreTriedInTheirOrderUntilOneAnswers) {
  Imposter server(Answer);
  for (const auto& addresses : {Resolver::Addresses{"::1", "127.0.0.1"},
                                Resolver::Addresses{"127.0.0.8", "127.0.0.9", "127.0.0.1"},
                                Resolver::Addresses{"127.0.0.1", "127.0.0.9"}}) {
    Resolve(addresses);
    HttpRequest request = To(server.Authority(), Post("x"));
    request.exactly_once = true;  // nothing was sent to the addresses that did not answer
    const auto outcome = Perform(request);
    EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
    EXPECT_EQ(outcome.result.body, request.origin.substr(7));
  }
  EXPECT_EQ(server.Requests().size(), 3U);
}

TEST_F(TransportAddresses, OfWhichNoneAnswersAreOneFailure) {
  Resolve({"127.0.0.8", "127.0.0.9"});
  ExpectError(Perform(To(":" + std::to_string(UnusedPort()), Get())), HttpError::kConnect, false,
              "cannot connect to dts.test:");
}

TEST_F(TransportAddresses, ThatAreSilentCostTheirShareOfTheTimeOnly) {
  SilentListener silent(SilentListener::Backlog::kFull);
  ServerOptions options;
  options.address = "127.0.0.2" + silent.Authority().substr(silent.Authority().rfind(':'));
  Imposter server(Answer, options);
  Resolve({"127.0.0.1", "127.0.0.2"});
  HttpRequest request = Patient(To(server.Authority(), Get()));
  request.connect_timeout = seconds(2);
  const auto outcome = Perform(request);
  EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  EXPECT_EQ(server.Requests().size(), 1U);
}

TEST_F(TransportAddresses, DoNotMakeASilentServerBeAskedTwice) {
  Imposter silent(SayNothing);
  Resolve({"127.0.0.1", "127.0.0.1"});
  HttpRequest request = Patient(To(silent.Authority(), Get()));
  request.connect_timeout = milliseconds(200);
  request.idle_timeout = milliseconds(600);
  ExpectError(Perform(request), HttpError::kTimeout, true, "no byte from dts.test");
  EXPECT_EQ(silent.Requests().size(), 1U);
}

TEST_F(TransportAddresses, AreMissingForAnUnknownName) {
  Resolve({});
  HttpRequest request = Get();
  request.origin = "https://other.test";
  ExpectError(Perform(request), HttpError::kConnect, false,
              "cannot resolve the name other.test: unknown");
}

}  // namespace
}  // namespace dtsop
