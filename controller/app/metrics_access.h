// Who may read /metrics: the bearer tokens whose owners the API server knows and lets `get` the URL
// /metrics, as a ClusterRole with nonResourceURLs grants it.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "io/core_io.h"
#include "net/http_server.h"

namespace dtsop {

// Asks by a TokenReview and a SubjectAccessReview, and remembers the answer under the token's
// digest. Callable from any thread; blocks in none but Stop.
class MetricsAccess final : private HttpSink {
 public:
  using Log = std::function<void(LogLevel, std::string_view message, const LogFields&)>;
  // Gets the answer for those who may not: 401, 403, or 503 when it can't be found out; nullopt:
  // may.
  using Then = std::function<void(std::optional<ServerReply> refusal)>;

  // An answer counts for this long: one that lets in, and one that does not.
  static constexpr Duration kAllowedFor = seconds(60);
  static constexpr Duration kRefusedFor = seconds(10);
  static constexpr size_t kRememberedMax = 256;
  // Tokens under review; more are answered with 503, so that a flood of tokens is none for the API
  // server.
  static constexpr size_t kUnderReviewMax = 8;
  // The calls of this class; the core counts its own from 1.
  static constexpr CallId kFirstCall = CallId{1} << 62;

  // `kubernetes` and `clock` must outlive this, and this the calls that it has sent.
  MetricsAccess(HttpTransport& kubernetes, const Clock& clock, Log log)
      : kubernetes_(kubernetes), clock_(clock), log_(std::move(log)) {}

  // Calls `then` once, at once or when the API server has answered; not at all after Stop.
  void Check(const ServerRequest& request, Then then);

  // Afterwards nothing is sent and no `then` is called. To be called before the transport or the
  // server go.
  void Stop();

 private:
  enum class Answer { kAllowed, kForbidden, kUnknownToken, kNoAnswer };
  struct Remembered {
    Answer answer;
    MonoTime until;
  };
  struct Review {
    std::string digest;
    bool of_access = false;  // else of the token
  };

  void OnHead(CallId, int) override {}
  void OnChunk(CallId, std::string_view) override {}
  void OnDone(CallId id, HttpResult result) override;

  static ServerReply Refusal(Answer answer);
  // The mutex must be held by `lock`; it is released meanwhile. Nothing is sent after Stop.
  void Send(std::unique_lock<std::mutex>& lock, Review review, HttpRequest request);
  void Settle(const std::string& digest, Answer answer);
  void Remember(const std::string& digest, Answer answer, MonoTime now);
  void Tell(const Error& error);

  HttpTransport& kubernetes_;
  const Clock& clock_;
  const Log log_;
  std::mutex mutex_;  // of all below
  std::condition_variable sent_;
  bool stopped_ = false;
  int sending_ = 0;  // threads inside HttpTransport::Send
  CallId next_call_ = kFirstCall;
  std::map<CallId, Review> reviews_;
  std::map<std::string, std::vector<Then>> waiting_;  // by the token's digest
  std::map<std::string, Remembered> remembered_;      // by the token's digest
  int64_t failures_ = 0;                              // since the last answer
};

}  // namespace dtsop
