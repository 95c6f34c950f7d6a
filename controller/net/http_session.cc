#include "net/http_session.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <optional>
#include <type_traits>
#include <utility>

namespace dtsop {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

std::string EndpointText(const beast::tcp_stream& stream) {
  error_code error;
  const auto endpoint = stream.socket().remote_endpoint(error);
  if (error) return "";
  return fmt::format("{}:{}", endpoint.address().to_string(), endpoint.port());
}

std::string CommonName(SSL* ssl) {
  X509* certificate = SSL_get1_peer_certificate(ssl);
  if (certificate == nullptr) return "";
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  X509_free(certificate);
  return name.data();
}

std::string Serialize(const ServerReply& reply, bool head_only, bool keep_alive) {
  const auto reason = http::obsolete_reason(http::int_to_status(reply.status));
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", reply.status,
                                 std::string_view(reason.data(), reason.size()));
  for (const auto& [name, value] : reply.headers) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  const bool bodiless = reply.status == 204 || reply.status == 304 || reply.status < 200;
  if (!bodiless) text.append(fmt::format("Content-Length: {}\r\n", reply.body.size()));
  if (!keep_alive) text.append("Connection: close\r\n");
  text.append("\r\n");
  if (bodiless || head_only) return text;
  const bool truncate = reply.delivery == Delivery::kTruncate;
  return text.append(reply.body, 0, truncate ? reply.body.size() / 2 : std::string::npos);
}

template <class Stream>
class Session final : public std::enable_shared_from_this<Session<Stream>> {
 public:
  template <class... Arguments>
  Session(uint64_t connection, const SessionContext& context, std::function<void()> on_end,
          Arguments&&... arguments)
      : connection_(connection),
        context_(context),
        on_end_(std::move(on_end)),
        stream_(std::forward<Arguments>(arguments)...),
        timer_(stream_.get_executor()),
        remote_(EndpointText(Tcp())) {}
  ~Session() { on_end_(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Start() {
    Tcp().expires_after(context_.options.idle_timeout);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (error) return;
                                self->client_name_ = CommonName(self->stream_.native_handle());
                                self->ReadRequest();
                              });
    } else {
      ReadRequest();
    }
  }

 private:
  beast::tcp_stream& Tcp() { return beast::get_lowest_layer(stream_); }

  void ReadRequest() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(context_.options.header_bytes_max));
    parser_->body_limit(context_.options.body_bytes_max);
    Tcp().expires_after(context_.options.idle_timeout);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code error, size_t) { self->OnRequest(error); });
  }

  void OnRequest(error_code error) {
    ServerReply reply;
    bool keep_alive = false;
    bool head_only = false;
    if (error == http::error::header_limit) {
      reply.status = 431;
    } else if (error == http::error::body_limit) {
      reply.status = 413;
    } else if (error.category() == http::make_error_code(http::error::bad_method).category()) {
      if (error == http::error::end_of_stream || error == http::error::partial_message) return;
      reply.status = 400;
    } else if (error) {
      return;
    } else {
      const auto& message = parser_->get();
      keep_alive = message.keep_alive();
      head_only = message.method() == http::verb::head;
      reply = context_.handler(ToRequest(message));
    }
    keep_alive = keep_alive && reply.delivery == Delivery::kNormal;
    pieces_ = std::move(reply.raw);
    if (pieces_.empty() && reply.status != 0) {
      pieces_.push_back({Serialize(reply, head_only, keep_alive), reply.delay});
    } else if (pieces_.empty()) {
      pieces_.push_back({"", reply.delay});
    } else {
      pieces_.front().delay += reply.delay;
    }
    next_piece_ = 0;
    delivery_ =
        reply.delivery == Delivery::kNormal && !keep_alive ? Delivery::kClose : reply.delivery;
    WritePieces();
  }

  ServerRequest ToRequest(const http::request<http::string_body>& message) const {
    ServerRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = message.body();
    request.remote = remote_;
    request.connection = connection_;
    request.client_name = client_name_;
    return request;
  }

  void WritePieces() {
    if (next_piece_ == pieces_.size()) return EndReply();
    const RawPiece& piece = pieces_[next_piece_];
    if (piece.delay.count() == 0) return WritePiece();
    Tcp().expires_never();
    timer_.expires_after(piece.delay);
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      if (!error) self->WritePiece();
    });
  }

  void WritePiece() {
    Tcp().expires_after(context_.options.write_timeout);
    asio::async_write(stream_, asio::buffer(pieces_[next_piece_].bytes),
                      [self = this->shared_from_this()](error_code error, size_t) {
                        if (error) return;
                        ++self->next_piece_;
                        self->WritePieces();
                      });
  }

  void EndReply() {
    switch (delivery_) {
      case Delivery::kNormal:
        return ReadRequest();
      case Delivery::kStall:
        return WaitForClose();
      case Delivery::kReset: {
        error_code ignored;
        Tcp().socket().set_option(asio::socket_base::linger(true, 0), ignored);
        Tcp().socket().close(ignored);
        return;
      }
      case Delivery::kTruncate:
      case Delivery::kClose: {
        // The client reads what was sent before the end: only the sending half is closed here.
        error_code ignored;
        Tcp().socket().shutdown(asio::socket_base::shutdown_send, ignored);
        return WaitForClose();
      }
    }
  }

  // Discards what the client sends until it closes, for at most the idle timeout.
  void WaitForClose() {
    if (delivery_ == Delivery::kStall) {
      Tcp().expires_never();
    } else {
      Tcp().expires_after(context_.options.idle_timeout);
    }
    Tcp().async_read_some(asio::buffer(discarded_),
                          [self = this->shared_from_this()](error_code error, size_t) {
                            if (!error) self->WaitForClose();
                          });
  }

  const uint64_t connection_;
  const SessionContext& context_;
  const std::function<void()> on_end_;
  Stream stream_;
  asio::steady_timer timer_;
  const std::string remote_;
  std::string client_name_;

  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::vector<RawPiece> pieces_;
  size_t next_piece_ = 0;
  Delivery delivery_ = Delivery::kNormal;
  std::array<char, 4096> discarded_{};
};

}  // namespace

void StartSession(asio::ip::tcp::socket socket, uint64_t connection, const SessionContext& context,
                  std::function<void()> on_end) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (context.tls != nullptr) {
    std::make_shared<Session<TlsStream>>(connection, context, std::move(on_end),
                                         beast::tcp_stream(std::move(socket)), *context.tls)
        ->Start();
  } else {
    std::make_shared<Session<PlainStream>>(connection, context, std::move(on_end),
                                           std::move(socket))
        ->Start();
  }
}

}  // namespace dtsop
