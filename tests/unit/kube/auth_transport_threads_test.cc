#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "kube/auth_transport.h"
#include "tests/unit/kube/fakes.h"

namespace dtsop {
namespace {

// Answers every call from threads of its own, mostly with 401 for the token "old".
class BusyTransport final : public HttpTransport {
 public:
  ~BusyTransport() override {
    for (std::thread& thread : threads_) thread.join();
  }
  void Send(CallId id, HttpRequest request, HttpSink& sink) override {
    const bool old = FindHeader(request.headers, "Authorization") == "Bearer old";
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([id, old, &sink] {
      HttpResult result;
      result.status = old ? 401 : 200;
      sink.OnDone(id, std::move(result));
    });
  }
  void Cancel(CallId) override {}

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

class BusyTokens final : public TokenSource {
 public:
  void Get(Callback callback) override {
    callback(refused_ ? Credential{SecretString("new"), 2} : Credential{SecretString("old"), 1});
  }
  void Invalidate(int64_t) override { refused_ = true; }
  void Replace(const TokenSpec&) override {}

 private:
  std::atomic<bool> refused_ = false;
};

constexpr int kThreads = 8;
constexpr int kCallsPerThread = 100;

class CountingSink final : public HttpSink {
 public:
  void OnHead(CallId, int) override {}
  void OnChunk(CallId, std::string_view) override {}
  void OnDone(CallId id, HttpResult result) override {
    ++answers.at(id);
    if (result.status == 200) ++successes;
  }
  std::array<std::atomic<int>, kThreads* kCallsPerThread> answers = {};
  std::atomic<int> successes = 0;
};

TEST(AuthThreads, ManyThreadsGetOneAnswerPerCall) {
  const FakeClock clock;
  BusyTokens tokens;
  CountingSink sink;
  BusyTransport inner;
  {
    AuthTransport transport(inner, tokens, clock, {"a", ""});
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&transport, &sink, t] {
        for (int i = 0; i < kCallsPerThread; ++i) {
          const auto id = static_cast<CallId>(t * kCallsPerThread + i);
          transport.Send(id, {}, sink);
          if (i % 3 == 0) transport.Cancel(id);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (const auto& count : sink.answers) EXPECT_EQ(count, 1);
  // At least the two thirds that were not canceled got past their refused token.
  EXPECT_GE(sink.successes, kThreads * (kCallsPerThread * 2 / 3 - 1));
}

}  // namespace
}  // namespace dtsop
