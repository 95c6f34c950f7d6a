// The network between one operator process and the servers, as an HttpTransport in virtual time: it
// keeps the timeouts that HttpRequest promises and does to each call what a fault says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "net/http.h"
#include "tests/simulation/sim_api_server.h"
#include "tests/simulation/sim_clock.h"

namespace dtsop::sim {

// What happens to one call. The default is a healthy call.
struct CallFault {
  enum class Loss {
    kNone,
    kRefused,       // no connection
    kBeforeEffect,  // the connection breaks before the server has read the request
    kAfterEffect,   // ... after it has acted
  };
  Loss loss = Loss::kNone;
  bool silent = false;                 // a loss shows only as silence, and ends by the idle timeout
  Duration latency = milliseconds(1);  // of each direction
  int status = 0;                      // not 0: something in between answers with this
  Duration retry_after{};              // as a Retry-After header of that answer
  std::optional<size_t> cut_at;        // the connection breaks after this many bytes of body
  Duration watch_delay{};              // the server's watch cache is so late
  std::optional<Duration> deaf_after;  // of a watch: from then on nothing arrives any more
  int64_t frozen_at = kLatest;         // the server's cache has stopped at this revision
};

class SimNetwork final : public HttpTransport {
 public:
  // Answers requests that have an origin: everything but the Kubernetes API.
  using OtherServer = std::function<HttpResult(const HttpRequest&)>;
  using FaultSource = std::function<CallFault(const HttpRequest&)>;

  // All must outlive the network, and the network every action of `clock`: a call that is on its
  // way arrives even when its process is gone. `machine` measures the timeouts.
  SimNetwork(SimClock& clock, const MachineClock& machine, SimApiServer& kubernetes,
             OtherServer other, FaultSource faults);
  ~SimNetwork() override;
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  void Send(CallId id, HttpRequest request, HttpSink& sink) override;
  void Cancel(CallId id) override;
  // The process is gone: nothing is delivered any more, but what has left still arrives.
  void Sever();
  // Every open connection breaks.
  void BreakConnections();
  size_t calls_in_flight() const { return calls_.size(); }

 private:
  struct Call;
  using CallPtr = std::shared_ptr<Call>;

  void Leave(const CallPtr& call);
  void Arrive(const CallPtr& call);
  void OpenWatch(const CallPtr& call);
  void PollWatch(const CallPtr& call, int64_t seen);
  void ArmWatchTimer(const CallPtr& call);
  void Answer(const CallPtr& call, HttpResult result);
  void DeliverStream(const CallPtr& call, const std::string& bytes, bool last);
  void Finish(const CallPtr& call, HttpResult result);
  void Fail(const CallPtr& call, HttpError error, std::string detail);
  void ArmTimeout(const CallPtr& call, Duration timeout, uint64_t epoch, const char* detail);
  void SignOfLife(const CallPtr& call);

  SimClock& clock_;
  const MachineClock& machine_;
  SimApiServer& kubernetes_;
  OtherServer other_;
  FaultSource faults_;
  std::map<CallId, CallPtr> calls_;
};

}  // namespace dtsop::sim
