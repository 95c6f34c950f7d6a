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
  Duration delay{0};  // before the first byte
  Delivery delivery = Delivery::kNormal;
  std::vector<RawPiece> raw{};  // if not empty, sent in place of status, headers and body
};

struct ServerOptions {
  std::string address = "127.0.0.1:0";  // "host:port" or ":port" for all interfaces; port 0: any
  std::string tls_cert_pem{};           // with its chain; empty: no TLS
  SecretString tls_key_pem{};
  std::string tls_client_ca_pem{};  // clients must show a certificate of this CA; empty: none asked
  size_t header_bytes_max = 16U << 10;
  size_t body_bytes_max = 4U << 20;
  size_t connections_max = 256;          // further ones are closed at once
  Duration idle_timeout = seconds(60);   // between requests, and for a request to arrive
  Duration write_timeout = seconds(30);  // for one piece of an answer to be taken
};

class HttpServer {
 public:
  // Called on the server's thread for each complete request. Must not block or throw. A request
  // that is malformed or too large is answered with 400, 413 or 431 without it.
  using Handler = std::function<ServerReply(const ServerRequest&)>;

  // Binds, then serves on a new thread until destroyed. Fails when the address is malformed or
  // taken, and when the TLS options can't be used.
  static Result<std::unique_ptr<HttpServer>> Listen(const ServerOptions& options, Handler handler);

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
