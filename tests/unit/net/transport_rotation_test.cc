// What becomes of connections when certificates are replaced.
#include <gmock/gmock.h>

#include <future>

#include "tests/support/certs.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

class TransportRotation : public TransportTest {
 protected:
  static ServerOptions Serve(const TestCert& cert, const std::string& client_ca_pem = "") {
    ServerOptions options;
    options.tls_cert_pem = cert.cert_pem;
    options.tls_key_pem = cert.key_pem;
    options.tls_client_ca_pem = client_ca_pem;
    return options;
  }
  void Trust(const std::string& origin, const TlsOptions& tls) {
    TransportOptions options;
    options.origin = origin;
    options.tls = tls;
    auto made = MakeCpprestTransport(options);
    ASSERT_TRUE(made) << made.error().message;
    rotating_ = made->get();
    transport_ = std::move(*made);
  }

  const TestCa ca_;
  TlsTransport* rotating_ = nullptr;
};

TEST_F(TransportRotation, TheNextCallShowsTheNewCertificateOverANewConnection) {
  Imposter server([](const ServerRequest& r) { return ServerReply{.body = r.client_name}; },
                  Serve(ca_.Issue(), ca_.cert_pem()));
  const TestCert one = ca_.Issue({.common_name = "one"});
  const TestCert two = ca_.Issue({.common_name = "two"});
  Trust(server.Origin(), {ca_.cert_pem(), one.cert_pem, one.key_pem, ""});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Perform(Get()).result.body, "one");
  ASSERT_TRUE(rotating_->UseTls({ca_.cert_pem(), two.cert_pem, two.key_pem, ""}));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Perform(Get()).result.body, "two");
  ASSERT_EQ(server.Requests().size(), 4U);
  EXPECT_EQ(server.Requests()[0].connection, server.Requests()[1].connection);
  EXPECT_NE(server.Requests()[1].connection, server.Requests()[2].connection);
  EXPECT_EQ(server.Requests()[2].connection, server.Requests()[3].connection);
}

TEST_F(TransportRotation, ACallInFlightGoesOnAndItsConnectionIsNotUsedAgain) {
  std::promise<void> go_on;
  Imposter server(
      [&](const ServerRequest& request) {
        if (request.target == "/slow") go_on.get_future().wait();
        return ServerReply{.body = request.client_name};
      },
      Serve(ca_.Issue(), ca_.cert_pem()));
  const TestCert one = ca_.Issue({.common_name = "one"});
  const TestCert two = ca_.Issue({.common_name = "two"});
  Trust(server.Origin(), {ca_.cert_pem(), one.cert_pem, one.key_pem, ""});
  const CallId slow = Send(Patient(Get("/slow")));
  server.WaitForRequests(1);
  ASSERT_TRUE(rotating_->UseTls({ca_.cert_pem(), two.cert_pem, two.key_pem, ""}));
  go_on.set_value();
  const auto outcome = sink_.Wait(slow);
  EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  EXPECT_EQ(outcome.result.body, "one");
  EXPECT_EQ(Perform(Get()).result.body, "two");
}

TEST_F(TransportRotation, AnotherCaIsTrustedAndTheOldOneIsNotAnyMore) {
  const TestCa other("other CA");
  const auto hello = [](const ServerRequest&) { return ServerReply{.body = "hello"}; };
  Imposter old_server(hello, Serve(ca_.Issue()));
  Imposter new_server(hello, Serve(other.Issue()));
  Trust(old_server.Origin(), {ca_.cert_pem(), "", SecretString(), ""});
  EXPECT_EQ(Perform(Get()).result.body, "hello");
  const auto ask_new = [&] {
    HttpRequest request = Get();
    request.origin = new_server.Origin();
    return Perform(std::move(request)).result;
  };
  EXPECT_EQ(ask_new().error, HttpError::kTls);
  ASSERT_TRUE(rotating_->UseTls({ca_.cert_pem() + other.cert_pem(), "", SecretString(), ""}));
  EXPECT_EQ(ask_new().body, "hello");
  EXPECT_EQ(Perform(Get()).result.body, "hello");
  ASSERT_TRUE(rotating_->UseTls({other.cert_pem(), "", SecretString(), ""}));
  EXPECT_EQ(Perform(Get()).result.error, HttpError::kTls);
  EXPECT_EQ(ask_new().body, "hello");
}

TEST_F(TransportRotation, WhatCannotBeUsedChangesNothing) {
  Imposter server([](const ServerRequest&) { return ServerReply{.body = "hello"}; },
                  Serve(ca_.Issue()));
  Trust(server.Origin(), {ca_.cert_pem(), "", SecretString(), ""});
  // What a reader sees of a file that is being written.
  const std::string two = ca_.cert_pem() + TestCa("b").cert_pem();
  for (const std::string& half : {two.substr(0, two.size() - 40), two.substr(0, 40),
                                  std::string("-----BEGIN CERTIFICATE-----\n")}) {
    EXPECT_FALSE(rotating_->UseTls({half, "", SecretString(), ""})) << half;
  }
  const TestCert one = ca_.Issue();
  EXPECT_FALSE(rotating_->UseTls({ca_.cert_pem(), one.cert_pem, ca_.Issue().key_pem, ""}));
  EXPECT_EQ(Perform(Get()).result.body, "hello");
  EXPECT_EQ(Perform(Get()).result.body, "hello");
  EXPECT_EQ(server.Requests()[0].connection, server.Requests()[1].connection);
}

}  // namespace
}  // namespace dtsop
