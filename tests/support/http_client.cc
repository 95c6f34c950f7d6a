#include "tests/support/http_client.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>

namespace dtsop {
namespace {

class Waiter final : public HttpSink {
 public:
  void OnHead(CallId, int) override {}
  void OnChunk(CallId, std::string_view data) override { streamed_ += data; }
  void OnDone(CallId, HttpResult result) override {
    if (!streamed_.empty()) result.body = std::move(streamed_);
    // Notified under the lock: once it is released this object may be gone.
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
    done_.notify_one();
  }
  HttpResult Wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return result_.has_value(); });
    return std::move(*result_);
  }

 private:
  std::string streamed_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<HttpResult> result_;
};

}  // namespace

HttpClient::HttpClient(const TransportOptions& options) {
  auto transport = MakeCpprestTransport(options);
  if (!transport) std::abort();
  transport_ = std::move(*transport);
}

void HttpClient::UseTls(const TlsOptions& tls) {
  if (!transport_->UseTls(tls)) std::abort();
}

HttpResult HttpClient::Send(HttpRequest request) {
  static std::atomic<CallId> next_id{1};
  Waiter waiter;
  transport_->Send(next_id++, std::move(request), waiter);
  return waiter.Wait();
}

HttpClient& HttpClient::Shared() {
  static HttpClient& client = *new HttpClient();
  return client;
}

}  // namespace dtsop
