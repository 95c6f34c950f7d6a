#include "tests/simulation/sim_network.h"

#include <gtest/gtest.h>

#include <optional>

namespace dtsop::sim {
namespace {

const Json kNetworkSpec = {{"dtsJobId", "l3m1213ye7l1234"}, {"desiredState", "Running"}};

class SimNetworkTest : public testing::Test, protected HttpSink {
 protected:
  void OnHead(CallId, int status) override { head_ = status; }
  void OnChunk(CallId, std::string_view data) override { body_ += data; }
  void OnDone(CallId, HttpResult result) override {
    result_ = std::move(result);
    done_at_ = clock_.now();
  }

  static HttpRequest Dts() {
    HttpRequest request;
    request.origin = "https://dts";
    request.exactly_once = true;
    return request;
  }
  static HttpRequest Watch() {
    HttpRequest request;
    request.target =
        "/apis/dts.aliyun.com/v1alpha1/dtsjobs?watch=1&resourceVersion=1"
        "&allowWatchBookmarks=true&timeoutSeconds=240";
    request.stream = true;
    request.total_timeout = Duration::zero();
    request.idle_timeout = seconds(90);
    return request;
  }

  SimClock clock_;
  MachineClock machine_{clock_, {seconds(100), seconds(-5), 0}};
  SimApiServer server_;
  CallFault fault_;
  int effects_ = 0;
  SimNetwork network_{clock_, machine_, server_,
                      [this](const HttpRequest&) {
                        ++effects_;
                        return JsonReply(200, "{}");
                      },
                      [this](const HttpRequest&) { return fault_; }};
  int head_ = 0;
  std::string body_;
  std::optional<HttpResult> result_;
  MonoTime done_at_;
};

TEST_F(SimNetworkTest, AHealthyCallIsAnswered) {
  network_.Send(1, Dts(), *this);
  clock_.RunFor(seconds(1));
  ASSERT_TRUE(result_);
  EXPECT_EQ(result_->status, 200);
  EXPECT_EQ(effects_, 1);
  clock_.RunFor(seconds(100));
  EXPECT_EQ(network_.calls_in_flight(), 0U);
}

TEST_F(SimNetworkTest, ARefusedCallHasNotBeenSent) {
  fault_.loss = CallFault::Loss::kRefused;
  network_.Send(1, Dts(), *this);
  clock_.RunFor(seconds(1));
  EXPECT_EQ(result_->error, HttpError::kConnect);
  EXPECT_FALSE(result_->sent);
  EXPECT_EQ(effects_, 0);
}

TEST_F(SimNetworkTest, ALostRequestHasNoEffectAndALostAnswerHas) {
  fault_.loss = CallFault::Loss::kBeforeEffect;
  network_.Send(1, Dts(), *this);
  clock_.RunFor(seconds(1));
  EXPECT_EQ(result_->error, HttpError::kTruncated);
  EXPECT_TRUE(result_->sent);
  EXPECT_EQ(effects_, 0);
  fault_.loss = CallFault::Loss::kAfterEffect;
  network_.Send(2, Dts(), *this);
  clock_.RunFor(seconds(1));
  EXPECT_EQ(result_->error, HttpError::kTruncated);
  EXPECT_EQ(effects_, 1);
}

TEST_F(SimNetworkTest, SilenceEndsByTheIdleTimeout) {
  fault_.loss = CallFault::Loss::kAfterEffect;
  fault_.silent = true;
  network_.Send(1, Dts(), *this);
  clock_.RunFor(seconds(19));
  EXPECT_FALSE(result_);
  clock_.RunFor(seconds(2));
  EXPECT_EQ(result_->error, HttpError::kTimeout);
  EXPECT_TRUE(result_->sent);
}

TEST_F(SimNetworkTest, NothingLeavesAfterItsDeadline) {
  HttpRequest request = Dts();
  request.not_after = machine_.Read().mono + milliseconds(1);  // the handshake takes two
  network_.Send(1, request, *this);
  clock_.RunFor(seconds(1));
  EXPECT_EQ(result_->error, HttpError::kExpired);
  EXPECT_FALSE(result_->sent);
  EXPECT_EQ(effects_, 0);
}

TEST_F(SimNetworkTest, AThrottledCallCarriesRetryAfter) {
  fault_.status = 429;
  fault_.retry_after = seconds(3);
  network_.Send(1, Dts(), *this);
  clock_.RunFor(seconds(1));
  EXPECT_EQ(result_->status, 429);
  EXPECT_EQ(FindHeader(result_->headers, "Retry-After"), "3");
  EXPECT_EQ(effects_, 0);
}

TEST_F(SimNetworkTest, ACallOfADeadProcessStillHasItsEffect) {
  network_.Send(1, Dts(), *this);
  clock_.RunFor(milliseconds(2));
  network_.Sever();
  clock_.RunFor(seconds(60));
  EXPECT_EQ(effects_, 1);
  EXPECT_FALSE(result_);
}

TEST_F(SimNetworkTest, AWatchStreamsUntilTheServerEndsIt) {
  network_.Send(1, Watch(), *this);
  clock_.RunFor(seconds(1));
  EXPECT_EQ(head_, 200);
  EXPECT_EQ(body_, "");
  server_.CreateDtsJob("shop", "a", kNetworkSpec, clock_.wall());
  clock_.RunFor(seconds(1));
  EXPECT_NE(body_.find("\"ADDED\""), std::string::npos);
  clock_.RunFor(seconds(237));
  EXPECT_FALSE(result_);
  clock_.RunFor(seconds(2));
  EXPECT_EQ(result_->error, HttpError::kNone);
}

TEST_F(SimNetworkTest, ALateWatchTellsLate) {
  fault_.watch_delay = seconds(30);
  network_.Send(1, Watch(), *this);
  clock_.RunFor(seconds(1));
  server_.CreateDtsJob("shop", "a", kNetworkSpec, clock_.wall());
  clock_.RunFor(seconds(29));
  EXPECT_EQ(body_, "");
  clock_.RunFor(seconds(2));
  EXPECT_NE(body_.find("\"ADDED\""), std::string::npos);
}

TEST_F(SimNetworkTest, ADeafWatchEndsByTheIdleTimeout) {
  fault_.deaf_after = seconds(61);
  network_.Send(1, Watch(), *this);
  clock_.RunFor(seconds(149));
  EXPECT_NE(body_.find("BOOKMARK"), std::string::npos);
  server_.CreateDtsJob("shop", "a", kNetworkSpec, clock_.wall());
  EXPECT_FALSE(result_);
  clock_.RunFor(seconds(2));
  EXPECT_EQ(result_->error, HttpError::kTimeout);
  EXPECT_EQ(body_.find("ADDED"), std::string::npos);
}

TEST_F(SimNetworkTest, ACutWatchEndsInTheMiddleOfALine) {
  fault_.cut_at = 20;
  network_.Send(1, Watch(), *this);
  clock_.RunFor(seconds(1));
  server_.CreateDtsJob("shop", "a", kNetworkSpec, clock_.wall());
  clock_.RunFor(seconds(1));
  EXPECT_EQ(body_.size(), 20U);
  EXPECT_EQ(result_->error, HttpError::kTruncated);
}

TEST_F(SimNetworkTest, ACanceledCallEndsSoon) {
  network_.Send(1, Watch(), *this);
  clock_.RunFor(seconds(1));
  network_.Cancel(1);
  clock_.RunFor(milliseconds(1));
  EXPECT_EQ(result_->error, HttpError::kCanceled);
}

TEST(MachineClock, AFastClockSeesItsDeadlineEarly) {
  SimClock clock;
  const MachineClock machine(clock, {seconds(7), seconds(0), 500'000});
  clock.RunFor(seconds(10));
  EXPECT_EQ(machine.Read().mono, MonoTime(seconds(22)));
  EXPECT_EQ(machine.TrueTime(machine.Read().mono + seconds(15)), MonoTime(seconds(20)));
}

}  // namespace
}  // namespace dtsop::sim
