#include "net/http_server.h"

#include <fmt/format.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <thread>
#include <utility>

#include "net/http_connections.h"
#include "net/http_server_tls.h"
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

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const ServerOptions& options, AsyncHandler handler)
      : context_{options, std::move(handler), connections_},
        tls_(context_.options),
        acceptor_(io_),
        retry_timer_(io_) {}

  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<uint16_t> Start() {
    const auto tls = tls_.Start();
    if (!tls) return tl::unexpected(tls.error());
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
      if (error) {  // out of descriptors: try again with one that is free
        connections_.EvictOne();
        retry_timer_.expires_after(kAcceptRetryDelay);
        retry_timer_.async_wait([this](error_code e) {
          if (!e) Accept();
        });
        return;
      }
      if (connections_.size() >= context_.options.connections_max) connections_.EvictOne();
      StartSession(std::move(socket), ++connections_total_, context_, tls_.Current());
      Accept();
    });
  }

  HttpConnections connections_;
  SessionContext context_;
  HttpServerTls tls_;
  uint64_t connections_total_ = 0;
  uint16_t port_ = 0;
  asio::io_context io_{1};  // destroyed before the above: its handlers own the sessions
  tcp::acceptor acceptor_;
  asio::steady_timer retry_timer_;
  std::thread thread_;
};

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(const ServerOptions& options,
                                                       Handler handler) {
  return ListenAsync(
      options, [handler = std::move(handler)](const ServerRequest& request, const Reply& reply) {
        reply(handler(request));
      });
}

Result<std::unique_ptr<HttpServer>> HttpServer::ListenAsync(const ServerOptions& options,
                                                            AsyncHandler handler) {
  auto impl = std::make_unique<Impl>(options, std::move(handler));
  const auto started = impl->Start();
  if (!started) return tl::unexpected(started.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
uint16_t HttpServer::port() const { return impl_->port(); }

}  // namespace dtsop
