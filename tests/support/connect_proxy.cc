#include "tests/support/connect_proxy.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace dtsop {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

const tcp::endpoint kLoopback(boost::asio::ip::address_v4::loopback(), 0);

void Relay(tcp::socket& from, tcp::socket& to) {
  std::array<char, 16384> buffer{};
  error_code error;
  while (!error) {
    const size_t count = from.read_some(boost::asio::buffer(buffer), error);
    if (!error) boost::asio::write(to, boost::asio::buffer(buffer.data(), count), error);
  }
  error_code ignored;
  to.shutdown(tcp::socket::shutdown_send, ignored);
}

// "GET http://host/path HTTP/1.1" -> "GET /path HTTP/1.1"
void MakeRelative(std::string* head) {
  const size_t scheme = head->find("://");
  const size_t path = head->find('/', scheme + 3);
  const size_t begin = head->find(' ') + 1;
  if (scheme != std::string::npos) head->erase(begin, path - begin);
}

}  // namespace

ConnectProxy::ConnectProxy(int target_port, std::string answer)
    : target_port_(target_port), answer_(std::move(answer)), acceptor_(io_, kLoopback) {
  thread_ = std::thread([this] { Accept(); });
}

ConnectProxy::~ConnectProxy() {
  stopping_ = true;
  // Wakes a blocked accept, which closing would not.
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  thread_.join();
  {
    const std::lock_guard lock(mutex_);
    for (Connection& connection : connections_) {
      ::shutdown(connection.client.native_handle(), SHUT_RDWR);
      ::shutdown(connection.server.native_handle(), SHUT_RDWR);
    }
  }
  for (Connection& connection : connections_) connection.thread.join();
}

std::string ConnectProxy::Authority() const {
  return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

std::vector<std::string> ConnectProxy::Heads() {
  const std::lock_guard lock(mutex_);
  return heads_;
}

void ConnectProxy::Accept() {
  for (;;) {
    tcp::socket client(io_);
    error_code error;
    acceptor_.accept(client, error);
    if (error || stopping_) return;
    const std::lock_guard lock(mutex_);
    Connection& connection = connections_.emplace_back(io_);
    connection.client = std::move(client);
    connection.server.connect(
        {boost::asio::ip::address_v4::loopback(), static_cast<uint16_t>(target_port_)}, error);
    connection.thread = std::thread([this, &connection] { Serve(connection); });
  }
}

void ConnectProxy::Serve(Connection& connection) {
  std::string head;
  error_code error;
  const size_t size = boost::asio::read_until(connection.client, boost::asio::dynamic_buffer(head),
                                              "\r\n\r\n", error);
  if (error) return;
  {
    const std::lock_guard lock(mutex_);
    heads_.push_back(head.substr(0, size));
  }
  if (head.starts_with("CONNECT ")) {
    boost::asio::write(connection.client, boost::asio::buffer(answer_), error);
    if (answer_.empty()) return;
    if (answer_.find(" 200 ") == std::string::npos) {
      connection.client.shutdown(tcp::socket::shutdown_both, error);
      return;
    }
  } else {
    MakeRelative(&head);
    boost::asio::write(connection.server, boost::asio::buffer(head), error);
  }
  std::thread back([&connection] { Relay(connection.server, connection.client); });
  Relay(connection.client, connection.server);
  back.join();
}

}  // namespace dtsop
