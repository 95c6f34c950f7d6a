// A blocking HTTP client for tests, on the transport that the operator itself uses.
#pragma once

#include <memory>
#include <string>

#include "net/cpprest_transport.h"

namespace dtsop {

class HttpClient {
 public:
  // Aborts the test program when the options can't be used.
  explicit HttpClient(const TransportOptions& options = {});

  // Sends the request and waits for its end; a streamed body is in the result too. Callable from
  // any thread.
  HttpResult Send(HttpRequest request);

  // Uses other certificates from now on. Aborts as the constructor does.
  void UseTls(const TlsOptions& tls);

  // The one that all tests share, for requests that name their origin. Never destroyed.
  static HttpClient& Shared();

 private:
  std::unique_ptr<TlsTransport> transport_;
};

}  // namespace dtsop
