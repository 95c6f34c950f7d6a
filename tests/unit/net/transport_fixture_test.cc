#include "tests/unit/net/transport_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace dtsop {
namespace {

int BindLoopback(int* port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  *port = ntohs(address.sin_port);
  return fd;
}

// A connection attempt that does not succeed at once waits for room in the backlog.
bool ConnectsAtOnce(int fd, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

SilentListener::SilentListener(bool backlog_full) : listener_(BindLoopback(&port_)) {
  if (listen(listener_, backlog_full ? 0 : SOMAXCONN) != 0) std::abort();
  while (backlog_full) {
    fillers_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ConnectsAtOnce(fillers_.back(), port_);
    // On the loopback interface a handshake is complete when connect returns, if there is room.
    char byte = 0;
    const bool connected = recv(fillers_.back(), &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN &&
                           send(fillers_.back(), &byte, 0, 0) == 0;
    if (!connected || fillers_.size() > 16) break;
  }
}

SilentListener::~SilentListener() {
  for (const int fd : fillers_) close(fd);
  close(listener_);
}

int UnusedPort() {
  int port = 0;
  close(BindLoopback(&port));
  return port;
}

}  // namespace dtsop
