#include "tests/support/sockets.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <random>

#include "tests/support/require.h"

namespace dtsop {
namespace {

constexpr size_t kFillersMax = 16;

sockaddr_in LoopbackAddress(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// Below the ports that the kernel gives to clients: whoever listens on it a moment later, or on the
// same port of another address, does not meet a connection of another test.
int Bind(int* port) {
  std::random_device random;
  std::uniform_int_distribution<int> below_clients(10000, 32000);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  for (int tries = 0;; ++tries) {
    Require(tries < 1000);
    *port = below_clients(random);
    const sockaddr_in address = LoopbackAddress(*port);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  }
}

bool IsConnected(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  return getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
}

}  // namespace

SilentListener::SilentListener(Backlog backlog) : listener_(Bind(&port_)) {
  Require(listen(listener_, backlog == Backlog::kFull ? 0 : SOMAXCONN) == 0);
  if (backlog == Backlog::kFree) return;
  // On the loopback interface connect has either succeeded when it returns, or found no room.
  do {
    Require(fillers_.size() < kFillersMax);
    fillers_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_in address = LoopbackAddress(port_);
    (void)connect(fillers_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (IsConnected(fillers_.back()));
}

SilentListener::~SilentListener() {
  for (const int fd : fillers_) close(fd);
  close(listener_);
}

std::string SilentListener::Authority() const { return "127.0.0.1:" + std::to_string(port_); }

int UnusedPort() {
  int port = 0;
  close(Bind(&port));
  return port;
}

RawClient::RawClient(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in address = LoopbackAddress(port);
  Require(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const timeval patience{20, 0};
  Require(setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
}

RawClient::~RawClient() { close(fd_); }

void RawClient::Write(const std::string& bytes) const {
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = send(fd_, bytes.data() + written, bytes.size() - written, MSG_NOSIGNAL);
    if (count <= 0) return;  // the server has closed the connection
    written += static_cast<size_t>(count);
  }
}

std::string RawClient::ReadUntil(const std::string& end) const {
  std::string text;
  std::array<char, 65536> block{};
  // Byte by byte while there is something to stop at, so that nothing behind it is consumed.
  const size_t size = end.empty() ? block.size() : 1;
  while (end.empty() || !text.ends_with(end)) {
    const ssize_t count = recv(fd_, block.data(), size, 0);
    if (count <= 0) break;
    text.append(block.data(), static_cast<size_t>(count));
  }
  return text;
}

}  // namespace dtsop
