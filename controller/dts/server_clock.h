// A server's clock, learned from the Date of its answers: requests are signed with its time, so
// that a wrong clock of this node does no harm.
#pragma once

#include "base/time.h"
#include "net/http.h"

namespace dtsop {

class ServerClock {
 public:
  // Learns from the answer `result` to a request of the moment `sent`; one without a usable Date
  // changes nothing. True: the error is another now, by more than what network and rounding make.
  bool Learn(const HttpResult& result, MonoTime sent, Now now);

  // What the server's clock shows.
  WallTime Time(Now now) const { return now.wall + error_; }
  // The server's clock less ours; zero while they differ by less than 30 s.
  Duration error() const { return error_; }

 private:
  Duration error_{0};
};

}  // namespace dtsop
