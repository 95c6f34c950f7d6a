// The I/O around the core: one thread that waits for what the transports, the clock and signals
// bring, hands it to the Operator and performs its commands.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "app/operator.h"
#include "net/http.h"
#include "observe/json_log.h"

namespace dtsop {

class Shell final : private HttpSink {
 public:
  struct Parts {
    Operator& core;
    HttpTransport& kubernetes;
    HttpTransport& dts;  // and whoever gives credentials for it
    const Clock& clock;
    JsonLog& log;
    Metrics& metrics;
    std::function<void()> each_round;  // every few seconds, from the thread of Run
  };
  explicit Shell(Parts parts) : p_(std::move(parts)) {}

  // Runs until the core asks to exit; returns the exit status. The transports must be destroyed
  // before the shell, as they report to it.
  int Run();

  // Asks the core to end. From any thread, but not from a signal handler.
  void RequestStop();

  // For probes, from any thread. Live: the loop has gone round during the last 30 s.
  bool Live() const;
  OperatorState State() const;

 private:
  void OnHead(CallId id, int status) override;
  void OnChunk(CallId id, std::string_view data) override;
  void OnDone(CallId id, HttpResult result) override;

  void Post(Event event);
  // Makes room for what the transports have still to post.
  void Release(const Event& handled);
  // Waits for events until `wake_at`; takes what there is.
  std::vector<Event> Take(MonoTime wake_at);
  void Handle(const Event& event);
  void Perform(std::vector<Command>* commands);

  const Parts p_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable room_;
  std::vector<Event> events_;  // guarded by mutex_
  size_t held_bytes_ = 0;      // guarded by mutex_: of events not yet handled
  bool ended_ = false;         // guarded by mutex_: nobody handles events any more
  OperatorState state_;        // guarded by mutex_
  MonoTime last_round_{};      // guarded by mutex_
  std::vector<Command> commands_;
  bool exiting_ = false;
  int exit_code_ = 0;
};

}  // namespace dtsop
