// A TCP relay on the loopback interface that can be told to misbehave, byte by byte and without
// understanding what passes: the network between the operator and its servers.
#pragma once

#include <cstdint>
#include <memory>

#include "base/time.h"

namespace dtsop {

class TcpProxy {
 public:
  enum class Mode {
    kForward,
    kBlackhole,  // connections are accepted and stay open, and nothing passes until kForward
    kRefuse,     // nobody listens, and every open connection is reset
  };

  // Relays to 127.0.0.1:`target_port`, on a thread of its own, until destroyed. Aborts the test
  // program when no port can be had.
  explicit TcpProxy(int target_port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  // The port that is listened on, the same for the proxy's whole life.
  int port() const;

  // All of these have taken effect when they return.
  void SetMode(Mode mode);
  // For connections from now on.
  void SetTarget(int target_port);
  // The connections that are open now never carry another byte, and nobody is told; new ones work.
  void FreezeOpenConnections();
  // Ends the open connections: as a peer does that has finished, or with a TCP reset.
  void CloseOpenConnections();
  void ResetOpenConnections();
  // Each piece of data is held back for some time between these two; pieces of one direction of a
  // connection keep their order, and arrive even if their sender has gone meanwhile.
  void SetDelay(Duration least, Duration most);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dtsop
