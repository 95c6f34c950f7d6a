#include "credentials/metadata.h"

#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kRoles[] = "/latest/meta-data/ram/security-credentials/";

class Metadata : public ProviderTest {
 protected:
  static std::string Line(const Step& step) {
    const HttpRequest request = Request(step);
    const std::string token(FindHeader(request.headers, "X-aliyun-ecs-metadata-token"));
    return request.method + " " + request.target + (token.empty() ? "" : " with " + token);
  }
};

TEST_F(Metadata, AsksForATokenThenForTheRoleThenForItsCredentials) {
  Step step = FromMetadata(Context(), now_);
  EXPECT_EQ(Request(step).origin, "http://100.100.100.200");
  EXPECT_EQ(Line(step), "PUT /latest/api/token");
  EXPECT_EQ(FindHeader(Request(step).headers, "X-aliyun-ecs-metadata-token-ttl-seconds"), "21600");
  EXPECT_LE(Request(step).connect_timeout, seconds(1));
  step = Answer(step, AnswerOf(200, "session"));
  EXPECT_EQ(Line(step), std::string("GET ") + kRoles + " with session");
  step = Answer(step, AnswerOf(200, "worker\n"));
  EXPECT_EQ(Line(step), std::string("GET ") + kRoles + "worker with session");
  ExpectGrant(Answer(step, AnswerOf(200, DumpJson(Temporary()))), "STS.id", "sts-token");
}

TEST_F(Metadata, ARoleThatIsGivenIsNotAskedFor) {
  Set("ALIBABA_CLOUD_ECS_METADATA", "mine");
  const Step step = Answer(FromMetadata(Context(), now_), AnswerOf(200, "session"));
  EXPECT_EQ(Line(step), std::string("GET ") + kRoles + "mine with session");
  Set("ALIBABA_CLOUD_ECS_METADATA", "../../user-data");
  EXPECT_THAT(Failure(FromMetadata(Context(), now_)), HasSubstr("malformed"));
}

TEST_F(Metadata, CanBeSwitchedOff) {
  Set("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "TRUE");
  EXPECT_THAT(Skip(FromMetadata(Context(), now_)), HasSubstr("switched off"));
}

TEST_F(Metadata, WithoutATokenVersionOneIsUsed) {
  for (const HttpResult& refusal : {AnswerOf(404, ""), AnswerOf(200, ""),
                                    AnswerOf(200, "<html> </html>"), Broken(HttpError::kTimeout)}) {
    EXPECT_EQ(Line(Answer(FromMetadata(Context(), now_), refusal)), std::string("GET ") + kRoles);
  }
}

TEST_F(Metadata, ARefusedTokenIsFollowedByVersionOne) {
  Step step = Answer(FromMetadata(Context(), now_), AnswerOf(200, "session"));
  step = Answer(step, AnswerOf(401, ""));
  EXPECT_EQ(Line(step), std::string("GET ") + kRoles);
  step = Answer(step, AnswerOf(200, "worker"));
  EXPECT_EQ(Line(step), std::string("GET ") + kRoles + "worker");
}

TEST_F(Metadata, VersionOneCanBeForbidden) {
  Set("ALIBABA_CLOUD_IMDSV1_DISABLED", "true");
  EXPECT_THAT(Failure(Answer(FromMetadata(Context(), now_), AnswerOf(404, ""))),
              HasSubstr("no session token (HTTP 404)"));
  const Step step = Answer(FromMetadata(Context(), now_), AnswerOf(200, "session"));
  EXPECT_THAT(Failure(Answer(step, AnswerOf(401, ""))), HasSubstr("HTTP 401"));
}

TEST_F(Metadata, WhereNobodyAnswersOneTryIsEnough) {
  EXPECT_THAT(Failure(Answer(FromMetadata(Context(), now_), Broken(HttpError::kConnect))),
              HasSubstr("no answer from the metadata service (connect: broken by the test)"));
}

TEST_F(Metadata, WhatIsNoRoleIsNotPutIntoAPath) {
  for (const char* role : {"", "<html>hunter2</html>", "a/b", "one\ntwo", "%2e%2e"}) {
    Step step = Answer(FromMetadata(Context(), now_), AnswerOf(200, "session"));
    EXPECT_THAT(Failure(Answer(step, AnswerOf(200, role))), HasSubstr("names no RAM role"));
  }
}

TEST_F(Metadata, OnlySuccessGrants) {
  Set("ALIBABA_CLOUD_ECS_METADATA", "mine");
  const Step step = Answer(FromMetadata(Context(), now_), AnswerOf(200, "session"));
  Json body = Temporary();
  body["Code"] = "Failed";
  EXPECT_THAT(Failure(Answer(step, AnswerOf(200, DumpJson(body)))), HasSubstr("\"Failed\""));
  for (const std::string& bad : BadBodies()) {
    const std::string why = Failure(Answer(step, AnswerOf(200, bad)));
    EXPECT_THAT(why, HasSubstr("the metadata service")) << bad;
    EXPECT_THAT(why, Not(HasSubstr("hunter2"))) << bad;
  }
  EXPECT_THAT(Failure(Answer(step, Broken(HttpError::kTooLarge))), HasSubstr("no answer"));
}

}  // namespace
}  // namespace dtsop
