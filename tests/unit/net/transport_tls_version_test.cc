// Which versions of TLS the transport speaks, against servers that know only one.
#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "tests/support/certs.h"
#include "tests/unit/net/transport_fixture.h"

namespace dtsop {
namespace {

using boost::asio::ip::tcp;

class TransportTlsVersion : public TransportTest {
 protected:
  // What becomes of a request to a server that speaks `version` and nothing else, at the lowest
  // security level, so that it is the transport that refuses.
  HttpResult Ask(int version) {
    boost::asio::io_context io;
    boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
    SSL_CTX_set_security_level(context.native_handle(), 0);
    SSL_CTX_set_cipher_list(context.native_handle(), "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context.native_handle(), version);
    SSL_CTX_set_max_proto_version(context.native_handle(), version);
    const TestCa ca;
    const TestCert cert = ca.Issue();
    context.use_certificate_chain(boost::asio::buffer(cert.cert_pem));
    context.use_private_key(boost::asio::buffer(cert.key_pem.Reveal()),
                            boost::asio::ssl::context::pem);
    tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
    std::thread server([&] {
      boost::asio::ssl::stream<tcp::socket> stream(io, context);
      boost::system::error_code error;
      acceptor.accept(stream.lowest_layer(), error);
      if (!error) stream.handshake(boost::asio::ssl::stream_base::server, error);
      std::string head;
      if (!error) {
        boost::asio::read_until(stream, boost::asio::dynamic_buffer(head), "\r\n\r\n", error);
      }
      if (!error) {
        boost::asio::write(
            stream, boost::asio::buffer(std::string("HTTP/1.1 204 No Content\r\n\r\n")), error);
      }
    });
    TransportOptions options;
    options.origin = "https://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    options.tls.ca_pem = ca.cert_pem();
    Use(options);
    HttpResult result = Perform(Get()).result;
    server.join();
    return result;
  }
};

TEST_F(TransportTlsVersion, OnePointTwoAndNewerAreSpoken) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const HttpResult result = Ask(version);
    EXPECT_EQ(result.error, HttpError::kNone) << result.detail;
    EXPECT_EQ(result.status, 204);
  }
}

TEST_F(TransportTlsVersion, OlderOnesAreRefusedBeforeAnythingIsSent) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const HttpResult result = Ask(version);
    EXPECT_EQ(HttpErrorName(result.error), "tls");
    EXPECT_FALSE(result.sent);
    EXPECT_NE(result.detail.find("version"), std::string::npos) << result.detail;
  }
}

}  // namespace
}  // namespace dtsop
