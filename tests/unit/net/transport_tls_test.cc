#include <gmock/gmock.h>

#include <set>

#include "tests/support/certs.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TransportTls : public TransportTest {
 protected:
  static ServerOptions Serve(const TestCert& cert) {
    ServerOptions options;
    options.tls_cert_pem = cert.cert_pem;
    options.tls_key_pem = cert.key_pem;
    return options;
  }

  static ServerReply Answer(const ServerRequest& request) {
    return ServerReply{.body = "hello " + request.client_name};
  }

  void UseTrusting(const Imposter& server, const std::string& ca_pem,
                   const std::string& server_name = "") {
    TransportOptions options;
    options.origin = server.Origin();
    options.tls.ca_pem = ca_pem;
    options.tls.server_name = server_name;
    Use(options);
  }

  void ExpectRefused(const std::string& detail) {
    const auto outcome = Perform(Get());
    EXPECT_EQ(HttpErrorName(outcome.result.error), "tls");
    EXPECT_FALSE(outcome.result.sent);
    EXPECT_THAT(outcome.result.detail, HasSubstr(detail));
  }

  const TestCa ca_;
};

TEST_F(TransportTls, AcceptsACertificateOfTheGivenCa) {
  Imposter server(Answer, Serve(ca_.Issue()));
  UseTrusting(server, ca_.cert_pem());
  const auto outcome = Perform(Get());
  EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
  EXPECT_EQ(outcome.result.body, "hello ");
}

TEST_F(TransportTls, FindsTheRightCaAmongSeveral) {
  Imposter server(Answer, Serve(ca_.Issue()));
  UseTrusting(server, TestCa("another CA").cert_pem() + "some text\n" + ca_.cert_pem());
  EXPECT_EQ(Perform(Get()).result.error, HttpError::kNone);
}

TEST_F(TransportTls, RefusesACertificateOfAnUnknownCa) {
  Imposter server(Answer, Serve(ca_.Issue()));
  UseTrusting(server, TestCa("another CA").cert_pem());
  ExpectRefused("signed by an unknown authority");
  UseTrusting(server, TestCa().cert_pem());  // of the same name, with another key
  ExpectRefused("signed by an unknown authority");
  EXPECT_TRUE(server.Requests().empty());
}

TEST_F(TransportTls, RefusesATestCaWhenOnlyPublicCasAreTrusted) {
  Imposter server(Answer, Serve(ca_.Issue()));
  UseTrusting(server, "");
  ExpectRefused("signed by an unknown authority");
}

TEST_F(TransportTls, RefusesAnExpiredCertificate) {
  Imposter server(Answer, Serve(ca_.Issue({.expired = true})));
  UseTrusting(server, ca_.cert_pem());
  ExpectRefused("TLS: the certificate of " + server.Authority() + " has expired");
}

TEST_F(TransportTls, RefusesAWrongName) {
  Imposter server(Answer, Serve(ca_.Issue({.common_name = "127.0.0.1", .names = {"DNS:right"}})));
  UseTrusting(server, ca_.cert_pem());
  ExpectRefused("is not valid for the name 127.0.0.1");
  UseTrusting(server, ca_.cert_pem(), "wrong");
  ExpectRefused("is not valid for the name wrong");
  EXPECT_TRUE(server.Requests().empty());
}

TEST_F(TransportTls, VerifiesTheNameGivenInPlaceOfTheHostAndSendsTheHost) {
  Imposter server(Answer, Serve(ca_.Issue({.names = {"DNS:right", "DNS:*.wild.example"}})));
  for (const std::string name : {"right", "a.wild.example"}) {
    UseTrusting(server, ca_.cert_pem(), name);
    const auto outcome = Perform(Get());
    EXPECT_EQ(outcome.result.error, HttpError::kNone) << outcome.result.detail;
    EXPECT_EQ(FindHeader(server.Requests().back().headers, "host"), server.Authority());
  }
}

TEST_F(TransportTls, ShowsItsClientCertificate) {
  ServerOptions server_options = Serve(ca_.Issue());
  server_options.tls_client_ca_pem = ca_.cert_pem();
  Imposter server(Answer, server_options);
  const TestCert client = ca_.Issue({.common_name = "operator"});
  TransportOptions options;
  options.origin = server.Origin();
  options.tls = {ca_.cert_pem(), client.cert_pem, client.key_pem, ""};
  Use(options);
  EXPECT_EQ(Perform(Get()).result.body, "hello operator");
}

TEST_F(TransportTls, TellsThatTheServerWantsAClientCertificate) {
  ServerOptions server_options = Serve(ca_.Issue());
  server_options.tls_client_ca_pem = ca_.cert_pem();
  Imposter server(Answer, server_options);
  UseTrusting(server, ca_.cert_pem());
  const auto outcome = Perform(Get());
  EXPECT_EQ(HttpErrorName(outcome.result.error), "tls");
  EXPECT_THAT(outcome.result.detail, HasSubstr("certificate required"));
  EXPECT_TRUE(server.Requests().empty());
}

TEST_F(TransportTls, TellsAPeerThatDoesNotSpeakTls) {
  Imposter server([](const ServerRequest&) { return ServerReply{}; });
  TransportOptions options;
  options.origin = "https://" + server.Authority();
  Use(options);
  ExpectRefused("TLS: the handshake with " + server.Authority() + " failed: ");
}

TEST_F(TransportTls, RefusesCredentialsThatCannotBeUsed) {
  const TestCert good = ca_.Issue();
  const auto make = [](const TlsOptions& tls) {
    TransportOptions options;
    options.tls = tls;
    auto transport = MakeCpprestTransport(options);
    return transport ? "" : transport.error().message;
  };
  const SecretString no_key;
  EXPECT_THAT(make({"nonsense", "", no_key, ""}), HasSubstr("CA file"));
  EXPECT_THAT(make({ca_.cert_pem().substr(0, 100), "", no_key, ""}), HasSubstr("CA file"));
  EXPECT_THAT(make({ca_.cert_pem(), good.cert_pem, no_key, ""}), HasSubstr("missing"));
  EXPECT_THAT(make({ca_.cert_pem(), "nonsense", good.key_pem, ""}),
              HasSubstr("client certificate"));
  EXPECT_THAT(make({ca_.cert_pem(), good.cert_pem, SecretString("nonsense"), ""}),
              HasSubstr("client key"));
  EXPECT_THAT(make({ca_.cert_pem(), good.cert_pem, ca_.Issue().key_pem, ""}),
              AllOf(HasSubstr("client key"), HasSubstr("does not belong")));
  EXPECT_EQ(make({ca_.cert_pem(), good.cert_pem, good.key_pem, ""}), "");
}

TEST_F(TransportTls, SendsNothingTwiceOverTlsEither) {
  std::set<uint64_t> seen;
  Imposter server(
      [&](const ServerRequest& request) {
        if (seen.insert(request.connection).second) return ServerReply{};
        return ServerReply{.status = 0, .delivery = Delivery::kClose};
      },
      Serve(ca_.Issue()));
  UseTrusting(server, ca_.cert_pem());
  EXPECT_EQ(Perform(Get()).result.status, 200);
  EXPECT_EQ(Perform(Post("{}")).result.error, HttpError::kTruncated);
  EXPECT_EQ(Perform(Get()).result.status, 200);
  EXPECT_EQ(server.Requests().size(), 3U);
}

TEST_F(TransportTls, ReusesAConnectionForOrdinaryCalls) {
  Imposter server(Answer, Serve(ca_.Issue()));
  UseTrusting(server, ca_.cert_pem());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Perform(Get()).result.status, 200);
  for (const ServerRequest& request : server.Requests()) EXPECT_EQ(request.connection, 1U);
}

}  // namespace
}  // namespace dtsop
