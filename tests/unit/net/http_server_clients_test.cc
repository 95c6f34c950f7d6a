// Clients that are silent, slow or many, answers that take time, and certificates that change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "net/http_server.h"
#include "tests/support/certs.h"
#include "tests/support/http_client.h"
#include "tests/support/sockets.h"

namespace dtsop {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kAsk[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr char kAskAndClose[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

class HttpServerClients : public testing::Test {
 protected:
  void Serve(HttpServer::AsyncHandler handler, const ServerOptions& options = {}) {
    auto server = HttpServer::ListenAsync(options, std::move(handler));
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }
  void Serve(const ServerOptions& options) {
    Serve([](const ServerRequest&, const HttpServer::Reply& reply) { reply({.body = "x"}); },
          options);
  }
  // Keeps the replies for the test to give.
  void ServeLater(const ServerOptions& options = {}) {
    Serve(
        [this](const ServerRequest&, HttpServer::Reply reply) {
          const std::lock_guard lock(mutex_);
          replies_.push_back(std::move(reply));
          arrived_.notify_all();
        },
        options);
  }
  HttpServer::Reply ReplyOf(size_t request) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(arrived_.wait_for(lock, seconds(20), [&] { return replies_.size() > request; }));
    return replies_.at(request);
  }
  std::string Exchange(const std::string& bytes) {
    const RawClient client(server_->port());
    client.Write(bytes);
    return client.ReadUntil("");
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<HttpServer::Reply> replies_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerClients, SilentOnesMakeRoomForThoseThatSpeak) {
  Serve({.connections_max = 4});
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(std::make_unique<RawClient>(server_->port()));
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Exchange(kAskAndClose), StartsWith("HTTP/1.1 200 OK")) << i;
  }
  EXPECT_EQ(silent.front()->ReadUntil(""), "");
}

TEST_F(HttpServerClients, ALaterHeadHasNoMoreTimeThanTheFirst) {
  Serve({.head_timeout = milliseconds(100), .idle_timeout = minutes(5)});
  const RawClient client(server_->port());
  client.Write(kAsk);
  EXPECT_THAT(client.ReadUntil("\r\n\r\nx"), StartsWith("HTTP/1.1 200 OK"));
  client.Write("GET / HT");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(client.ReadUntil(""), "");  // gives up after 20 s
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(15));
}

TEST_F(HttpServerClients, AKeptConnectionMayBeIdleForLongerThanAHeadMayTake) {
  Serve({.head_timeout = milliseconds(50), .idle_timeout = minutes(5)});
  const RawClient client(server_->port());
  for (int i = 0; i < 2; ++i) {
    client.Write(kAsk);
    EXPECT_THAT(client.ReadUntil("\r\n\r\nx"), StartsWith("HTTP/1.1 200 OK")) << i;
    std::this_thread::sleep_for(milliseconds(200));  // the client's doing
  }
}

TEST_F(HttpServerClients, WhoGoesOnSendingAfterARefusalIsDropped) {
  Serve({.header_bytes_max = 1000, .idle_timeout = milliseconds(200)});
  const RawClient client(server_->port());
  client.Write("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x'));
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
  std::atomic<bool> done = false;
  std::thread sender([&] {
    while (!done) client.Write("x");
  });
  std::this_thread::sleep_for(seconds(1));  // the client's doing
  const auto served = [&] { return Exchange(kAskAndClose); };
  EXPECT_THAT(served(), StartsWith("HTTP/1.1 200 OK"));
  // The connection has been reset under the sender.
  EXPECT_EQ(client.ReadUntil("\n"), "");
  done = true;
  sender.join();
}

TEST_F(HttpServerClients, AnAnswerMayComeLaterFromAnotherThread) {
  ServeLater();
  const RawClient one(server_->port());
  one.Write(kAsk);
  const auto first = ReplyOf(0);
  const RawClient two(server_->port());
  two.Write(kAsk);
  std::thread([reply = ReplyOf(1)] { reply({.body = "two"}); }).join();
  EXPECT_THAT(two.ReadUntil("two"), StartsWith("HTTP/1.1 200 OK"));
  std::thread([first] {
    first({.body = "one"});
    first({.body = "again"});
  }).join();
  EXPECT_THAT(one.ReadUntil("one"), StartsWith("HTTP/1.1 200 OK"));
  one.Write(kAsk);
  ReplyOf(2)({.body = "next"});
  EXPECT_THAT(one.ReadUntil("next"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerClients, AnAnswerThatDoesNotComeIs503AndComesTooLateForTheNextRequest) {
  ServeLater({.reply_timeout = milliseconds(100)});
  const RawClient client(server_->port());
  client.Write(kAsk);
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
  client.Write(kAsk);
  const auto second = ReplyOf(1);
  ReplyOf(0)({.body = "late"});
  second({.body = "right"});
  EXPECT_THAT(client.ReadUntil("right"), StartsWith("HTTP/1.1 "));
}

TEST_F(HttpServerClients, AnAnswerToAClientThatWasClosedIsDropped) {
  ServeLater({.connections_max = 1});
  const RawClient first(server_->port());
  first.Write(kAsk);
  const auto reply = ReplyOf(0);
  const RawClient second(server_->port());
  EXPECT_EQ(first.ReadUntil(""), "");
  reply({.body = "nobody"});
  second.Write(kAsk);
  ReplyOf(1)({.body = "second"});
  EXPECT_THAT(second.ReadUntil("second"), StartsWith("HTTP/1.1 200 OK"));
}

class HttpServerCertificate : public HttpServerClients {
 protected:
  void Show(const TestCert& cert) {
    const std::lock_guard lock(mutex_);
    shown_ = ServerCertificate{cert.cert_pem, cert.key_pem};
  }
  void Show(Result<ServerCertificate> shown) {
    const std::lock_guard lock(mutex_);
    shown_ = std::move(shown);
  }
  void ServeTls() {
    ServerOptions options;
    options.certificate = [this] {
      const std::lock_guard lock(mutex_);
      return shown_;
    };
    options.on_certificate_problem = [this](const Error& error) {
      const std::lock_guard lock(mutex_);
      problems_.push_back(error.message);
    };
    options.certificate_every = Duration{0};
    Serve(options);
  }
  HttpError Get(const TestCa& trusted) const {
    TransportOptions options;
    options.tls.ca_pem = trusted.cert_pem();
    HttpRequest request;
    request.origin = "https://127.0.0.1:" + std::to_string(server_->port());
    return HttpClient(options).Send(request).error;
  }

  const TestCa old_;
  const TestCa new_{"new CA"};
  Result<ServerCertificate> shown_ = Fail("none yet");
  std::vector<std::string> problems_;
};

TEST_F(HttpServerCertificate, IsTheNewOneForWhoConnectsAfterItHasChanged) {
  Show(old_.Issue());
  ServeTls();
  EXPECT_EQ(Get(old_), HttpError::kNone);
  Show(new_.Issue());
  EXPECT_EQ(Get(new_), HttpError::kNone);
  EXPECT_EQ(Get(old_), HttpError::kTls);
  EXPECT_TRUE(problems_.empty());
}

TEST_F(HttpServerCertificate, StaysTheOldOneWhileTheNewIsUnusableAndThatIsToldOnce) {
  Show(old_.Issue());
  ServeTls();
  Show(ServerCertificate{new_.Issue().cert_pem, old_.Issue().key_pem});  // half written
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get(old_), HttpError::kNone);
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_THAT(problems_[0], HasSubstr("the server key can't be used"));
  Show(Fail("it is gone"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get(old_), HttpError::kNone);
  ASSERT_EQ(problems_.size(), 2U);
  EXPECT_EQ(problems_[1], "it is gone");
  Show(new_.Issue());
  EXPECT_EQ(Get(new_), HttpError::kNone);
}

TEST_F(HttpServerCertificate, MustBeUsableAtTheStart) {
  ServerOptions options;
  options.certificate = [] { return Result<ServerCertificate>({"nonsense", {}}); };
  const auto server =
      HttpServer::Listen(options, [](const ServerRequest&) { return ServerReply{}; });
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("server certificate can't be used"));
}

}  // namespace
}  // namespace dtsop
