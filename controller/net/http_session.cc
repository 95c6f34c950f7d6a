#include "net/http_session.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
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

#include "net/http_reply.h"

namespace dtsop {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr size_t kFirstBytes = 4096;

asio::ip::tcp::endpoint RemoteOf(const beast::tcp_stream& stream) {
  error_code error;
  const auto endpoint = stream.socket().remote_endpoint(error);
  return error ? asio::ip::tcp::endpoint() : endpoint;
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

template <class Stream>
class Session final : public std::enable_shared_from_this<Session<Stream>> {
 public:
  template <class... Arguments>
  Session(uint64_t connection, SessionContext& context, Arguments&&... arguments)
      : connection_(connection),
        context_(context),
        stream_(std::forward<Arguments>(arguments)...),
        timer_(stream_.get_executor()),
        remote_(RemoteOf(Tcp())) {
    context_.connections.Add(connection_, remote_.address().to_string(), [this] { Close(); });
  }
  ~Session() { context_.connections.Remove(connection_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Start() {
    Tcp().expires_after(context_.options.head_timeout);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (error) return;
                                self->client_name_ = CommonName(self->stream_.native_handle());
                                self->ReadHead();
                              });
    } else {
      ReadHead();
    }
  }

 private:
  beast::tcp_stream& Tcp() { return beast::get_lowest_layer(stream_); }

  // Ends whatever is waited for, and with it the session.
  void Close() {
    timer_.cancel();
    Tcp().close();
  }

  // Waits for the next request of a connection that is kept.
  void AwaitRequest() {
    context_.connections.SetIdle(connection_, true);
    if (buffer_.size() > 0) {
      Tcp().expires_after(context_.options.head_timeout);
      return ReadHead();
    }
    Tcp().expires_after(context_.options.idle_timeout);
    stream_.async_read_some(buffer_.prepare(kFirstBytes),
                            [self = this->shared_from_this()](error_code error, size_t size) {
                              if (error) return;
                              self->buffer_.commit(size);
                              self->Tcp().expires_after(self->context_.options.head_timeout);
                              self->ReadHead();
                            });
  }

  void ReadHead() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(context_.options.header_bytes_max));
    parser_->body_limit(context_.options.body_bytes_max);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](error_code error, size_t) {
                              if (error || self->parser_->is_done()) return self->OnRequest(error);
                              self->ReadBody();
                            });
  }

  void ReadBody() {
    Tcp().expires_after(context_.options.idle_timeout);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code error, size_t) { self->OnRequest(error); });
  }

  void OnRequest(error_code error) {
    context_.connections.SetIdle(connection_, false);
    keep_alive_ = false;
    head_only_ = false;
    ServerReply reply;
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
      return Handle();
    }
    Answer(std::move(reply));
  }

  void Handle() {
    const auto& message = parser_->get();
    keep_alive_ = message.keep_alive() && message.version() == 11;
    head_only_ = message.method() == http::verb::head;
    const uint64_t request = ++requests_;
    awaited_ = request;
    // Only this thread may own a session, even for a moment.
    context_.handler(
        ToRequest(message), [weak = this->weak_from_this(), executor = stream_.get_executor(),
                             request](ServerReply reply) {
          asio::dispatch(executor, [weak, request, reply = std::move(reply)]() mutable {
            const auto self = weak.lock();
            if (self == nullptr || self->awaited_ != request) return;
            self->awaited_ = 0;
            self->timer_.cancel();
            self->Answer(std::move(reply));
          });
        });
    if (awaited_ != request) return;
    Tcp().expires_never();
    timer_.expires_after(context_.options.reply_timeout);
    timer_.async_wait([self = this->shared_from_this(), request](error_code error) {
      if (error || self->awaited_ != request) return;
      self->awaited_ = 0;
      self->Answer({.status = 503});
    });
  }

  void Answer(ServerReply reply) {
    const bool keep_alive = keep_alive_ && reply.delivery == Delivery::kNormal;
    pieces_ = std::move(reply.raw);
    if (pieces_.empty() && reply.status != 0) {
      pieces_.push_back(
          {reply.interim + SerializeReply(reply, head_only_, keep_alive), reply.delay});
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
    ToOriginForm(&request.target, &request.headers);
    request.body = message.body();
    request.remote = fmt::format("{}:{}", remote_.address().to_string(), remote_.port());
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
        return AwaitRequest();
      case Delivery::kStall:
        Tcp().expires_never();
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
        Tcp().expires_after(context_.options.idle_timeout);
        return WaitForClose();
      }
    }
  }

  // Discards what the client sends until it closes or the time is up.
  void WaitForClose() {
    context_.connections.SetIdle(connection_, true);
    Tcp().async_read_some(asio::buffer(discarded_),
                          [self = this->shared_from_this()](error_code error, size_t) {
                            if (!error) self->WaitForClose();
                          });
  }

  const uint64_t connection_;
  SessionContext& context_;
  Stream stream_;
  asio::steady_timer timer_;
  const asio::ip::tcp::endpoint remote_;
  std::string client_name_;

  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  bool keep_alive_ = false;
  bool head_only_ = false;
  uint64_t requests_ = 0;
  uint64_t awaited_ = 0;  // the request whose reply is awaited; 0: none
  std::vector<RawPiece> pieces_;
  size_t next_piece_ = 0;
  Delivery delivery_ = Delivery::kNormal;
  std::array<char, 4096> discarded_{};
};

}  // namespace

void StartSession(asio::ip::tcp::socket socket, uint64_t connection, SessionContext& context,
                  asio::ssl::context* tls) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (tls != nullptr) {
    std::make_shared<Session<TlsStream>>(connection, context, beast::tcp_stream(std::move(socket)),
                                         *tls)
        ->Start();
  } else {
    std::make_shared<Session<PlainStream>>(connection, context, std::move(socket))->Start();
  }
}

}  // namespace dtsop
