#include "net/http_server_tls.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <utility>

namespace dtsop {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

Result<std::unique_ptr<asio::ssl::context>> MakeContext(const ServerCertificate& shown,
                                                        const std::string& client_ca_pem) {
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  error_code error;
  tls->use_certificate_chain(asio::buffer(shown.cert_pem), error);
  if (error) return Fail(fmt::format("the server certificate can't be used: {}", error.message()));
  tls->use_private_key(asio::buffer(shown.key_pem.Reveal()), asio::ssl::context::pem, error);
  if (error) return Fail(fmt::format("the server key can't be used: {}", error.message()));
  if (client_ca_pem.empty()) return tls;
  tls->add_certificate_authority(asio::buffer(client_ca_pem), error);
  if (error) return Fail(fmt::format("the client CA can't be used: {}", error.message()));
  tls->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  return tls;
}

}  // namespace

Result<void> HttpServerTls::Start() {
  if (!options_.certificate && options_.tls_cert_pem.empty()) return {};
  return Renew();
}

asio::ssl::context* HttpServerTls::Current() {
  const auto now = std::chrono::steady_clock::now();
  if (options_.certificate && now - looked_at_ >= options_.certificate_every) {
    const auto renewed = Renew();
    const std::string problem = renewed ? "" : renewed.error().message;
    if (problem != std::exchange(problem_, problem) && !renewed &&
        options_.on_certificate_problem) {
      options_.on_certificate_problem(renewed.error());
    }
  }
  return context_.get();
}

Result<void> HttpServerTls::Renew() {
  looked_at_ = std::chrono::steady_clock::now();
  auto pair = options_.certificate
                  ? options_.certificate()
                  : Result<ServerCertificate>({options_.tls_cert_pem, options_.tls_key_pem});
  if (!pair) return tl::unexpected(pair.error());
  if (context_ != nullptr && *pair == shown_) return {};
  auto context = MakeContext(*pair, options_.tls_client_ca_pem);
  if (!context) return tl::unexpected(context.error());
  context_ = *std::move(context);
  shown_ = *std::move(pair);
  return {};
}

}  // namespace dtsop
