// One operator process: the core, its clocks and its network. It can be paused, as by SIGSTOP or a
// long garbage collection of the hypervisor, and killed between any two steps.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "app/operator.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_network.h"
#include "tests/simulation/trace.h"

namespace dtsop::sim {

class SimProcess;

// Who wants to know what a process does; all are called before it takes effect.
struct ProcessObserver {
  virtual ~ProcessObserver() = default;
  // The core has decided to send this now.
  virtual void OnDecided(const SimProcess&, const SendRequest&) {}
  // It leaves the machine now.
  virtual void OnSent(const SimProcess&, const SendRequest&) {}
  // The call is over for the process: answered, failed or died with it.
  virtual void OnEnded(const SimProcess&, const HttpRequest&) {}
  virtual void OnLog(const SimProcess&, const LogLine&) {}
  // The core asks for one tick after the other without letting time pass; it is killed.
  virtual void OnSpin(const SimProcess&) {}
  // A point at which the process may die: before an event is handled, after a command is performed.
  virtual void OnStep(SimProcess&) {}
};

class SimProcess final : public HttpSink {
 public:
  struct Options {
    std::string name;  // in traces
    OperatorOptions core;
    uint64_t seed = 0;
    MachineClock::Error clock;
  };

  SimProcess(SimClock& clock, SimApiServer& kubernetes, SimNetwork::OtherServer dts,
             SimNetwork::FaultSource faults, Surroundings surroundings, Trace& trace,
             ProcessObserver& observer, Options options);
  ~SimProcess() override;

  void Start() { Post(Tick{}); }
  // SIGTERM.
  void Stop() {
    stopping_ = true;
    Post(dtsop::Stop{});
  }
  // SIGKILL: nothing more happens here, but what has left arrives.
  void Kill();
  void Pause() { paused_ = true; }
  void Resume();
  // The next command that is performed waits until the process is resumed: a freeze between a
  // decision and its first byte.
  void PauseBeforeNextCall() { pause_before_send_ = true; }

  bool alive() const { return core_ != nullptr; }
  bool paused() const { return paused_; }
  bool stopping() const { return stopping_; }
  int exit_code() const { return exit_code_; }
  const Options& options() const { return options_; }
  const std::string& identity() const { return options_.core.identity; }
  MachineClock& machine() { return machine_; }
  const MachineClock& machine() const { return machine_; }
  SimNetwork& network() { return network_; }
  OperatorState State() const { return core_->State(machine_.Read()); }

  void OnHead(CallId id, int status) override;
  void OnChunk(CallId id, std::string_view data) override;
  void OnDone(CallId id, HttpResult result) override;

 private:
  void Post(Event event);
  void Handle(const Event& event);
  void PerformAll();
  void Perform(const Command& command);
  void ArmTick();
  void Note(std::string_view kind, CallId id, std::string_view text);

  SimClock& clock_;
  Trace& trace_;
  ProcessObserver& observer_;
  const Options options_;
  MachineClock machine_;
  SimNetwork network_;
  NullMetrics metrics_;
  std::unique_ptr<Operator> core_;
  std::deque<Event> inbox_;       // while paused
  std::deque<Command> commands_;  // decided, not yet performed
  std::map<CallId, HttpRequest> calls_;
  MonoTime tick_at_ = kNever;  // true time of the armed tick
  uint64_t tick_epoch_ = 0;
  int ticks_at_once_ = 0;  // in a row, without a moment between them
  bool paused_ = false;
  bool stopping_ = false;
  bool pause_before_send_ = false;
  int exit_code_ = -1;
};

}  // namespace dtsop::sim
