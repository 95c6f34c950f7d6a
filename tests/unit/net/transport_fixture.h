// What the contract tests of HttpTransport share: a sink that waits, an imposter server and calls.
// A further implementation of HttpTransport has to pass the same tests.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/cpprest_transport.h"
#include "net/http_server.h"

namespace dtsop {

// Keeps what happened to each call. Waits end with a test failure after kPatience.
class RecordingSink final : public HttpSink {
 public:
  static constexpr seconds kPatience{20};

  struct Outcome {
    int heads = 0;
    int status = 0;
    std::string chunks;
    int chunk_count = 0;
    bool chunk_before_head = false;
    int dones = 0;
    HttpResult result;
  };

  void OnHead(CallId id, int status) override {
    const std::lock_guard lock(mutex_);
    ++calls_[id].heads;
    calls_[id].status = status;
    changed_.notify_all();
  }
  void OnChunk(CallId id, std::string_view data) override {
    const std::lock_guard lock(mutex_);
    Outcome& call = calls_[id];
    call.chunk_before_head = call.chunk_before_head || call.heads == 0;
    call.chunks.append(data);
    ++call.chunk_count;
    changed_.notify_all();
  }
  void OnDone(CallId id, HttpResult result) override {
    const std::lock_guard lock(mutex_);
    ++calls_[id].dones;
    calls_[id].result = std::move(result);
    order_.push_back(id);
    changed_.notify_all();
  }

  Outcome Wait(CallId id) {
    return WaitUntil(id, [](const Outcome& call) { return call.dones > 0; });
  }
  template <class Condition>
  Outcome WaitUntil(CallId id, Condition condition) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return condition(calls_[id]); })) {
      ADD_FAILURE() << "call " << id << " did not get there";
    }
    return calls_[id];
  }
  Outcome Get(CallId id) {
    const std::lock_guard lock(mutex_);
    return calls_[id];
  }
  std::vector<CallId> DoneOrder() {
    const std::lock_guard lock(mutex_);
    return order_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<CallId, Outcome> calls_;
  std::vector<CallId> order_;
};

// A server that remembers its requests and answers by a function of the test.
class Imposter {
 public:
  explicit Imposter(HttpServer::Handler handler, ServerOptions options = {}) {
    tls_ = !options.tls_cert_pem.empty();
    auto server = HttpServer::Listen(options, [this, handler](const ServerRequest& request) {
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        changed_.notify_all();
      }
      return handler(request);
    });
    if (!server) {
      ADD_FAILURE() << server.error().message;
      std::abort();
    }
    server_ = *std::move(server);
  }

  std::string Authority(const std::string& host = "127.0.0.1") const {
    return host + ":" + std::to_string(server_->port());
  }
  std::string Origin(const std::string& host = "127.0.0.1") const {
    return (tls_ ? "https://" : "http://") + Authority(host);
  }
  std::vector<ServerRequest> Requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void WaitForRequests(size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, RecordingSink::kPatience,
                           [&] { return requests_.size() >= count; })) {
      ADD_FAILURE() << "only " << requests_.size() << " requests arrived";
    }
  }

 private:
  bool tls_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ServerRequest> requests_;
  std::unique_ptr<HttpServer> server_;
};

// The parts of a chunked answer. Chunk("") ends it.
inline std::string ChunkedHead(int status = 200) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nTransfer-Encoding: chunked\r\n\r\n";
}
inline std::string Chunk(const std::string& data) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string size;
  for (size_t rest = data.size(); rest > 0; rest /= 16) size.insert(0, 1, kHex[rest % 16]);
  return (size.empty() ? "0" : size) + "\r\n" + data + "\r\n";
}

// An answer of these bytes, followed by what `delivery` says.
inline ServerReply Say(std::vector<RawPiece> pieces, Delivery delivery) {
  ServerReply reply;
  reply.raw = std::move(pieces);
  reply.delivery = delivery;
  return reply;
}
inline ServerReply SayNothing(const ServerRequest&) {
  return ServerReply{.status = 0, .delivery = Delivery::kStall};
}

class TransportTest : public testing::Test {
 protected:
  static std::unique_ptr<HttpTransport> Make(const TransportOptions& options) {
    auto transport = MakeCpprestTransport(options);
    if (!transport) {
      ADD_FAILURE() << transport.error().message;
      std::abort();
    }
    return *std::move(transport);
  }

  void Use(const TransportOptions& options) { transport_ = Make(options); }
  void Use(const std::string& origin) {
    TransportOptions options;
    options.origin = origin;
    Use(options);
  }

  CallId Send(HttpRequest request) {
    const CallId id = ++last_id_;
    transport_->Send(id, std::move(request), sink_);
    return id;
  }
  RecordingSink::Outcome Perform(HttpRequest request) {
    return sink_.Wait(Send(std::move(request)));
  }

  static HttpRequest Get(const std::string& target = "/") {
    HttpRequest request;
    request.target = target;
    return request;
  }
  static HttpRequest Post(const std::string& body) {
    HttpRequest request;
    request.method = "POST";
    request.body = body;
    return request;
  }
  static HttpRequest Stream() {
    HttpRequest request;
    request.stream = true;
    request.total_timeout = seconds(0);
    return request;
  }

  // `request` with limits that only the one under test can reach.
  static HttpRequest Patient(HttpRequest request) {
    request.connect_timeout = minutes(5);
    request.idle_timeout = minutes(5);
    request.total_timeout = minutes(5);
    return request;
  }

  static void ExpectError(const RecordingSink::Outcome& outcome, HttpError error, bool sent,
                          const std::string& detail) {
    EXPECT_EQ(HttpErrorName(outcome.result.error), HttpErrorName(error)) << outcome.result.detail;
    EXPECT_EQ(outcome.result.sent, sent) << outcome.result.detail;
    EXPECT_NE(outcome.result.detail.find(detail), std::string::npos) << outcome.result.detail;
    EXPECT_EQ(outcome.dones, 1);
  }

  RecordingSink sink_;  // outlives the transport
  std::unique_ptr<HttpTransport> transport_;
  CallId last_id_ = 0;
};

}  // namespace dtsop
