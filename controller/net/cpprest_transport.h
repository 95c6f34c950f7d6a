// HttpTransport on cpprestsdk. The library runs on its one pool thread; Send and Cancel only post
// to it, because the library is not safe against its own cancellation from another thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/http.h"
#include "net/proxy.h"
#include "net/resolver.h"
#include "net/tls.h"

namespace dtsop {

struct TransportOptions {
  std::string origin;  // for requests that name none, as ParseOrigin reads it; empty: none
  TlsOptions tls;
  ProxyRules proxies;
  Resolver* resolver = nullptr;  // outlives the transport; null: the one that all share
  // Calls in flight; further ones wait in the order of Send, on their own total_timeout. Urgent
  // calls neither count nor wait.
  size_t calls_in_flight_max = 32;
  // Once the transport's own server could not be reached, calls that need a new connection to it
  // fail at once for this long, but for urgent ones that are no streams.
  Duration connect_pause{0};
};

// Initialises the library's thread pool with one thread and keeps it from loading the system's CA
// bundle for each connection, by setting SSL_CERT_FILE. Must come first in main, before any thread
// exists. The system's CAs are still found.
void PrepareProcessForTransport();

// An HttpTransport whose certificates can be replaced while it works.
class TlsTransport : public HttpTransport {
 public:
  // Calls that are sent from now on go over connections made with `options`; those in flight go on,
  // and their connections are closed when they end. Fails as MakeCpprestTransport does, and then
  // changes nothing. Callable from any thread.
  virtual Result<void> UseTls(const TlsOptions& options) = 0;
};

// Parses the TLS options and reads the system's CAs if they are needed. Fails with the option that
// can't be used. Each transport has its own connections; all share the one thread. The destructor
// cancels all calls and waits for their OnDone, so it must not run on the transport's thread.
Result<std::unique_ptr<TlsTransport>> MakeCpprestTransport(const TransportOptions& options);

}  // namespace dtsop
