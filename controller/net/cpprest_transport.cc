#include "net/cpprest_transport.h"

#include <fmt/format.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "net/cpprest_call.h"
#include "net/cpprest_lane.h"
#include "net/origin.h"

namespace dtsop {
namespace {

using CallPtr = std::shared_ptr<CpprestCall>;

boost::asio::io_context& Pool() { return crossplat::threadpool::shared_instance().service(); }

bool IsPrintable(char c) { return c > ' ' && c < '\x7f'; }

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsPrintable) &&
         text.find_first_of("\"(),/:;<=>?@[\\]{}") == text.npos;
}

bool IsTarget(std::string_view text) {
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), IsPrintable);
}

bool IsHeaderValue(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

// The library closes a connection that was idle for 30 to 60 seconds without telling. A lane is
// given up earlier, so that one which was used before has its connection still.
constexpr seconds kLaneIdleMax{25};

struct IdleLane {
  std::unique_ptr<CpprestLane> lane;
  std::chrono::steady_clock::time_point since;
};

// Everything but the constructor runs on the pool thread.
class Engine {
 public:
  Engine(std::optional<Origin> origin, std::shared_ptr<const TlsClient> tls,
         const TransportOptions& options)
      : origin_(std::move(origin)),
        tls_(std::move(tls)),
        server_name_(options.tls.server_name),
        proxies_(options.proxies),
        resolver_(options.resolver != nullptr ? *options.resolver : SharedResolver()),
        calls_in_flight_max_(std::max<size_t>(options.calls_in_flight_max, 1)),
        connect_pause_(options.connect_pause) {}

  void Accept(CallId id, HttpRequest request, HttpSink& sink) {
    Result<Origin> origin = OriginOf(request);
    if (!origin) {
      HttpResult result;
      result.error = HttpError::kOther;
      result.sent = false;
      result.detail = origin.error().message;
      return sink.OnDone(id, std::move(result));
    }
    // The lane sets it, for requests that name none too.
    std::erase_if(request.headers, [](const auto& h) { return EqualsIgnoreCase(h.first, "Host"); });
    auto call = std::make_shared<CpprestCall>(
        Pool(), id, std::move(request), *std::move(origin), resolver_, sink,
        [this](const CallPtr& c, HttpResult r) { OnFinished(c, std::move(r)); });
    calls_.emplace(id, call);
    call->StartClock();
    if (call->request().urgent) {
      Begin(call);
    } else {
      waiting_.push_back(std::move(call));
      StartWaiting();
    }
  }

  void Cancel(CallId id) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    const CallPtr call = found->second;
    call->Abort(HttpError::kCanceled, "canceled");
  }

  void UseTls(std::shared_ptr<const TlsClient> tls, const std::string& server_name) {
    tls_ = std::move(tls);
    server_name_ = server_name;
    idle_lanes_.clear();
  }

  void Stop() {
    waiting_.clear();  // none of them is to begin now
    while (!calls_.empty()) Cancel(calls_.begin()->first);
    idle_lanes_.clear();
  }

 private:
  // Fails on a request that must not be sent as it stands.
  Result<Origin> OriginOf(const HttpRequest& request) const {
    if (request.origin.empty() && !origin_) return Fail("the request names no server");
    Result<Origin> origin = request.origin.empty() ? *origin_ : ParseOrigin(request.origin);
    if (!origin) return origin;
    if (!IsToken(request.method)) return Fail("the request has a malformed method");
    if (!IsTarget(request.target)) return Fail("the request has a malformed path or query");
    for (const auto& [name, value] : request.headers) {
      if (!IsToken(name) || !IsHeaderValue(value)) {
        return Fail("the request has a malformed header");
      }
    }
    const std::string_view host = FindHeader(request.headers, "Host");
    if (!host.empty() && !EqualsIgnoreCase(host, origin->HostHeader())) {
      return Fail("the Host header of the request differs from its server");
    }
    return origin;
  }

  void StartWaiting() {
    if (starting_) return;  // a call that fails as it begins comes back here
    starting_ = true;
    while (!waiting_.empty() && in_flight_ < calls_in_flight_max_) {
      const CallPtr call = std::move(waiting_.front());
      waiting_.pop_front();
      Begin(call);
    }
    starting_ = false;
  }

  // A server that could not be reached is left alone for a while, whoever asks, but for the calls
  // on which leadership depends.
  void Begin(const CallPtr& call) {
    auto lane = AcquireLane(*call);
    const bool passes = call->request().urgent && !call->request().stream;
    if (lane->IsNew() && !passes && std::chrono::steady_clock::now() < rests_until_) {
      return call->Abort(HttpError::kConnect,
                         fmt::format("{} could not be reached a moment ago and is not tried again "
                                     "yet",
                                     call->origin().Authority()));
    }
    if (!call->request().urgent) ++in_flight_;
    call->Begin(std::move(lane));
  }

  // The lane used last, because its connection is the most likely to be alive; or a new one.
  std::unique_ptr<CpprestLane> AcquireLane(const CpprestCall& call) {
    DropOldLanes();
    if (!call.request().exactly_once) {
      for (auto lane = idle_lanes_.rbegin(); lane != idle_lanes_.rend(); ++lane) {
        if (lane->lane->origin() != call.origin()) continue;
        std::unique_ptr<CpprestLane> found = std::move(lane->lane);
        idle_lanes_.erase(std::next(lane).base());
        return found;
      }
    }
    const Proxy* proxy = proxies_.For(call.origin());
    return std::make_unique<CpprestLane>(call.origin(), tls_, server_name_,
                                         proxy ? std::optional(*proxy) : std::nullopt);
  }

  void DropOldLanes() {
    const auto oldest = std::chrono::steady_clock::now() - kLaneIdleMax;
    while (!idle_lanes_.empty() &&
           (idle_lanes_.size() > calls_in_flight_max_ || idle_lanes_.front().since < oldest)) {
      idle_lanes_.pop_front();
    }
  }

  void OnFinished(const CallPtr& call, HttpResult result) {
    calls_.erase(call->id());
    if (result.error == HttpError::kNone && call->lane().Reusable() && call->lane().tls() == tls_) {
      idle_lanes_.push_back({call->TakeLane(), std::chrono::steady_clock::now()});
      DropOldLanes();
    }
    if (!call->request().urgent) {
      if (call->begun()) {
        --in_flight_;
      } else {
        std::erase(waiting_, call);
      }
    }
    NoteReach(*call, result);
    call->sink().OnDone(call->id(), std::move(result));
    StartWaiting();
  }

  void NoteReach(const CpprestCall& call, const HttpResult& result) {
    if (!call.begun() || !call.request().origin.empty()) return;
    const bool unreached =
        !result.sent && (result.error == HttpError::kConnect || result.error == HttpError::kTls ||
                         result.error == HttpError::kTimeout);
    if (unreached) rests_until_ = std::chrono::steady_clock::now() + connect_pause_;
    if (result.status != 0) rests_until_ = {};
  }

  const std::optional<Origin> origin_;
  std::shared_ptr<const TlsClient> tls_;
  std::string server_name_;
  const ProxyRules proxies_;
  Resolver& resolver_;
  const size_t calls_in_flight_max_;
  const Duration connect_pause_;

  std::map<CallId, CallPtr> calls_;
  std::deque<CallPtr> waiting_;  // a subset of calls_
  bool starting_ = false;
  std::chrono::steady_clock::time_point rests_until_;  // of the transport's own server
  size_t in_flight_ = 0;                               // without those that pass the queue
  std::deque<IdleLane> idle_lanes_;                    // the longest idle first
};

class CpprestTransport final : public TlsTransport {
 public:
  explicit CpprestTransport(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  ~CpprestTransport() override {
    std::promise<void> stopped;
    boost::asio::post(Pool(), [&] {
      engine_->Stop();
      engine_.reset();
      stopped.set_value();
    });
    stopped.get_future().wait();
  }

  CpprestTransport(const CpprestTransport&) = delete;
  CpprestTransport& operator=(const CpprestTransport&) = delete;

  void Send(CallId id, HttpRequest request, HttpSink& sink) override {
    boost::asio::post(Pool(), [this, id, request = std::move(request), &sink]() mutable {
      engine_->Accept(id, std::move(request), sink);
    });
  }

  void Cancel(CallId id) override {
    boost::asio::post(Pool(), [this, id] { engine_->Cancel(id); });
  }

  Result<void> UseTls(const TlsOptions& options) override {
    auto tls = TlsClient::Make(options);
    if (!tls) return tl::unexpected(tls.error());
    boost::asio::post(
        Pool(), [this, tls = *tls, name = options.server_name] { engine_->UseTls(tls, name); });
    return {};
  }

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace

void PrepareProcessForTransport() {
  static std::once_flag once;
  std::call_once(once, [] {
    TakeOverSystemTrust();
    crossplat::threadpool::initialize_with_threads(1);
  });
}

Result<std::unique_ptr<TlsTransport>> MakeCpprestTransport(const TransportOptions& options) {
  PrepareProcessForTransport();
  std::optional<Origin> origin;
  if (!options.origin.empty()) {
    Result<Origin> parsed = ParseOrigin(options.origin);
    if (!parsed) return tl::unexpected(parsed.error());
    origin = *parsed;
  }
  auto tls = TlsClient::Make(options.tls);
  if (!tls) return tl::unexpected(tls.error());
  return std::make_unique<CpprestTransport>(
      std::make_unique<Engine>(std::move(origin), *tls, options));
}

}  // namespace dtsop
