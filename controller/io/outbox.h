// The core's only way out: components queue commands here and name what is to happen when a call
// ends.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/core_io.h"

namespace dtsop {

class Outbox {
 public:
  using OnDone = std::function<void(const HttpResult&, Now)>;
  struct StreamHandlers {
    std::function<void(int status, Now)> on_head;
    std::function<void(std::string_view data, Now)> on_chunk;
    OnDone on_done;
  };

  // Queues a request; `on_done` runs exactly once, from a later Deliver, unless Cancel is called.
  CallId Send(Remote remote, HttpRequest request, OnDone on_done);
  CallId Stream(Remote remote, HttpRequest request, StreamHandlers handlers);
  // Queues a cancellation and forgets the call's handlers: nothing of it is delivered any more.
  void Cancel(CallId id);

  void Log(LogLevel level, std::string_view message, LogFields fields = {});
  void RequestExit(int code) { commands_.emplace_back(Exit{code}); }

  // Runs the handler of the call that `event` is about. Events of forgotten calls are ignored.
  void Deliver(const Event& event, Now now);

  // Moves the queued commands to the end of `out`, in order.
  void TakeInto(std::vector<Command>* out);

 private:
  CallId next_id_ = 1;
  std::unordered_map<CallId, StreamHandlers> calls_;  // looked up only, never iterated
  std::vector<Command> commands_;
};

}  // namespace dtsop
