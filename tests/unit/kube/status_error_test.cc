#include "kube/status_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

HttpResult Answer(int status, std::string body, HttpHeaders headers = {}) {
  HttpResult result;
  result.status = status;
  result.body = std::move(body);
  result.headers = std::move(headers);
  return result;
}

std::string Status(int code, const std::string& reason, const std::string& more = "{}") {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"said so","reason":")" +
         reason + R"(","details":)" + more + R"(,"code":)" + std::to_string(code) + "}";
}

KubeError Decode(int status, std::string body, HttpHeaders headers = {}) {
  return DecodeKubeError(Answer(status, std::move(body), std::move(headers)),
                         *ParseRfc3339("1994-11-06T08:49:00Z"));
}

TEST(KubeError, AStatusIsReadWholly) {
  const KubeError error =
      Decode(429, Status(429, "TooManyRequests", R"({"retryAfterSeconds":7,"causes":[{}]})"));
  EXPECT_EQ(error.code, 429);
  EXPECT_EQ(error.reason, "TooManyRequests");
  EXPECT_EQ(error.message, "said so");
  EXPECT_EQ(error.retry_after, seconds(7));
  EXPECT_TRUE(IsTooManyRequests(error));
}

TEST(KubeError, PredicatesGoByReasonThenByCode) {
  EXPECT_TRUE(IsConflict(Decode(409, Status(409, "Conflict"))));
  EXPECT_FALSE(IsConflict(Decode(409, Status(409, "AlreadyExists"))));
  EXPECT_TRUE(IsAlreadyExists(Decode(409, Status(409, "AlreadyExists"))));
  EXPECT_FALSE(IsAlreadyExists(Decode(409, "")));
  EXPECT_TRUE(IsConflict(Decode(409, "")));
  EXPECT_TRUE(IsGone(Decode(410, Status(410, "Expired"))));
  EXPECT_TRUE(IsGone(Decode(410, Status(410, "Gone"))));
  EXPECT_TRUE(IsGone(Decode(410, "")));
  EXPECT_TRUE(IsNotFound(Decode(404, "page not found")));
  EXPECT_TRUE(IsForbidden(Decode(403, Status(403, "Forbidden"))));
  EXPECT_TRUE(IsUnauthorized(Decode(401, "")));
  EXPECT_FALSE(IsNotFound(Decode(500, Status(500, "InternalError"))));
}

TEST(KubeError, EveryAgeOfServersTooLargeResourceVersionIsKnown) {
  for (const char* details : {R"({"causes":[{"reason":"ResourceVersionTooLarge","message":"x"}]})",
                              R"({"causes":[{"message":"Too large resource version"}]})"})
    EXPECT_TRUE(IsTooLargeResourceVersion(Decode(504, Status(504, "Timeout", details)))) << details;
  EXPECT_TRUE(IsTooLargeResourceVersion(
      Decode(504, R"({"kind":"Status","message":"Timeout: Too large resource version: 9"})")));
  EXPECT_FALSE(IsTooLargeResourceVersion(Decode(504, Status(504, "Timeout"))));
}

TEST(KubeError, AnExpiredListOffersWhereToGoOn) {
  EXPECT_EQ(KubeErrorFromStatus(
                Json::parse(R"({"code":410,"reason":"Expired","metadata":{"continue":"next"}})"))
                .continue_token,
            "next");
}

TEST(KubeError, RetryAfterIsNeitherNoneNorAYearAndGarbageIsIgnored) {
  const auto after = [](const std::string& value) {
    return Decode(503, "", {{"retry-after", value}}).retry_after;
  };
  EXPECT_EQ(after("3"), seconds(3));
  EXPECT_EQ(after(" 0 "), seconds(1));
  EXPECT_EQ(after("31536000"), seconds(30));
  EXPECT_EQ(after("Sun, 06 Nov 1994 08:49:17 GMT"), seconds(17));
  EXPECT_EQ(after("Sun, 06 Nov 1994 08:48:37 GMT"), seconds(1));
  EXPECT_EQ(after("Sun, 06 Nov 2094 08:48:37 GMT"), seconds(30));
  for (const char* garbage : {"-1", "1.5", "soon", "Sun, 31 Feb 1994 08:49:37 GMT", "0x10",
                              "Sun, 06 ovD 1994 08:49:37 GMT", "Sun, 06 Nov 9999 08:49:37 GMT", ""})
    EXPECT_EQ(after(garbage), std::nullopt) << garbage;
  EXPECT_EQ(Decode(429, Status(429, "x", R"({"retryAfterSeconds":-5})")).retry_after, std::nullopt);
  EXPECT_EQ(Decode(429, Status(429, "x", R"({"retryAfterSeconds":99999999})")).retry_after,
            seconds(30));
}

TEST(KubeError, AProxysPageBecomesAShortCleanMessage) {
  const KubeError error = Decode(
      502, "<html><head><style>x</style></head>\r\n<body>Bad\x1b[31m   Gateway\n</body></html>");
  EXPECT_EQ(error.message, "x Bad [31m Gateway");
  EXPECT_EQ(error.code, 502);
  EXPECT_LE(Decode(500, std::string(1'000'000, 'x')).message.size(), kKubeMessageBytesMax);
  EXPECT_EQ(Decode(500, "").message, "HTTP status 500");
  EXPECT_EQ(Decode(500, R"({"kind":"Status","code":"x","details":[],"metadata":7})").message,
            R"({"kind":"Status","code":"x","details":[],"metadata":7})");
}

TEST(DescribeFailure, EachFailureNamesTheNextStep) {
  const auto transport = [](HttpError error, std::string detail) {
    HttpResult result;
    result.error = error;
    result.detail = std::move(detail);
    return DescribeFailure(result);
  };
  EXPECT_THAT(transport(HttpError::kConnect, "connection refused"),
              AllOf(HasSubstr("(connection refused)"), HasSubstr("check the server address")));
  EXPECT_THAT(transport(HttpError::kTls, "unable to get local issuer certificate"),
              HasSubstr("certificate-authority-data"));
  EXPECT_THAT(transport(HttpError::kTls, "certificate has expired"), HasSubstr("renew"));
  EXPECT_THAT(transport(HttpError::kTls, "hostname mismatch"), HasSubstr("tls-server-name"));
  EXPECT_THAT(transport(HttpError::kTimeout, ""), HasSubstr("in time"));
  EXPECT_THAT(DescribeFailure(Answer(401, Status(401, "Unauthorized"))), HasSubstr("token"));
  EXPECT_THAT(DescribeFailure(Answer(403, Status(403, "Forbidden"))),
              AllOf(HasSubstr("said so"), HasSubstr("RBAC")));
  EXPECT_THAT(DescribeFailure(Answer(404, "404 page not found")), HasSubstr("CRD"));
  EXPECT_THAT(DescribeFailure(Answer(503, "a\nb")), AllOf(HasSubstr("503"), HasSubstr("a b")));
  for (int error = 0; error <= static_cast<int>(HttpError::kOther); ++error)
    EXPECT_THAT(transport(static_cast<HttpError>(error), "x\ny"), Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace dtsop
