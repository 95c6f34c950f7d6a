// One connection of HttpServer. Only http_*.cc include this; everything runs on the server's
// thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>

#include "net/http_server.h"

namespace dtsop {

// What all sessions of a server share; outlives them.
struct SessionContext {
  ServerOptions options;
  HttpServer::Handler handler;
  std::unique_ptr<boost::asio::ssl::context> tls;  // null: no TLS
};

// Starts serving `socket`. The session keeps itself alive; `on_end` is called when it is destroyed,
// be it by the peer, by a limit, or together with the io_context.
void StartSession(boost::asio::ip::tcp::socket socket, uint64_t connection,
                  const SessionContext& context, std::function<void()> on_end);

}  // namespace dtsop
