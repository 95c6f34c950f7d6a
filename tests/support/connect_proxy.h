// An HTTP proxy on the loopback interface: CONNECT and absolute URLs, whatever host they name, lead
// to one server of the test.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dtsop {

class ConnectProxy {
 public:
  // Relays to 127.0.0.1:`target_port`, on threads of its own, until destroyed. Answers a CONNECT
  // with `answer`; one that is not 200 ends the connection, an empty one leaves it silent.
  explicit ConnectProxy(int target_port, std::string answer = "HTTP/1.1 200 OK\r\n\r\n");
  ~ConnectProxy();
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;

  // "127.0.0.1:port".
  std::string Authority() const;
  // What each connection began with, up to and with the empty line.
  std::vector<std::string> Heads();

 private:
  using Socket = boost::asio::ip::tcp::socket;
  struct Connection {
    explicit Connection(boost::asio::io_context& io) : client(io), server(io) {}
    Socket client;
    Socket server;
    std::thread thread;
  };
  void Accept();
  void Serve(Connection& connection);

  const int target_port_;
  const std::string answer_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::list<Connection> connections_;  // guarded by mutex_
  std::vector<std::string> heads_;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace dtsop
