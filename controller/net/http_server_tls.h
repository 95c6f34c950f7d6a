// The certificate that an HttpServer shows, renewed while it runs. Only http_*.cc include this.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "net/http_server.h"

namespace dtsop {

// Lives on the server's thread. `options` must outlive it.
class HttpServerTls {
 public:
  explicit HttpServerTls(const ServerOptions& options) : options_(options) {}

  // Reads the certificate for the first time. Fails when it can't be used.
  Result<void> Start();
  // What a new connection is to use, after another look at ServerOptions::certificate when that is
  // due; null: no TLS. A certificate that can't be read or used is reported once, and the one
  // before stays.
  boost::asio::ssl::context* Current();

 private:
  Result<void> Renew();

  const ServerOptions& options_;
  ServerCertificate shown_;
  std::unique_ptr<boost::asio::ssl::context> context_;  // connections keep the one they began with
  std::chrono::steady_clock::time_point looked_at_{};
  std::string problem_;  // the last one that was reported; empty: none since
};

}  // namespace dtsop
