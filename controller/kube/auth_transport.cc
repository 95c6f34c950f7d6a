#include "kube/auth_transport.h"

#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace dtsop {
namespace {

// Where a call is. Only kSent calls are known to the inner transport for certain.
enum class Stage {
  kToken,    // waiting for a token, first or renewed
  kSending,  // being handed to the inner transport, outside of the lock
  kSent,     // with the inner transport until its OnDone
};

struct Call {
  HttpRequest request;
  HttpSink* sink = nullptr;
  MonoTime started;
  Credential credential;  // of the last sending
  HttpResult refusal;     // the 401, while the credential is renewed
  Stage stage = Stage::kToken;
  bool repeated = false;
  bool canceled = false;
};

HttpResult Ended(HttpError error, std::string detail) {
  HttpResult result;
  result.error = error;
  result.sent = false;
  result.detail = std::move(detail);
  return result;
}

}  // namespace

// Shared with the callbacks given to the token source, which may outlive the transport. `busy_`
// counts the threads that use what is borrowed (inner_, a sink) outside of the lock.
class AuthTransport::State final : public HttpSink,
                                   public std::enable_shared_from_this<AuthTransport::State> {
 public:
  State(HttpTransport& inner, TokenSource& tokens, const Clock& clock, Options options)
      : inner_(inner), tokens_(tokens), clock_(clock), options_(std::move(options)) {}

  void Start(CallId id, HttpRequest request, HttpSink& sink) {
    Call call;
    call.request = std::move(request);
    call.request.target = options_.path_prefix + call.request.target;
    call.sink = &sink;
    call.started = clock_.Read().mono;
    {
      const std::lock_guard lock(mutex_);
      calls_.emplace(id, std::move(call));
    }
    AskForToken(id);
  }

  void Cancel(CallId id) {
    std::unique_lock lock(mutex_);
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    Call& call = found->second;
    call.canceled = true;
    if (call.stage == Stage::kToken) {
      // If a first sending was refused, it is certain that nothing was done.
      Finish(lock, id, Ended(HttpError::kCanceled, "canceled while waiting for a token"));
    } else if (call.stage == Stage::kSent) {
      const CallId inner_id = InnerId(id, call);
      ++busy_;
      lock.unlock();
      inner_.Cancel(inner_id);
      lock.lock();
      Release();
    }
    // A kSending call is canceled by the thread that hands it over.
  }

  void Close() {
    std::vector<CallId> ids;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, call] : calls_) ids.push_back(id);
    }
    for (const CallId id : ids) Cancel(id);
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return calls_.empty() && busy_ == 0; });
  }

  void OnHead(CallId inner_id, int status) override {
    if (HttpSink* sink = SinkOf(inner_id)) sink->OnHead(inner_id & ~kRepeatIdBit, status);
  }

  void OnChunk(CallId inner_id, std::string_view data) override {
    if (HttpSink* sink = SinkOf(inner_id)) sink->OnChunk(inner_id & ~kRepeatIdBit, data);
  }

  void OnDone(CallId inner_id, HttpResult result) override {
    const CallId id = inner_id & ~kRepeatIdBit;
    std::unique_lock lock(mutex_);
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    Call& call = found->second;
    const bool refused = result.error == HttpError::kNone && result.status == 401;
    if (!refused || call.repeated || call.canceled) {
      Finish(lock, id, std::move(result));
      return;
    }
    call.refusal = std::move(result);
    call.stage = Stage::kToken;
    const int64_t version = call.credential.version;
    ++busy_;
    lock.unlock();
    tokens_.Invalidate(version);
    AskForToken(id);
    lock.lock();
    Release();
  }

 private:
  static CallId InnerId(CallId id, const Call& call) {
    return call.repeated ? id | kRepeatIdBit : id;
  }

  void AskForToken(CallId id) {
    tokens_.Get([weak = weak_from_this(), id](Result<Credential> credential) {
      if (const auto state = weak.lock()) state->OnToken(id, std::move(credential));
    });
  }

  void OnToken(CallId id, Result<Credential> credential) {
    std::unique_lock lock(mutex_);
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;  // canceled meanwhile
    Call& call = found->second;
    const bool renewal = call.refusal.status != 0;
    if (!credential && renewal) {
      call.refusal.detail = "the token can't be renewed: " + credential.error().message;
      Finish(lock, id, std::move(call.refusal));
      return;
    }
    if (!credential) {
      Finish(lock, id, Ended(HttpError::kOther, "no token: " + credential.error().message));
      return;
    }
    if (renewal && credential->version == call.credential.version) {
      Finish(lock, id, std::move(call.refusal));
      return;
    }
    call.repeated = renewal;
    call.refusal = {};
    call.credential = std::move(*credential);
    SendInner(lock, id, call);
  }

  void SendInner(std::unique_lock<std::mutex>& lock, CallId id, Call& call) {
    HttpRequest request = call.request;
    if (request.total_timeout != Duration::zero()) {
      request.total_timeout -= clock_.Read().mono - call.started;
      if (request.total_timeout <= Duration::zero()) {
        Finish(lock, id, Ended(HttpError::kTimeout, "the time was used up waiting for a token"));
        return;
      }
    }
    if (!call.credential.token.empty())
      request.headers.emplace_back("Authorization", "Bearer " + call.credential.token.Reveal());
    request.headers.emplace_back("User-Agent", options_.user_agent);
    if (FindHeader(request.headers, "Accept").empty())
      request.headers.emplace_back("Accept", "application/json");
    call.stage = Stage::kSending;
    const CallId inner_id = InnerId(id, call);
    ++busy_;
    lock.unlock();
    inner_.Send(inner_id, std::move(request), *this);
    lock.lock();
    // The call may be over by now, or even wait for its second token.
    const auto found = calls_.find(id);
    const bool here = found != calls_.end() && found->second.stage == Stage::kSending &&
                      InnerId(id, found->second) == inner_id;
    if (here) {
      found->second.stage = Stage::kSent;
      if (found->second.canceled) {
        lock.unlock();
        inner_.Cancel(inner_id);
        lock.lock();
      }
    }
    Release();
  }

  // Forgets the call and delivers its result, outside of the lock.
  void Finish(std::unique_lock<std::mutex>& lock, CallId id, HttpResult result) {
    const auto node = calls_.extract(id);
    ++busy_;
    lock.unlock();
    node.mapped().sink->OnDone(id, std::move(result));
    lock.lock();
    Release();
  }

  // With the lock held.
  void Release() {
    if (--busy_ == 0 && calls_.empty()) idle_.notify_all();
  }

  // The inner transport keeps the call until its OnDone, so the sink lives through OnHead, OnChunk.
  HttpSink* SinkOf(CallId inner_id) {
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find(inner_id & ~kRepeatIdBit);
    return found == calls_.end() ? nullptr : found->second.sink;
  }

  HttpTransport& inner_;
  TokenSource& tokens_;
  const Clock& clock_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::unordered_map<CallId, Call> calls_;
  int busy_ = 0;
};

AuthTransport::AuthTransport(HttpTransport& inner, TokenSource& tokens, const Clock& clock,
                             Options options)
    : state_(std::make_shared<State>(inner, tokens, clock, std::move(options))) {}

AuthTransport::~AuthTransport() { state_->Close(); }

void AuthTransport::Send(CallId id, HttpRequest request, HttpSink& sink) {
  state_->Start(id, std::move(request), sink);
}

void AuthTransport::Cancel(CallId id) { state_->Cancel(id); }

}  // namespace dtsop
