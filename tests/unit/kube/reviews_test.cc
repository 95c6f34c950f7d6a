#include "kube/reviews.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dtsop {
namespace {

using ::testing::HasSubstr;

HttpResult Reviewed(int status, std::string body) {
  HttpResult result;
  result.status = status;
  result.body = std::move(body);
  return result;
}

TEST(Reviews, AnAnswerThatIsNoneIsNoRefusal) {
  HttpResult broken;
  broken.error = HttpError::kConnect;
  for (const HttpResult& result :
       {broken, Reviewed(500, ""), Reviewed(403, "{}"), Reviewed(201, "<html>"),
        Reviewed(200, "[]"), Reviewed(201, R"({"status":null})")}) {
    EXPECT_FALSE(ReadTokenReview(result)) << result.body;
    EXPECT_FALSE(ReadAccessReview(result)) << result.body;
  }
}

TEST(Reviews, OnlyAPlainYesIsOne) {
  for (const char* status : {"{}", R"({"authenticated":"true"})", R"({"authenticated":false})"}) {
    const auto user = ReadTokenReview(Reviewed(201, std::string(R"({"status":)") + status + "}"));
    ASSERT_TRUE(user);
    EXPECT_FALSE(*user) << status;
  }
  for (const char* status :
       {"{}", R"({"allowed":1})", R"({"allowed":false})", R"({"allowed":true,"denied":true})"}) {
    const auto may = ReadAccessReview(Reviewed(201, std::string(R"({"status":)") + status + "}"));
    ASSERT_TRUE(may);
    EXPECT_FALSE(*may) << status;
  }
}

TEST(Reviews, TheWholeUserIsAskedAbout) {
  const Json user = {{"username", "u"},
                     {"uid", "1"},
                     {"groups", {"a", "b"}},
                     {"extra", {{"scopes", {"x"}}}},
                     {"unknown", true}};
  const HttpRequest request = ReviewAccess(user, "get", "/metrics");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(Member(*ParseJson(request.body), "spec"),
            Json({{"user", "u"},
                  {"uid", "1"},
                  {"groups", {"a", "b"}},
                  {"extra", {{"scopes", {"x"}}}},
                  {"nonResourceAttributes", {{"verb", "get"}, {"path", "/metrics"}}}}));
}

TEST(Reviews, AFailureSaysWhatTheOperatorLacks) {
  const auto user = ReadTokenReview(Reviewed(
      403, R"({"kind":"Status","reason":"Forbidden","message":"cannot create tokenreviews"})"));
  ASSERT_FALSE(user);
  EXPECT_THAT(user.error().message, HasSubstr("cannot create tokenreviews; grant it"));
}

}  // namespace
}  // namespace dtsop
