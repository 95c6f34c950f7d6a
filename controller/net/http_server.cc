#include "net/http_server.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <thread>
#include <utility>

#include "net/http_session.h"

namespace dtsop {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Long enough for descriptors to become free again, short enough not to be missed by a probe.
constexpr milliseconds kAcceptRetryDelay{100};

Result<tcp::endpoint> ParseAddress(const std::string& text) {
  const auto fail = [&] {
    return Fail(fmt::format("cannot listen on '{}': write it as address:port or :port", text));
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return fail();
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, conversion] = std::from_chars(text.data() + colon + 1, end, port);
  if (conversion != std::errc() || parsed != end) return fail();
  std::string host = text.substr(0, colon);
  if (host.empty()) return tcp::endpoint(tcp::v6(), port);  // takes IPv4 too
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return fail();
  return tcp::endpoint(address, port);
}

Result<std::unique_ptr<asio::ssl::context>> MakeTls(const ServerOptions& options) {
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  const std::string& key = options.tls_key_pem.Reveal();
  const std::string& client_ca = options.tls_client_ca_pem;
  error_code error;
  tls->use_certificate_chain(asio::buffer(options.tls_cert_pem), error);
  if (error) return Fail(fmt::format("the server certificate can't be used: {}", error.message()));
  tls->use_private_key(asio::buffer(key), asio::ssl::context::pem, error);
  if (error) return Fail(fmt::format("the server key can't be used: {}", error.message()));
  if (client_ca.empty()) return tls;
  tls->add_certificate_authority(asio::buffer(client_ca), error);
  if (error) return Fail(fmt::format("the client CA can't be used: {}", error.message()));
  tls->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  return tls;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const ServerOptions& options, Handler handler)
      : context_{options, std::move(handler), nullptr}, acceptor_(io_), retry_timer_(io_) {}

  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<uint16_t> Start() {
    if (!context_.options.tls_cert_pem.empty()) {
      auto tls = MakeTls(context_.options);
      if (!tls) return tl::unexpected(tls.error());
      context_.tls = *std::move(tls);
    }
    auto endpoint = ParseAddress(context_.options.address);
    if (!endpoint) return tl::unexpected(endpoint.error());
    error_code error = Bind(*endpoint);
    if (error == asio::error::address_family_not_supported && context_.options.address[0] == ':') {
      error = Bind(tcp::endpoint(tcp::v4(), endpoint->port()));  // a host without IPv6
    }
    if (error) {
      return Fail(
          fmt::format("cannot listen on {}: {}", context_.options.address, error.message()));
    }
    Accept();
    thread_ = std::thread([this] { io_.run(); });
    return port();
  }

  uint16_t port() const { return port_; }

 private:
  error_code Bind(const tcp::endpoint& endpoint) {
    error_code error;
    if (acceptor_.is_open()) acceptor_.close(error);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    return error;
  }

  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {  // out of descriptors: try again when some are free
        retry_timer_.expires_after(kAcceptRetryDelay);
        retry_timer_.async_wait([this](error_code e) {
          if (!e) Accept();
        });
        return;
      }
      if (connections_ < context_.options.connections_max) {
        ++connections_;
        StartSession(std::move(socket), ++connections_total_, context_, [this] { --connections_; });
      }
      Accept();
    });
  }

  SessionContext context_;
  size_t connections_ = 0;
  uint64_t connections_total_ = 0;
  uint16_t port_ = 0;
  asio::io_context io_{1};  // destroyed before the above: its handlers own the sessions
  tcp::acceptor acceptor_;
  asio::steady_timer retry_timer_;
  std::thread thread_;
};

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(const ServerOptions& options,
                                                       Handler handler) {
  auto impl = std::make_unique<Impl>(options, std::move(handler));
  const auto started = impl->Start();
  if (!started) return tl::unexpected(started.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
uint16_t HttpServer::port() const { return impl_->port(); }

}  // namespace dtsop
