#include "dts/reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/mutate.h"
#include "tests/unit/dts/answer.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Success, IsExplicitInJsonAndXmlAndInEveryTypeDtsUses) {
  for (
      const char* body :
      {R"({"RequestId":"R1","HttpStatusCode":200,"Success":true})",
       R"({"RequestId":"R1","HttpStatusCode":"200","Success":"true","ErrCode":"","ErrMessage":""})",
       R"({"RequestId":"R1","Success":"True","Code":200})",
       R"({"RequestId":"R1","Success":true,"ErrCode":"Success"})",
       R"({"RequestId":"R1","Success":true,"Code":"OK"})",
       R"({"RequestId":"R1","Success":true,"Code":"ok","ErrCode":"200"})",
       R"({"RequestId":"R1","Success":"TRUE","Code":1,"ErrMessage":false,"ErrCode":false})",
       R"({"RequestId":"R1","Success":true,"ErrCode":null,"HttpStatusCode":"200","Code":"None"})",
       "\n <?xml version='1.0' encoding='UTF-8'?>\n<StartDtsJobResponse><HttpStatusCode>200"
       "</HttpStatusCode><RequestId>R1</RequestId><Success>true</Success></StartDtsJobResponse>"}) {
    const auto reply = DecodeReply(HttpAnswer(200, body));
    ASSERT_TRUE(reply) << body;
    EXPECT_EQ(reply->request_id, "R1");
  }
}

TEST(Success, IsNeverGuessed) {
  for (const char* body : {"",
                           " ",
                           "null",
                           "true",
                           "[]",
                           "7",
                           "\"Success\"",
                           "{}",
                           R"({"RequestId":"R"})",
                           R"({"Success":1})",
                           R"({"Success":"yes"})",
                           R"({"Success":null})",
                           R"({"Success":{}})",
                           R"({"Success":["true"]})",
                           R"({"success":true})",
                           "<html><body>It works!</body></html>",
                           "<HTML/>",
                           "<!DOCTYPE html><html></html>",
                           "It works!",
                           "<StartDtsJobResponse/>",
                           "<a><Success>true</Success>",
                           R"({"Success":true)",
                           R"({"Success":true}x)",
                           "{\"Success\":tru"}) {
    const CallFailure failure = FailureOf(200, body);
    EXPECT_EQ(failure.code, "Client.UnreadableAnswer") << body;
    EXPECT_TRUE(failure.may_have_acted) << body;
    EXPECT_EQ(failure.error_class, ErrorClass::kTransient);
  }
}

TEST(Success, OfAFailedHttpStatusIsNone) {
  for (const int status : {100, 199, 300, 302, 400, 403, 500, 503}) {
    EXPECT_FALSE(DecodeReply(HttpAnswer(status, R"({"Success":true,"RequestId":"R"})"))) << status;
  }
}

TEST(Success, WithAnErrorCodeIsNone) {
  EXPECT_EQ(FailureOf(200, R"({"Success":true,"ErrCode":"InvalidJobStatus"})").code,
            "InvalidJobStatus");
}

TEST(Success, WithAWordThatMayBeAnErrorIsNone) {
  for (const char* code : {"Okay", "OK.But", "SuccessPartly", "DTS.Msg.Failed"}) {
    EXPECT_NE(FailureOf(200, std::string(R"({"Success":true,"Code":")") + code + "\"}").code, "")
        << code;
  }
  EXPECT_EQ(FailureOf(200, R"({"Success":true,"ErrCode":"OK","Code":"Forbidden.RAM"})").code,
            "Forbidden.RAM");
}

TEST(ServiceError, MayComeOnHttp200) {
  const CallFailure failure = FailureOf(
      200, R"({"Success":false,"ErrCode":"OperationDenied.NotPurchased","ErrMessage":"No %s.",)"
           R"("DynamicMessage":"instance","DynamicCode":"403","RequestId":"R1",)"
           R"("HttpStatusCode":403})");
  EXPECT_EQ(failure.error_class, ErrorClass::kBilling);
  EXPECT_FALSE(failure.may_have_acted);
  EXPECT_EQ(failure.code, "OperationDenied.NotPurchased");
  EXPECT_EQ(failure.err_message, "No %s.");
  EXPECT_EQ(failure.dynamic_message, "instance");
  EXPECT_EQ(failure.dynamic_code, "403");
  EXPECT_EQ(failure.message, "No instance.");
  EXPECT_EQ(failure.request_id, "R1");
  EXPECT_FALSE(failure.remedy.empty());
}

TEST(ServiceError, LosesItsPrefix) {
  EXPECT_EQ(FailureOf(403, R"({"Success":"false","ErrCode":"DTS.Msg.RamPermissionDenied"})").code,
            "RamPermissionDenied");
}

TEST(ServiceError, WithoutACodeStillFails) {
  const CallFailure failure = FailureOf(200, R"({"Success":false,"ErrMessage":"odd"})");
  EXPECT_EQ(failure.code, "Client.NoErrorCode");
  EXPECT_EQ(failure.message, "odd");
  EXPECT_EQ(FailureOf(403, R"({"Success":false,"ErrCode":"DTS.Msg."})").code, "Client.NoErrorCode");
}

TEST(ServiceError, WithACodeThatSaysNothingHasNone) {
  for (const char* code : {"DTS.Msg.", " ", "DTS.Msg.Success"}) {
    const std::string body = std::string(R"({"Success":false,"ErrCode":")") + code + "\"}";
    EXPECT_EQ(FailureOf(200, body).code, "Client.NoErrorCode") << code;
  }
}

TEST(GatewayError, IsReadInJsonAndXml) {
  for (const char* body :
       {R"({"Code":"Forbidden.RAM","Message":"User not authorized","RequestId":"R1",)"
        R"("HostId":"dts.aliyuncs.com","Recommend":"https://next.api.aliyun.com/t?q=x"})",
        "<Error><RequestId>R1</RequestId><HostId>dts.aliyuncs.com</HostId><Code>Forbidden.RAM"
        "</Code><Message>User not authorized</Message>"
        "<Recommend>https://next.api.aliyun.com/t?q=x</Recommend></Error>",
        R"({"code":"Forbidden.RAM","message":"User not authorized","requestId":"R1",)"
        R"("Recommend":"https://next.api.aliyun.com/t?q=x"})"}) {
    const CallFailure failure = FailureOf(403, body);
    EXPECT_EQ(failure.error_class, ErrorClass::kPermission) << body;
    EXPECT_EQ(failure.message, "User not authorized");
    EXPECT_EQ(failure.request_id, "R1");
    EXPECT_EQ(failure.recommend_url, "https://next.api.aliyun.com/t?q=x");
    EXPECT_EQ(failure.http_status, 403);
  }
}

TEST(GatewayError, AndServiceErrorAtOnceAreReadAsTheServices) {
  const CallFailure failure =
      FailureOf(403, R"({"Code":"Forbidden","Message":"gateway","Success":false,)"
                     R"("ErrCode":"InvalidJobId","ErrMessage":"service"})");
  EXPECT_EQ(failure.code, "InvalidJobId");
  EXPECT_EQ(failure.message, "service");
}

TEST(TransportFailure, MayHaveActedOnlyWhenSomethingWasSent) {
  for (const auto error :
       {HttpError::kTimeout, HttpError::kConnect, HttpError::kTls, HttpError::kExpired,
        HttpError::kTruncated, HttpError::kTooLarge, HttpError::kCanceled, HttpError::kOther}) {
    for (const bool sent : {true, false}) {
      HttpResult result = HttpAnswer(200, R"({"Success":true})");
      result.error = error;
      result.sent = sent;
      const auto reply = DecodeReply(result);
      ASSERT_FALSE(reply);
      EXPECT_EQ(reply.error().may_have_acted, sent);
      EXPECT_EQ(reply.error().error_class, ErrorClass::kTransient);
      EXPECT_THAT(reply.error().code, HasSubstr("Client."));
    }
  }
}

TEST(Hostile, EntitiesAreNotExpandedAndDepthIsBounded) {
  std::string bomb = "<!DOCTYPE a [<!ENTITY b \"xxxxxxxxxx\">";
  for (int i = 0; i < 9; ++i) bomb += "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">";
  EXPECT_EQ(FailureOf(200, bomb + "]><a><Success>true</Success>&c;</a>").code,
            "Client.UnreadableAnswer");
  EXPECT_EQ(FailureOf(200, "<a>&lol;<Success>true</Success></a>").code, "") << "but not expanded";
  for (const int depth : {100, 100'000}) {
    std::string xml;
    std::string json;
    for (int i = 0; i < depth; ++i) xml += "<a>", json += "{\"a\":";
    json += "1" + std::string(static_cast<size_t>(depth), '}');
    for (int i = 0; i < depth; ++i) xml += "</a>";
    EXPECT_EQ(FailureOf(200, xml).code, "Client.UnreadableAnswer");
    EXPECT_EQ(FailureOf(200, json).code, "Client.UnreadableAnswer");
    EXPECT_EQ(FailureOf(200, std::string(static_cast<size_t>(depth), '[')).code,
              "Client.UnreadableAnswer");
  }
}

TEST(Hostile, TenMegabytesAreReadAndCut) {
  const std::string huge(10U << 20, 'x');
  EXPECT_EQ(FailureOf(200, huge).code, "Client.UnreadableAnswer");
  const CallFailure failure =
      FailureOf(400, R"({"Code":"C)" + huge + R"(","Message":")" + huge + "\"}");
  EXPECT_LE(failure.code.size(), 128U);
  EXPECT_LE(failure.message.size(), 2048U);
}

TEST(Hostile, ControlCharactersAndBrokenUtf8AreCleaned) {
  const CallFailure failure =
      FailureOf(400, "{\"Code\":\"Invalid\\u0000\\nX\",\"Message\":\"a\\u001b[31mb\\u202e\"}");
  EXPECT_EQ(failure.code, "Invalid  X");
  EXPECT_EQ(failure.message, "a [31mb ");
}

TEST(Hostile, AMessageInAnotherEncodingHidesNoCode) {
  for (const char* message : {"\xC4\xFA\xC3\xBB\xD3\xD0\xC8\xA8\xCF\xDE", "\x81\\", "a\x81\\\x81\\",
                              "cut \xE6\x9D", "\xFF\xFE\x80", "\xE6\x9D\x83 and \xC8\xA8"}) {
    const CallFailure failure =
        FailureOf(403, std::string(R"({"Message":")") + message +
                           R"(","Code":"Forbidden.RAM","RequestId":"R1","HostId":"h"})");
    EXPECT_EQ(failure.code, "Forbidden.RAM") << message;
    EXPECT_EQ(failure.request_id, "R1") << message;
    EXPECT_FALSE(failure.may_have_acted) << message;
    EXPECT_NO_THROW((void)Json(failure.message).dump()) << message;
  }
  EXPECT_EQ(FailureOf(200, "{\"Success\":tr\xC4\xFA}").code, "Client.UnreadableAnswer");
}

TEST(RenderMessage, ReplacesLiterally) {
  EXPECT_EQ(RenderMessage("a %s b %s", "x"), "a x b x");
  EXPECT_EQ(RenderMessage("a %s", "%s %s"), "a %s %s") << "not again inside the replacement";
  EXPECT_EQ(RenderMessage("no place", "x"), "no place: x");
  EXPECT_EQ(RenderMessage("%n %d %x %", "y"), "%n %d %x %: y");
  EXPECT_EQ(RenderMessage("%%s", "y"), "%y");
  EXPECT_EQ(RenderMessage("only %s", ""), "only %s");
  EXPECT_EQ(RenderMessage("", "x"), "x");
  EXPECT_EQ(RenderMessage("", ""), "");
}

TEST(MutationFuzz, NoAnswerIsASuccessByAccident) {
  const std::string bodies[] = {
      R"({"Success":false,"ErrCode":"DTS.Msg.X","ErrMessage":"a %s","DynamicMessage":"b",)"
      R"("RequestId":"R","HttpStatusCode":403})",
      "<?xml version=\"1.0\"?><R><Success>false</Success><ErrCode>Invalid.X</ErrCode>"
      "<ErrMessage>a</ErrMessage><RequestId>R</RequestId></R>",
      R"({"Code":"Throttling.User","Message":"m","RequestId":"R","HostId":"h","Recommend":"u"})"};
  Random random(1);
  int coded = 0;
  for (int i = 0; i < 30'000; ++i) {
    HttpResult result = HttpAnswer(200, Mutate(bodies[random.Below(3)], random),
                                   {{"x-ratelimit-user", Mutate("TimeLeft:1500,Limit:3", random)},
                                    {"Retry-After", Mutate("31", random)}});
    const auto reply = DecodeReply(result);
    ASSERT_FALSE(reply) << result.body;
    const CallFailure& failure = reply.error();
    ASSERT_FALSE(failure.code.empty());
    ASSERT_LE(failure.code.size(), 128U);
    ASSERT_LE(failure.message.size(), 2048U);
    ASSERT_LE(failure.retry_after, kRetryAfterMax);
    ASSERT_NO_THROW((void)Json(DescribeFailure(failure)).dump());
    coded += failure.code != "Client.UnreadableAnswer" ? 1 : 0;
  }
  EXPECT_GT(coded, 3000);
  EXPECT_LT(coded, 29'000);
}

TEST(Hostile, TheStringToSignIsNeverShown) {
  for (const char* code : {"SignatureDoesNotMatch", "IncompleteSignature", "InvalidSignature"}) {
    for (const char* member : {"Message", "ErrMessage", "DynamicMessage"}) {
      const std::string body = std::string(R"({"Code":")") + code + R"(",")" + member +
                               R"(":"server string to sign is:POST&%2F&AccessKeyId%3DLTAI5t)"
                               R"(%26SecurityToken%3DCAIStoken"})";
      const CallFailure failure = FailureOf(400, body);
      for (const std::string& shown : {failure.message, failure.err_message,
                                       failure.dynamic_message, DescribeFailure(failure)}) {
        EXPECT_THAT(shown, AllOf(Not(HasSubstr("CAIStoken")), Not(HasSubstr("LTAI5t"))))
            << code << " " << member;
      }
      EXPECT_TRUE(failure.error_class == ErrorClass::kCredential ||
                  failure.error_class == ErrorClass::kInvalid);
    }
  }
}

}  // namespace
}  // namespace dtsop
