// The control endpoint: JSON over HTTP for people and tests that steer a running simulator. A pure
// function of the request, as the simulator is.
#pragma once

#include "base/json.h"
#include "net/http.h"
#include "simulator/simulator.h"

namespace dtsop::simulator {

struct ControlReply {
  int status = 200;
  Json body;  // of an error: {"error": "..."}, naming the field and the cause
};

// Performs one request on `simulator`. Paths and fields are those of docs/simulator.md.
ControlReply HandleControl(const HttpRequest& request, WallTime now, DtsSimulator* simulator);

// A call as GET /calls and the program's log show it.
Json ShowCall(const CallRecord& record);

}  // namespace dtsop::simulator
