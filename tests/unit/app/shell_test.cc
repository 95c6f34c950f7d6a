#include "app/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  ThreadedApi() : thread_([this] { Work(); }) {}
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
    if (request.stream) {
      watches_.insert(id);
      watch_sink_ = &sink;
      return sink.OnHead(id, 200);
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
      result.body = R"({"metadata":{"resourceVersion":"1"},"items":[]})";
    }
    sink.OnDone(id, result);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;  // guarded by mutex_
  std::vector<std::string> lease_writes_;   // guarded by mutex_
  std::set<CallId> watches_;                // of the thread
  HttpSink* watch_sink_ = nullptr;          // of the thread
  std::thread thread_;
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

}  // namespace
}  // namespace dtsop
