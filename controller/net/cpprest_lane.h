// One http_client of cpprestsdk that carries one request at a time, and thereby owns at most one
// connection. Our own pool of lanes stands in for the library's pool of connections, because only
// then can each hook of the library be attributed to a request: that is what tells whether a byte
// may have left, why a certificate was refused, and that the library is about to send again.
// Only cpprest_*.cc include this. Everything here runs on the pool thread.
#pragma once

#include <cpprest/http_client.h>

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "net/cpprest_failure.h"
#include "net/http.h"
#include "net/origin.h"
#include "net/proxy.h"
#include "net/tls.h"

namespace dtsop {

class CpprestLane {
 public:
  // Opens no connection yet. `server_name` is the TLS name: it is asked for by SNI, unless it is an
  // IP address, and the certificate must be valid for it; empty: the host of `origin`. The Host
  // header is that of `origin` in any case. With a `proxy` HTTP goes through it and HTTPS through a
  // tunnel that it opens.
  CpprestLane(const Origin& origin, std::shared_ptr<const TlsClient> tls,
              const std::string& server_name, std::optional<Proxy> proxy);
  // Before the first Request: the IP address of ConnectHost that is to be connected to.
  void ConnectTo(const std::string& address);
  // A lane for the same server without a connection or an address.
  std::unique_ptr<CpprestLane> Fresh() const;

  const Origin& origin() const;
  // What its connection is made with.
  const std::shared_ptr<const TlsClient>& tls() const;
  // The host whose address is needed: of the proxy, if there is one.
  const std::string& ConnectHost() const;
  // False for a tunnel: the library then shows its hook a socket or a TLS stream, and does not tell
  // which; only the first time it is known.
  bool Reusable() const;
  // True until the first Request.
  bool IsNew() const;

  // Hands `request`, without a Host header, to the library, which connects if there is no
  // connection yet. A handshake that ends after `not_after` is refused. The previous request must
  // have ended.
  pplx::task<web::http::http_response> Request(web::http::http_request request,
                                               const pplx::cancellation_token& token,
                                               MonoTime not_after);

  // To be called when the library reports progress: the bytes so far have been dealt with, and at
  // most `bytes_max` may come until the next call.
  void NoteProgress(size_t bytes_max);

  // To be called when the request has ended: nothing is to be read until the next one.
  void NoteEnd();

  // True once there is a TCP connection, to the proxy if there is one.
  bool HasConnection() const;
  // False while it is certain that no byte of the current request has left.
  bool MayHaveSent() const;
  // True when the request was not sent because the kept connection had been closed meanwhile, or
  // had bytes that nobody asked for. A new lane can send it.
  bool FoundStale() const;
  // True when the peer sent more than NoteProgress allowed.
  bool Overflowed() const;
  // What `exception`, thrown by the library for the current request, means.
  CpprestFailure Explain(const std::exception_ptr& exception) const;

 private:
  struct State;

  std::shared_ptr<State> state_;                            // shared with the library's callbacks
  std::unique_ptr<web::http::client::http_client> client_;  // null before ConnectTo
};

}  // namespace dtsop
