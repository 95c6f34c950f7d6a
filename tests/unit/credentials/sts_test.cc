#include "credentials/sts.h"

#include "dts/signer.h"
#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string ParameterIn(std::string_view query, const std::string& name) {
  for (const auto& [key, value] : DecodeQuery(query)) {
    if (key == name) return value;
  }
  return "";
}

class Sts : public ProviderTest {
 protected:
  Sts() { role_.role_arn = "acs:ram::1:role/dts"; }
  std::string OriginOf() {
    const auto origin = StsOrigin(Context(), role_);
    return origin ? *origin : "error: " + origin.error().message;
  }
  Step AskOidc() {
    return AssumeRoleWithOidc(Context(), role_, "acs:ram::1:oidc-provider/ack",
                              SecretString("oidc.token"), now_);
  }
  Step AskSigned() {
    return AssumeRole(Context(), role_, {"LTAI", SecretString("s3cret"), SecretString("outer")},
                      now_);
  }
  static std::string Body(const Json& credentials) {
    return DumpJson({{"RequestId", "R"}, {"Credentials", credentials}});
  }

  RoleRequest role_;
};

TEST_F(Sts, IsTheCentralOneOrThatOfARegionOrOfItsVpc) {
  EXPECT_EQ(OriginOf(), "https://sts.aliyuncs.com");
  Set("ALIBABA_CLOUD_STS_REGION", "cn-beijing");
  EXPECT_EQ(OriginOf(), "https://sts.cn-beijing.aliyuncs.com");
  Set("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "True");
  EXPECT_EQ(OriginOf(), "https://sts-vpc.cn-beijing.aliyuncs.com");
  role_.sts_region = "cn-hangzhou";
  EXPECT_EQ(OriginOf(), "https://sts-vpc.cn-hangzhou.aliyuncs.com");
}

TEST_F(Sts, IsWhereTheEnvironmentSays) {
  Set("ALIBABA_CLOUD_STS_REGION", "cn-beijing");
  Set("ALIBABA_CLOUD_STS_ENDPOINT", "sts-vpc.cn-hangzhou.aliyuncs.com");
  EXPECT_EQ(OriginOf(), "https://sts-vpc.cn-hangzhou.aliyuncs.com");
  Set("ALIBABA_CLOUD_STS_ENDPOINT", "http://127.0.0.1:18080");
  EXPECT_EQ(OriginOf(), "http://127.0.0.1:18080");
}

TEST_F(Sts, NothingStrangeEntersItsHostName) {
  for (const char* region : {"evil.example/", "a.b", "CN-HANGZHOU", "-x", "x-", "x@y", "é"}) {
    Set("ALIBABA_CLOUD_STS_REGION", region);
    EXPECT_THAT(OriginOf(), HasSubstr("error: ")) << region;
  }
  Set("ALIBABA_CLOUD_STS_ENDPOINT", "https://sts.example/path");
  EXPECT_THAT(OriginOf(), HasSubstr("error: ALIBABA_CLOUD_STS_ENDPOINT"));
}

TEST_F(Sts, AssumeRoleWithOidcIsAnUnsignedForm) {
  const HttpRequest request = Request(AskOidc());
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.origin, "https://sts.aliyuncs.com");
  const std::string query = request.target.substr(2);
  EXPECT_EQ(ParameterIn(query, "Action"), "AssumeRoleWithOIDC");
  EXPECT_EQ(ParameterIn(query, "Version"), "2015-04-01");
  EXPECT_EQ(ParameterIn(query, "Format"), "JSON");
  EXPECT_EQ(ParameterIn(query, "Timestamp"), "2026-11-24T13:00:00Z");
  EXPECT_EQ(ParameterIn(query, "Signature"), "");
  EXPECT_EQ(FindHeader(request.headers, "authorization"), "");
  EXPECT_EQ(FindHeader(request.headers, "content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(ParameterIn(request.body, "RoleArn"), role_.role_arn);
  EXPECT_EQ(ParameterIn(request.body, "OIDCProviderArn"), "acs:ram::1:oidc-provider/ack");
  EXPECT_EQ(ParameterIn(request.body, "OIDCToken"), "oidc.token");
  EXPECT_EQ(ParameterIn(request.body, "DurationSeconds"), "3600");
  EXPECT_EQ(ParameterIn(request.body, "RoleSessionName"), "dts-operator");
}

TEST_F(Sts, IsAskedAgainAtOnceWithItsOwnTimeWhenItRefusesOurs) {
  const HttpHeaders date = {{"Date", "Tue, 24 Nov 2026 16:00:00 GMT"}};
  const std::string refusal = R"({"Code":"InvalidTimeStamp.Expired","Message":"m"})";
  for (const bool oidc : {true, false}) {
    sts_clock_ = {};
    Step step = Answer(oidc ? AskOidc() : AskSigned(), AnswerOf(400, refusal, date));
    const HttpRequest again = Request(step);
    EXPECT_EQ(oidc ? ParameterIn(again.target.substr(2), "Timestamp")
                   : std::string(FindHeader(again.headers, "x-acs-date")),
              "2026-11-24T16:00:00Z");
    // Once: a server that refuses its own time is not asked for ever.
    EXPECT_THAT(Failure(Answer(step, AnswerOf(400, refusal, date))), HasSubstr("InvalidTimeStamp"));
  }
  // It is remembered for the next call.
  EXPECT_EQ(FindHeader(Request(AskSigned()).headers, "x-acs-date"), "2026-11-24T16:00:00Z");
}

TEST_F(Sts, TheTimeIsThatOfAnyAnswer) {
  Answer(AskOidc(),
         AnswerOf(403, R"({"Code":"NoPermission"})", {{"Date", "Tue, 24 Nov 2026 12:00:00 GMT"}}));
  EXPECT_EQ(FindHeader(Request(AskSigned()).headers, "x-acs-date"), "2026-11-24T12:00:00Z");
  Answer(AskOidc(),
         AnswerOf(403, R"({"Code":"NoPermission"})", {{"Date", "Tue, 24 Nov 2026 13:00:20 GMT"}}));
  EXPECT_EQ(FindHeader(Request(AskSigned()).headers, "x-acs-date"), "2026-11-24T13:00:00Z");
}

TEST_F(Sts, TheSessionIsNamedByTheProfileOrTheEnvironment) {
  Set("ALIBABA_CLOUD_ROLE_SESSION_NAME", "cluster-7");
  EXPECT_EQ(ParameterIn(Request(AskOidc()).body, "RoleSessionName"), "cluster-7");
  role_.session_name = "mine";
  EXPECT_EQ(ParameterIn(Request(AskOidc()).body, "RoleSessionName"), "mine");
}

TEST_F(Sts, AssumeRoleIsSignedWithTheSourcesKeys) {
  role_.external_id = "ext";
  role_.policy = R"({"Version":"1"})";
  const HttpRequest request = Request(AskSigned());
  const std::string query = request.target.substr(2);
  EXPECT_EQ(ParameterIn(query, "ExternalId"), "ext");
  EXPECT_EQ(ParameterIn(query, "Policy"), role_.policy);
  EXPECT_EQ(FindHeader(request.headers, "x-acs-action"), "AssumeRole");
  EXPECT_EQ(FindHeader(request.headers, "x-acs-security-token"), "outer");
  EXPECT_THAT(std::string(FindHeader(request.headers, "authorization")),
              HasSubstr("Credential=LTAI,"));
  EXPECT_EQ(FindHeader(request.headers, "host"), "sts.aliyuncs.com");
}

TEST_F(Sts, TheAnswerGrants) {
  ExpectGrant(Answer(AskOidc(), AnswerOf(200, Body(Temporary()))), "STS.id", "sts-token");
  ExpectGrant(Answer(AskSigned(), AnswerOf(200, Body(Temporary()))), "STS.id", "sts-token");
}

TEST_F(Sts, ARefusalIsToldInItsOwnWordsWithoutTheToken) {
  const std::string why = Failure(
      Answer(AskOidc(),
             AnswerOf(400, R"({"Code":"AuthenticationFail.OIDCToken.Expired","Message":"The token )"
                           R"(oidc.token has expired.","RequestId":"varies"})")));
  EXPECT_EQ(why,
            "sts.aliyuncs.com refused with AuthenticationFail.OIDCToken.Expired: The token (the "
            "token) has expired.");
  EXPECT_EQ(Failure(Answer(AskOidc(), AnswerOf(400, R"({"Code":"oidc.token","Message":"m"})"))),
            "sts.aliyuncs.com refused with (the token): m");
}

TEST_F(Sts, WhatTheGatewayQuotesOfASignatureIsNotPassedOn) {
  const std::string why = Failure(Answer(
      AskSigned(), AnswerOf(400, R"({"Code":"SignatureDoesNotMatch","Message":"hunter2"})")));
  EXPECT_THAT(why, HasSubstr("SignatureDoesNotMatch"));
  EXPECT_THAT(why, Not(HasSubstr("hunter2")));
}

TEST_F(Sts, AnythingElseFailsAndQuotesNothing) {
  for (const std::string& body : BadBodies()) {
    for (const int status : {200, 302, 403, 500}) {
      const std::string why = Failure(Answer(AskOidc(), AnswerOf(status, body)));
      EXPECT_THAT(why, HasSubstr("sts.aliyuncs.com")) << body;
      EXPECT_THAT(why, Not(HasSubstr("hunter2"))) << body;
    }
  }
  for (const HttpError error : {HttpError::kTimeout, HttpError::kConnect, HttpError::kTls,
                                HttpError::kTooLarge, HttpError::kTruncated}) {
    EXPECT_THAT(Failure(Answer(AskOidc(), Broken(error))), HasSubstr("no answer"));
  }
}

TEST_F(Sts, WhatItWouldRefuseIsNotSent) {
  role_.duration_seconds = 899;
  EXPECT_THAT(Failure(AskOidc()), HasSubstr("too short"));
  role_ = {};
  EXPECT_THAT(Failure(AskSigned()), HasSubstr("ARN of the RAM role is missing"));
}

}  // namespace
}  // namespace dtsop
