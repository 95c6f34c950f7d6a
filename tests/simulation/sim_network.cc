#include "tests/simulation/sim_network.h"

#include <algorithm>
#include <utility>

namespace dtsop::sim {

struct SimNetwork::Call {
  CallId id = 0;
  HttpRequest request;
  HttpSink* sink = nullptr;  // null once the call is over for the client
  CallFault fault;
  bool left = false;  // a byte of the request may have been sent
  std::unique_ptr<SimWatch> watch;
  MonoTime opened;
  uint64_t life = 0;  // signs of life so far: an idle timer that saw fewer is void
  size_t body_bytes = 0;
};

SimNetwork::SimNetwork(SimClock& clock, const MachineClock& machine, SimApiServer& kubernetes,
                       OtherServer other, FaultSource faults)
    : clock_(clock),
      machine_(machine),
      kubernetes_(kubernetes),
      other_(std::move(other)),
      faults_(std::move(faults)) {
  kubernetes_.OnChange([this](int64_t revision) {
    for (const auto& [id, call] : calls_) {
      if (call->watch == nullptr) continue;
      clock_.After(call->fault.watch_delay,
                   [this, weak = CallPtr(call), revision] { PollWatch(weak, revision); });
    }
  });
}

SimNetwork::~SimNetwork() = default;

void SimNetwork::Sever() {
  for (const auto& [id, call] : calls_) {
    call->sink = nullptr;
    call->watch.reset();
  }
  calls_.clear();
}

void SimNetwork::BreakConnections() {
  const auto calls = calls_;
  for (const auto& [id, call] : calls)
    Fail(call, HttpError::kTruncated, "connection reset by peer");
}

void SimNetwork::Send(CallId id, HttpRequest request, HttpSink& sink) {
  auto call = std::make_shared<Call>();
  call->id = id;
  call->request = std::move(request);
  call->sink = &sink;
  call->fault = faults_(call->request);
  calls_[id] = call;
  const Duration total = call->request.total_timeout;
  if (total > Duration::zero()) ArmTimeout(call, total, 0, "no complete answer in time");
  if (call->fault.loss == CallFault::Loss::kRefused) {
    const Duration wait =
        call->fault.silent ? call->request.connect_timeout : call->fault.latency * 2;
    clock_.After(wait, [this, call] { Fail(call, HttpError::kConnect, "connection refused"); });
    return;
  }
  // A call that must not be sent twice opens a connection of its own first.
  if (call->request.exactly_once) {
    clock_.After(call->fault.latency * 2, [this, call] { Leave(call); });
  } else {
    Leave(call);
  }
}

void SimNetwork::Leave(const CallPtr& call) {
  if (call->sink == nullptr) return;
  if (machine_.Read().mono > call->request.not_after) {
    clock_.After(Duration::zero(),
                 [this, call] { Fail(call, HttpError::kExpired, "too late to be sent"); });
    return;
  }
  call->left = true;
  SignOfLife(call);
  const CallFault& fault = call->fault;
  if (fault.status != 0) {
    HttpResult result = StatusReply(fault.status, "InternalError", "answered by a fault", nullptr);
    if (fault.retry_after > Duration::zero())
      result.headers.emplace_back(
          "Retry-After",
          std::to_string(std::chrono::duration_cast<seconds>(fault.retry_after).count()));
    clock_.After(fault.latency, [this, call, result] { Answer(call, result); });
  } else if (fault.loss == CallFault::Loss::kBeforeEffect) {
    if (fault.silent) return;
    clock_.After(fault.latency * 2,
                 [this, call] { Fail(call, HttpError::kTruncated, "connection reset by peer"); });
  } else {
    clock_.After(fault.latency, [this, call] { Arrive(call); });
  }
}

// The server acts even when the client has gone meanwhile.
void SimNetwork::Arrive(const CallPtr& call) {
  if (call->request.origin.empty() && SimApiServer::IsWatch(call->request)) {
    if (call->sink != nullptr) OpenWatch(call);
    return;
  }
  HttpResult result = call->request.origin.empty()
                          ? kubernetes_.Handle(call->request, clock_.wall(), call->fault.frozen_at)
                          : other_(call->request);
  if (call->fault.loss == CallFault::Loss::kAfterEffect) {
    if (call->fault.silent) return;
    clock_.After(call->fault.latency,
                 [this, call] { Fail(call, HttpError::kTruncated, "connection reset by peer"); });
    return;
  }
  Answer(call, std::move(result));
}

void SimNetwork::Answer(const CallPtr& call, HttpResult result) {
  clock_.After(call->fault.latency, [this, call, result = std::move(result)]() mutable {
    if (call->sink == nullptr) return;
    const std::optional<size_t>& cut = call->fault.cut_at;
    const bool broken = cut && *cut < result.body.size();
    if (call->request.stream && result.status / 100 == 2) {
      call->sink->OnHead(call->id, result.status);
      DeliverStream(call, std::exchange(result.body, ""), false);
      if (call->sink != nullptr) Finish(call, std::move(result));
    } else if (broken) {
      Fail(call, HttpError::kTruncated, "the connection ended before the answer was complete");
    } else if (result.body.size() > call->request.body_bytes_max) {
      Fail(call, HttpError::kTooLarge, "the answer is too large");
    } else {
      Finish(call, std::move(result));
    }
  });
}

void SimNetwork::OpenWatch(const CallPtr& call) {
  HttpResult refusal;
  call->watch =
      kubernetes_.OpenWatch(call->request, clock_.wall(), &refusal, call->fault.frozen_at);
  if (call->watch == nullptr) {
    Answer(call, std::move(refusal));
    return;
  }
  call->opened = clock_.now();
  clock_.After(call->fault.latency, [this, call] {
    if (call->sink == nullptr) return;
    SignOfLife(call);
    call->sink->OnHead(call->id, 200);
  });
  // What the cache holds already; later news comes with each change.
  PollWatch(call, kubernetes_.store().revision());
  ArmWatchTimer(call);
}

void SimNetwork::ArmWatchTimer(const CallPtr& call) {
  if (call->watch == nullptr) return;
  const std::optional<WallTime> due = call->watch->NextWakeup();
  if (!due) return;
  clock_.After(*due - clock_.wall(), [this, call] {
    PollWatch(call, kubernetes_.store().revision());
    ArmWatchTimer(call);
  });
}

void SimNetwork::PollWatch(const CallPtr& call, int64_t seen) {
  if (call->watch == nullptr) return;
  const SimWatch::Output output =
      call->watch->Poll(clock_.wall(), std::min(seen, call->fault.frozen_at));
  if (output.closed) call->watch.reset();
  if (output.bytes.empty() && !output.closed) return;
  const std::optional<Duration>& deaf_after = call->fault.deaf_after;
  if (deaf_after && clock_.now() - call->opened >= *deaf_after) return;
  clock_.After(call->fault.latency,
               [this, call, output] { DeliverStream(call, output.bytes, output.closed); });
}

void SimNetwork::DeliverStream(const CallPtr& call, const std::string& bytes, bool last) {
  if (call->sink == nullptr) return;
  SignOfLife(call);
  const size_t room = call->fault.cut_at.value_or(std::string::npos) - call->body_bytes;
  const bool cut = bytes.size() > room;
  const std::string_view arrived = std::string_view(bytes).substr(0, cut ? room : bytes.size());
  call->body_bytes += arrived.size();
  if (!arrived.empty()) call->sink->OnChunk(call->id, arrived);
  if (cut) {
    Fail(call, HttpError::kTruncated, "the connection ended before the answer was complete");
  } else if (last && call->sink != nullptr) {
    HttpResult result;
    result.status = 200;
    Finish(call, std::move(result));
  }
}

void SimNetwork::Finish(const CallPtr& call, HttpResult result) {
  HttpSink* const sink = std::exchange(call->sink, nullptr);
  if (sink == nullptr) return;
  call->watch.reset();
  calls_.erase(call->id);
  sink->OnDone(call->id, std::move(result));
}

void SimNetwork::Fail(const CallPtr& call, HttpError error, std::string detail) {
  HttpResult result;
  result.error = error;
  result.sent = call->left;
  result.detail = std::move(detail);
  Finish(call, std::move(result));
}

void SimNetwork::Cancel(CallId id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  clock_.After(Duration::zero(),
               [this, call = found->second] { Fail(call, HttpError::kCanceled, "canceled"); });
}

void SimNetwork::SignOfLife(const CallPtr& call) {
  ArmTimeout(call, call->request.idle_timeout, ++call->life, "the peer is silent");
}

// `epoch` 0: whatever happens meanwhile.
void SimNetwork::ArmTimeout(const CallPtr& call, Duration timeout, uint64_t epoch,
                            const char* detail) {
  clock_.At(machine_.TrueTime(machine_.Read().mono + timeout), [this, call, epoch, detail] {
    if (epoch == 0 || epoch == call->life) Fail(call, HttpError::kTimeout, detail);
  });
}

}  // namespace dtsop::sim
