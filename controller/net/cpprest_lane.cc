#include "net/cpprest_lane.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "net/cpprest_gauge.h"

namespace dtsop {
namespace {

using boost::asio::ip::tcp;
using LibraryTlsStream = boost::asio::ssl::stream<tcp::socket&>;

// Until a head is read this much may come: the head itself and the TLS records around its end.
constexpr size_t kHeadAndOverheadBytesMax = 128U << 10;

// The library's timeout counts silence from name resolution on. The transport keeps all three
// timeouts itself, so this one must never be the first.
constexpr std::chrono::hours kLibraryTimeout{24 * 365};

// The name without the dot that ends a fully qualified one: certificates have none.
std::string TlsName(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An idle connection is usable only while nothing can be read from it: neither its end nor bytes
// that an earlier answer left behind, which the library would take for the next answer.
bool HasUnexpectedInput(tcp::socket& socket, SSL* ssl) {
  if (ssl != nullptr && (SSL_has_pending(ssl) == 1 || BIO_ctrl_pending(SSL_get_rbio(ssl)) > 0)) {
    return true;
  }
  char byte = 0;
  const ssize_t count = recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

// Where the library connects to. It can't resolve a bracketed IPv6 address, but an unbracketed one,
// which it tells from its port only if there is a port.
std::string AddressUri(bool tls, const std::string& host, uint16_t port) {
  return fmt::format("{}://{}:{}", tls ? "https" : "http", host, port);
}

// What a proxy is asked for. Of plain HTTP it makes the Host header from this, so that this is the
// origin as it was signed; a CONNECT has a port in any case.
std::string ProxiedUri(const Origin& origin) {
  return fmt::format("{}://{}", origin.tls ? "https" : "http", origin.HostHeader());
}

web::web_proxy LibraryProxy(const Proxy& proxy, const std::string& address) {
  web::web_proxy out(web::uri(AddressUri(false, address, proxy.port)));
  if (!proxy.user.empty()) {
    out.set_credentials(web::credentials(proxy.user, proxy.password.Reveal()));
  }
  return out;
}

}  // namespace

struct CpprestLane::State {
  Origin origin;
  std::shared_ptr<const TlsClient> tls;
  std::string server_name;
  std::optional<Proxy> proxy;
  std::string address;  // of the origin, or of the proxy
  TlsPeer peer;
  std::shared_ptr<CpprestGauge> gauge;  // null until the library opens its socket

  enum class Refusal { kNone, kStale, kResend, kExpired };
  Refusal refusal = Refusal::kNone;
  bool used = false;
  bool begun = false;      // the library has begun the current request
  bool connected = false;  // a byte of the current request may have left

  bool IsTunnel() const { return origin.tls && proxy; }

  // Called by the library before each time it sends, for a new connection before it is opened. A
  // tunnel becomes a TLS stream later, and a lane with one sends only once.
  void BeforeSend(void* native_handle) {
    auto* stream = origin.tls && !proxy ? static_cast<LibraryTlsStream*>(native_handle) : nullptr;
    tcp::socket& socket =
        stream != nullptr ? stream->next_layer() : *static_cast<tcp::socket*>(native_handle);
    if (begun) {
      // A kept connection ended without an answer. The library would now send the request again,
      // whatever its method, although the server may have acted on it.
      refusal = Refusal::kResend;
      throw Refused("resend");
    }
    begun = true;
    if (SystemClock().Read().mono > peer.not_after) {
      refusal = Refusal::kExpired;
      throw Refused("expired");
    }
    if (!socket.is_open()) {
      OpenGauge(socket);
      return;
    }
    if (HasUnexpectedInput(socket, stream != nullptr ? stream->native_handle() : nullptr)) {
      refusal = Refusal::kStale;
      throw Refused("stale");
    }
    connected = true;
  }

  // There is no hook between connecting and sending, and none while a head or a chunk is read.
  void OpenGauge(tcp::socket& socket) {
    boost::system::error_code error;
    const auto ip = boost::asio::ip::make_address(address, error);
    if (!error) socket.open(ip.is_v6() ? tcp::v6() : tcp::v4(), error);
    if (error) return;
    gauge = std::make_shared<CpprestGauge>(crossplat::threadpool::shared_instance().service(),
                                           socket.native_handle());
    // Over TLS it is TlsPeer that counts; a proxy answers to CONNECT before it.
    if (!origin.tls || proxy) gauge->Limit(kHeadAndOverheadBytesMax);
  }
};

CpprestLane::CpprestLane(const Origin& origin, std::shared_ptr<const TlsClient> tls,
                         const std::string& server_name, std::optional<Proxy> proxy)
    : state_(std::make_shared<State>()) {
  state_->origin = origin;
  state_->tls = std::move(tls);
  state_->peer.authority = origin.Authority();
  state_->server_name = server_name;
  state_->proxy = std::move(proxy);
  state_->peer.name = TlsName(server_name.empty() ? origin.host : server_name);
}

void CpprestLane::ConnectTo(const std::string& address) {
  state_->address = address;
  web::http::client::http_client_config config;
  config.set_timeout(kLibraryTimeout);
  config.set_max_redirects(0);
  config.set_tlsext_sni_enabled(false);  // TlsClient does it; the library's is the Host header
  // Called before a direct connection is opened, and when a tunnel is open.
  config.set_ssl_context_callback([state = state_](boost::asio::ssl::context& context) {
    state->tls->Install(context.native_handle(), state->peer);
    if (state->gauge != nullptr) state->gauge->Unlimit();
  });
  config.set_nativehandle_options([state = state_](void* handle) { state->BeforeSend(handle); });
  const Origin& origin = state_->origin;
  if (state_->proxy) config.set_proxy(LibraryProxy(*state_->proxy, address));
  client_ = std::make_unique<web::http::client::http_client>(
      state_->proxy ? ProxiedUri(origin) : AddressUri(origin.tls, address, origin.port), config);
}

std::unique_ptr<CpprestLane> CpprestLane::Fresh() const {
  return std::make_unique<CpprestLane>(state_->origin, state_->tls, state_->server_name,
                                       state_->proxy);
}

const Origin& CpprestLane::origin() const { return state_->origin; }

const std::shared_ptr<const TlsClient>& CpprestLane::tls() const { return state_->tls; }

const std::string& CpprestLane::ConnectHost() const {
  return state_->proxy ? state_->proxy->host : state_->origin.host;
}

bool CpprestLane::Reusable() const { return !state_->IsTunnel(); }

bool CpprestLane::IsNew() const { return !state_->used; }

pplx::task<web::http::http_response> CpprestLane::Request(web::http::http_request request,
                                                          const pplx::cancellation_token& token,
                                                          MonoTime not_after) {
  state_->refusal = State::Refusal::kNone;
  state_->used = true;
  state_->begun = false;
  state_->connected = false;
  state_->peer.not_after = not_after;
  state_->peer.expired = false;
  state_->peer.handshake_done = false;
  state_->peer.error.clear();
  state_->peer.pending_bytes = 0;
  state_->peer.pending_bytes_max = kHeadAndOverheadBytesMax;
  if (state_->gauge != nullptr && !state_->origin.tls) {
    state_->gauge->Limit(kHeadAndOverheadBytesMax);
  }
  // The library's own has the port in any case and an IPv6 address without its brackets.
  request.headers().add("Host", state_->origin.HostHeader());
  return client_->request(request, token);
}

void CpprestLane::NoteProgress(size_t bytes_max) {
  state_->connected = true;
  if (Overflowed()) return;
  if (!state_->origin.tls && state_->gauge != nullptr) state_->gauge->Limit(bytes_max);
  state_->peer.pending_bytes = 0;
  state_->peer.pending_bytes_max = bytes_max;
}

bool CpprestLane::MayHaveSent() const {
  if (state_->connected || state_->peer.handshake_done) return true;
  return state_->begun && !state_->origin.tls && HasConnection();
}

bool CpprestLane::HasConnection() const {
  return state_->gauge != nullptr && state_->gauge->IsConnected();
}

void CpprestLane::NoteEnd() {
  if (state_->gauge != nullptr) state_->gauge->Unlimit();
}

bool CpprestLane::FoundStale() const { return state_->refusal == State::Refusal::kStale; }

bool CpprestLane::Overflowed() const {
  return (state_->origin.tls && state_->peer.overflow()) ||
         (state_->gauge != nullptr && state_->gauge->IsOverflown());
}

CpprestFailure CpprestLane::Explain(const std::exception_ptr& exception) const {
  const std::string authority = state_->origin.Authority();
  if (state_->refusal == State::Refusal::kExpired || state_->peer.expired) {
    return {HttpError::kExpired, false, "the request expired before it was sent"};
  }
  if (state_->refusal == State::Refusal::kResend) {
    return {HttpError::kTruncated, true,
            fmt::format("{} closed the connection without an answer", authority)};
  }
  return ExplainFailure(exception, {authority, state_->proxy ? state_->proxy->Authority() : "",
                                    state_->peer.error, MayHaveSent()});
}

}  // namespace dtsop
