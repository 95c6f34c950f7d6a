// One connection of HttpServer. Only http_*.cc include this; everything runs on the server's
// thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "net/http_connections.h"
#include "net/http_server.h"

namespace dtsop {

// What all sessions of a server share; outlives them.
struct SessionContext {
  ServerOptions options;
  HttpServer::AsyncHandler handler;
  HttpConnections& connections;
};

// Starts serving `socket`, with TLS unless `tls` is null. The session keeps itself alive, and is
// among `context.connections` until it ends, be it by the peer, by a limit, or together with the
// io_context.
void StartSession(boost::asio::ip::tcp::socket socket, uint64_t connection, SessionContext& context,
                  boost::asio::ssl::context* tls);

}  // namespace dtsop
