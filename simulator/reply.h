// What the simulator answers, as a value.
#pragma once

#include <string>

#include "base/time.h"
#include "net/http.h"

namespace dtsop::simulator {

// How the answer travels. In every case but kResetBeforeEffect the server has acted.
enum class Delivery {
  kNormal,
  kLostReply,          // the connection stays open and silent: the client never hears
  kResetBeforeEffect,  // the connection is reset and nothing happened
  kResetAfterEffect,   // the connection is reset instead of an answer
  kTruncated,          // the connection is closed in the middle of the body
};

struct SimulatedReply {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  Duration latency{0};  // from the arrival of the request to the first byte of the answer
  Delivery delivery = Delivery::kNormal;
  bool interim = false;  // 1xx answers come first
};

}  // namespace dtsop::simulator
