// A small HTTP/1.1 server on a thread of its own: the operator's probes and metrics, the DTS
// simulator, and the misbehaving peers of the transport's tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/http.h"

namespace dtsop {

struct ServerRequest {
  std::string method;
  std::string target;  // path and query as sent
  HttpHeaders headers;
  std::string body;
  std::string remote;       // "address:port" of the client
  uint64_t connection = 0;  // the same for all requests of one connection
  std::string client_name;  // common name of the verified client certificate; empty: none
};

// How an answer ends, honestly or not.
enum class Delivery {
  kNormal,    // the whole answer; the connection stays open unless the client wants it closed
  kClose,     // the whole answer, or nothing if it is empty, then the end of the connection
  kReset,     // as kClose, with a TCP reset
  kStall,     // as kClose, but the connection stays open and silent until the client closes it
  kTruncate,  // half of the body, then as kClose
};

// Bytes to be written as they stand, `delay` after the piece before.
struct RawPiece {
  std::string bytes;
  Duration delay{0};
};

struct ServerReply {
  int status = 200;  // 0: no answer at all, only what `delivery` says
  HttpHeaders headers{};
  std::string body{};
  Duration delay{0};      // before the first byte
  std::string interim{};  // 1xx answers, as they stand, before the answer
  Delivery delivery = Delivery::kNormal;
  std::vector<RawPiece> raw{};  // if not empty, sent in place of status, headers and body
};

// What a server shows to its clients.
struct ServerCertificate {
  std::string cert_pem;  // with its chain
  SecretString key_pem;
  friend bool operator==(const ServerCertificate&, const ServerCertificate&) = default;
};

struct ServerOptions {
  std::string address = "127.0.0.1:0";  // "host:port" or ":port" for all interfaces; port 0: any
  std::string tls_cert_pem{};           // with its chain; empty: no TLS
  SecretString tls_key_pem{};
  std::string tls_client_ca_pem{};  // clients must show a certificate of this CA; empty: none asked
  // In place of the two above: asked at the start, and again when a client connects, at most once
  // in `certificate_every`, on the server's thread. What can't be used later on is reported once,
  // and the certificate before stays.
  std::function<Result<ServerCertificate>()> certificate{};
  std::function<void(const Error&)> on_certificate_problem{};
  Duration certificate_every = seconds(10);
  size_t header_bytes_max = 16U << 10;
  size_t body_bytes_max = 4U << 20;
  size_t connections_max = 256;         // one more closes an idle one, see HttpConnections
  Duration head_timeout = seconds(30);  // for the handshake and the first head, and each later head
  Duration idle_timeout = seconds(60);  // between requests, and for a body to arrive
  Duration reply_timeout = seconds(30);  // for an AsyncHandler to reply; then the answer is 503
  Duration write_timeout = seconds(30);  // for one piece of an answer to be taken
};

class HttpServer {
 public:
  // Called on the server's thread for each complete request. Must not block or throw. A request
  // that is malformed or too large is answered with 400, 413 or 431 without it.
  using Handler = std::function<ServerReply(const ServerRequest&)>;
  // Takes the answer to one request, at once or later, from any thread, but only while the server
  // exists. Only the first call counts, and none after reply_timeout.
  using Reply = std::function<void(ServerReply)>;
  // As Handler, for answers that take time.
  using AsyncHandler = std::function<void(const ServerRequest&, Reply)>;

  // Binds, then serves on a new thread until destroyed. Fails when the address is malformed or
  // taken, and when the TLS options can't be used.
  static Result<std::unique_ptr<HttpServer>> Listen(const ServerOptions& options, Handler handler);
  static Result<std::unique_ptr<HttpServer>> ListenAsync(const ServerOptions& options,
                                                         AsyncHandler handler);

  // Closes all connections and joins the thread; no Handler call is made afterwards.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The port that is listened on.
  uint16_t port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace dtsop
