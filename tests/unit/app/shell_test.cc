#include "app/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/json.h"

namespace dtsop {
namespace {

// An API server that answers from a thread of its own, as transports do: there are no DtsJobs, the
// Lease can be had, and a watch stays silent until it is cancelled.
class ThreadedApi final : public HttpTransport {
 public:
  // `flood` bytes come on the first watch, as fast as they are taken.
  explicit ThreadedApi(size_t flood = 0) : flood_bytes_(flood), thread_([this] { Work(); }) {}
  ~ThreadedApi() override {
    Post(nullptr);
    thread_.join();
  }

  void Send(CallId id, HttpRequest request, HttpSink& sink) override {
    Post([this, id, request = std::move(request), &sink] { Answer(id, request, sink); });
  }
  void Cancel(CallId id) override {
    Post([this, id] {
      if (watches_.erase(id) == 0) return;
      HttpResult result;
      result.error = HttpError::kCanceled;
      watch_sink_->OnDone(id, result);
    });
  }

  // The bytes of the watch that the shell has taken so far.
  size_t flooded() const { return flooded_; }
  void EndFlood() { flood_bytes_ = 0; }

  // The bodies of all writes of the Lease so far.
  std::vector<std::string> LeaseWrites() {
    const std::lock_guard lock(mutex_);
    return lease_writes_;
  }

 private:
  void Post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    changed_.notify_one();
  }

  void Work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !work_.empty(); });
      const auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      if (!work) return;
      work();
    }
  }

  void Answer(CallId id, const HttpRequest& request, HttpSink& sink) {
    HttpResult result;
    result.status = 200;
    if (request.urgent && request.stream) {
      watches_.insert(id);
      watch_sink_ = &sink;
      sink.OnHead(id, 200);
      for (; flooded_ < flood_bytes_; flooded_ += piece_.size()) sink.OnChunk(id, piece_);
      return;
    }
    if (request.method != "GET") {
      const std::lock_guard lock(mutex_);
      lease_writes_.push_back(request.body);
      Json lease = Json::parse(request.body);
      lease["metadata"]["resourceVersion"] = std::to_string(lease_writes_.size());
      result.body = lease.dump();
    } else if (request.target.find("/leases/") != std::string::npos) {
      result.status = 404;
      result.body = R"({"kind":"Status","code":404,"reason":"NotFound"})";
    } else {
      sink.OnHead(id, 200);
      sink.OnChunk(id, R"({"metadata":{"resourceVersion":"1"},"items":[]})");
    }
    sink.OnDone(id, result);
  }

  // A bookmark with what nobody reads.
  const std::string piece_ = R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"2",)"
                             R"("labels":{"x":")" +
                             std::string(1 << 20, 'x') + "\"}}}}\n";
  std::atomic<size_t> flood_bytes_;
  std::atomic<size_t> flooded_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;  // guarded by mutex_
  std::vector<std::string> lease_writes_;   // guarded by mutex_
  std::set<CallId> watches_;                // of the thread
  HttpSink* watch_sink_ = nullptr;          // of the thread
  std::thread thread_;
};

// Holds the core back from when a watch has been opened until it is let go.
class StallingMetrics final : public Metrics {
 public:
  void Declare(const MetricDef&, std::initializer_list<std::string_view>) override {}
  void Add(const MetricDef&, std::initializer_list<std::string_view>, double) override {}
  void Observe(const MetricDef&, std::initializer_list<std::string_view>, double) override {}
  void Set(const MetricDef& metric, std::initializer_list<std::string_view>, double) override {
    // The list before it says so too.
    if (metric.name != metric::kNamespaceReadable.name || ++readable_ < 2) return;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return released_; });
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;  // guarded by mutex_
  int readable_ = 0;       // of the core's thread
};

// The time until a shell ends that waits for nothing any more is long.
class FastClock final : public Clock {
 public:
  Now Read() const override {
    const Now now = SystemClock().Read();
    return {now.mono + 100 * (now.mono - begin_), now.wall};
  }

 private:
  const MonoTime begin_ = SystemClock().Read().mono;
};

bool WaitFor(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

TEST(Shell, LeadsUntilItIsAskedToStopAndGivesTheLeaseBack) {
  const SystemClock clock;
  JsonLog log(clock, LogLevel::kError);
  NullMetrics metrics;
  OperatorOptions options;
  options.identity = "me";
  Operator core(options, Random(1), metrics,
                {[](const std::string&) { return std::nullopt; },
                 [](const std::string&) { return std::nullopt; }});
  ThreadedApi dts;
  int code = -1;
  std::vector<std::string> writes;
  {
    ThreadedApi kubernetes;
    int rounds = 0;
    Shell shell({core, kubernetes, dts, clock, log, metrics, [&rounds] { ++rounds; }});
    std::thread runner([&] { code = shell.Run(); });
    EXPECT_TRUE(WaitFor([&] { return shell.State().leading; }));
    EXPECT_TRUE(shell.State().synced);
    EXPECT_TRUE(shell.Live());
    shell.RequestStop();
    runner.join();
    EXPECT_GT(rounds, 0);
    writes = kubernetes.LeaseWrites();
  }
  EXPECT_EQ(code, 0);
  ASSERT_GE(writes.size(), 2U);
  EXPECT_EQ(Json::parse(writes.front())["spec"]["holderIdentity"], "me");
  EXPECT_EQ(Json::parse(writes.back())["spec"]["holderIdentity"], "");
}

TEST(Shell, HoldsAServerBackThatSendsFasterThanTheCoreTakes) {
  constexpr size_t kFlood = 64U << 20;
  const SystemClock clock;
  JsonLog log(clock, LogLevel::kError);
  StallingMetrics metrics;
  Operator core({}, Random(1), metrics,
                {[](const std::string&) { return std::nullopt; },
                 [](const std::string&) { return std::nullopt; }});
  ThreadedApi dts;
  auto kubernetes = std::make_unique<ThreadedApi>(kFlood);
  Shell shell({core, *kubernetes, dts, clock, log, metrics, [] {}});
  std::thread runner([&] { shell.Run(); });
  EXPECT_TRUE(WaitFor([&] { return kubernetes->flooded() >= 6U << 20; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // too much would come by now
  EXPECT_LE(kubernetes->flooded(), 8U << 20);
  metrics.Release();
  EXPECT_TRUE(WaitFor([&] { return kubernetes->flooded() >= kFlood; }));
  shell.RequestStop();
  runner.join();
  kubernetes.reset();  // before the shell, which it posts to
}

TEST(Shell, AServerThatIsHeldBackDoesNotKeepItFromEnding) {
  const FastClock clock;
  JsonLog log(clock, LogLevel::kError);
  NullMetrics metrics;
  Operator core({}, Random(1), metrics,
                {[](const std::string&) { return std::nullopt; },
                 [](const std::string&) { return std::nullopt; }});
  ThreadedApi dts;
  auto kubernetes = std::make_unique<ThreadedApi>(size_t{1} << 40);  // for ever
  Shell shell({core, *kubernetes, dts, clock, log, metrics, [] {}});
  std::thread runner([&] { shell.Run(); });
  EXPECT_TRUE(WaitFor([&] { return kubernetes->flooded() >= 20U << 20; }));
  shell.RequestStop();
  runner.join();
  kubernetes->EndFlood();
  kubernetes.reset();
}

}  // namespace
}  // namespace dtsop
