// How long a refusal asks to wait, and what it means when something in front of DTS refuses.
#include <gtest/gtest.h>

#include "dts/reply.h"
#include "tests/unit/dts/answer.h"

namespace dtsop {
namespace {

TEST(Throttling, SaysHowLongToWait) {
  const char* body = R"({"Code":"Throttling.User","Message":"flow control"})";
  const auto wait = [body](const char* name, const char* value) {
    const CallFailure failure = FailureOf(400, body, {{name, value}});
    EXPECT_EQ(failure.error_class, ErrorClass::kThrottled);
    return failure.retry_after;
  };
  EXPECT_EQ(wait("X-RateLimit-User", "Limit:10, Remain:0,TimeLeft:1500"), milliseconds(1500));
  EXPECT_EQ(wait("x-ratelimit-user-api", "TimeLeft:3000"), seconds(3));
  EXPECT_EQ(wait("x-acs-retry-after", "2500"), milliseconds(2500));
  EXPECT_EQ(wait("x-acs-retry-after", "99999999999999"), seconds(60));
  EXPECT_EQ(wait("x-acs-retry-after", "soon"), Duration{0});
  EXPECT_EQ(wait("x-ratelimit-user", "TimeLeft:1"), milliseconds(100));
  EXPECT_EQ(wait("x-ratelimit-user", "TimeLeft:99999999999999"), seconds(60));
  for (const char* odd : {"", "TimeLeft", "TimeLeft:", "TimeLeft:-5", "TimeLeft:x", "TimeLeft:1e9",
                          ":", ",,,", "TimeLeft:99999999999999999999999"}) {
    EXPECT_EQ(wait("x-ratelimit-user", odd), Duration{0}) << odd;
  }
}

TEST(Throttling, HonoursAPlainRetryAfter) {
  const char* body = R"({"Code":"Throttling.User","Message":"flow control"})";
  const auto wait = [body](const char* value, HttpHeaders more = {}) {
    more.emplace_back("Retry-After", value);
    return FailureOf(400, body, more).retry_after;
  };
  EXPECT_EQ(wait("8"), seconds(8));
  EXPECT_EQ(wait("31536000"), minutes(5));
  EXPECT_EQ(wait("8", {{"x-ratelimit-user", "TimeLeft:9000"}}), seconds(9)) << "the longest counts";
  // A date counts from the server's clock, whatever the node's says.
  const HttpHeaders dated = {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  EXPECT_EQ(wait("Sun, 06 Nov 1994 08:49:47 GMT", dated), seconds(10));
  EXPECT_EQ(wait("Sun, 06 Nov 1994 08:49:27 GMT", dated), seconds(0));
  EXPECT_EQ(wait("Sun, 06 Nov 1994 08:49:47 GMT"), seconds(0)) << "whose time is not known";
  for (const char* odd : {"0", "", "-1", "soon", "1.5"}) EXPECT_EQ(wait(odd), Duration{0}) << odd;
}

// It has let nothing through: a start that it refused has not acted.
TEST(Throttling, IsWhatAGatewaysOwn429Means) {
  for (const char* body : {"<html><body>Too many requests</body></html>", "", "local_rate_limited",
                           R"({"message":"API rate limit exceeded"})", R"(["slow down"])"}) {
    const CallFailure failure = FailureOf(429, body, {{"Retry-After", "8"}});
    EXPECT_EQ(failure.error_class, ErrorClass::kThrottled) << body;
    EXPECT_EQ(failure.code, "Client.TooManyRequests") << body;
    EXPECT_FALSE(failure.may_have_acted) << body;
    EXPECT_EQ(failure.retry_after, seconds(8)) << body;
    EXPECT_EQ(failure.http_status, 429);
  }
  const CallFailure overloaded = FailureOf(503, "upstream overloaded", {{"Retry-After", "8"}});
  EXPECT_EQ(overloaded.error_class, ErrorClass::kTransient);
  EXPECT_TRUE(overloaded.may_have_acted);
  EXPECT_EQ(overloaded.retry_after, seconds(8));
}

}  // namespace
}  // namespace dtsop
