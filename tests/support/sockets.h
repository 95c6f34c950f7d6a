// Peers that are not even servers.
#pragma once

#include <string>
#include <vector>

namespace dtsop {

// A listening socket of the loopback interface on which nobody accepts.
class SilentListener {
 public:
  enum class Backlog {
    kFree,  // connections succeed, and then nobody speaks
    kFull,  // connections do not even succeed
  };
  explicit SilentListener(Backlog backlog);
  ~SilentListener();
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;

  // "127.0.0.1:port".
  std::string Authority() const;

 private:
  int port_ = 0;
  int listener_ = -1;
  std::vector<int> fillers_;
};

// A port of the loopback interface on which nobody listens.
int UnusedPort();

// A TCP connection of a client that writes whatever it likes.
class RawClient {
 public:
  explicit RawClient(int port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Write(const std::string& bytes) const;
  // Reads until `end` was read; "" stands for the end of the connection. Gives up after 20 seconds
  // and returns what came until then.
  std::string ReadUntil(const std::string& end) const;

 private:
  int fd_ = -1;
};

}  // namespace dtsop
