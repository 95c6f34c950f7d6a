#include "simulator/gateway.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

class EachSignature : public testing::TestWithParam<SignatureKind>, public Rig {
 protected:
  void SetUp() override { kind = GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Gateway, EachSignature,
                         testing::Values(SignatureKind::kV1, SignatureKind::kAcs3),
                         [](const auto& param) {
                           return param.param == SignatureKind::kV1 ? "V1" : "Acs3";
                         });

TEST_P(EachSignature, AcceptsAnyParameterBytes) {
  for (const char* value : {"a&b=c", "a+b c", "数据", "~*'()", "50%", "\n"}) {
    now += seconds(10);
    EXPECT_EQ(CodeOf(Call("DescribeDtsJobs", {{"DtsJobId", value}})), "") << value;
  }
}

TEST_P(EachSignature, AcceptsOtherEncodingsOfTheSameParameters) {
  HttpRequest request = Sign("DescribeDtsJobs", {{"Params", "a b*c~d"}});
  request.target = ReplaceAll(request.target, "a%20b%2Ac~d", "a+b*c%7Ed");
  EXPECT_EQ(CodeOf(Send(request)), "");
}

TEST_P(EachSignature, SignsTheMethod) {
  HttpRequest get = Sign("DescribeDtsJobs", {});
  get.method = "GET";
  EXPECT_EQ(CodeOf(Send(get)), "SignatureDoesNotMatch");
}

TEST_P(EachSignature, RefusesAWrongSecretAndShowsWhatItSigned) {
  credentials.access_key_secret = SecretString("other");
  const SimulatedReply reply = Call("StartDtsJob", "sync");
  EXPECT_EQ(reply.status, 400);
  const Json body = BodyOf(reply);
  EXPECT_EQ(body["Code"], "SignatureDoesNotMatch");
  EXPECT_EQ(body["HostId"], "dts.aliyuncs.com");
  EXPECT_FALSE(StringOr(body["Recommend"]).empty());
  EXPECT_THAT(StringOr(body["Message"]), testing::HasSubstr("DtsJobId"));
  EXPECT_EQ(Status("sync"), "NotStarted");
}

TEST_P(EachSignature, RefusesAChangedParameter) {
  HttpRequest request = Sign("StartDtsJob", {{"DtsJobId", "sync"}});
  request.target = ReplaceAll(request.target, "DtsJobId=sync", "DtsJobId=migration");
  EXPECT_EQ(CodeOf(Send(request)), "SignatureDoesNotMatch");
}

TEST_P(EachSignature, RefusesUnknownAndInactiveKeys) {
  credentials.access_key_id = "nobody";
  const SimulatedReply reply = Call("StartDtsJob", "sync");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(CodeOf(reply), "InvalidAccessKeyId.NotFound");

  credentials.access_key_id = "key";
  Account account = sim.gateway().AccountsOf("key").front();
  account.active = false;
  sim.gateway().PutAccount(account);
  EXPECT_EQ(Code("StartDtsJob", "sync"), "InvalidAccessKeyId.Inactive");
}

TEST_P(EachSignature, ChecksTheSecurityToken) {
  Account account = sim.gateway().AccountsOf("key").front();
  account.security_token = SecretString("to/ken+=");
  sim.gateway().PutAccount(account);
  EXPECT_EQ(Code("DescribeDtsJobDetail", "sync"), "MissingSecurityToken");
  credentials.security_token = SecretString("other");
  EXPECT_EQ(Code("DescribeDtsJobDetail", "sync"), "InvalidSecurityToken.MismatchWithAccessKey");
  credentials.security_token = SecretString("to/ken+=");
  EXPECT_EQ(Code("DescribeDtsJobDetail", "sync"), "");
  account.token_expired = true;
  sim.gateway().PutAccount(account);
  const SimulatedReply reply = Call("DescribeDtsJobDetail", "sync");
  EXPECT_EQ(CodeOf(reply), "InvalidSecurityToken.Expired");
  EXPECT_EQ(reply.status, 403);
}

TEST_P(EachSignature, AcceptsTimestampsWithin15MinutesOnly) {
  for (const Duration ok : {Duration(minutes(15)), -Duration(minutes(15))}) {
    skew = ok;
    EXPECT_EQ(Code("DescribeDtsJobDetail", "sync"), "");
  }
  for (const Duration bad : {Duration(seconds(901)), -Duration(seconds(901))}) {
    skew = bad;
    const SimulatedReply reply = Call("DescribeDtsJobDetail", "sync");
    EXPECT_EQ(CodeOf(reply), "InvalidTimeStamp.Expired");
    EXPECT_EQ(FindHeader(reply.headers, "Date"), "Tue, 24 Nov 2026 13:35:41 GMT");
  }
}

TEST_P(EachSignature, RefusesAReplayedNonce) {
  const HttpRequest request = Sign("DescribeDtsJobDetail", {{"DtsJobId", "sync"}});
  EXPECT_EQ(CodeOf(Send(request)), "");
  EXPECT_EQ(CodeOf(Send(request)), "SignatureNonceUsed");
  now += minutes(14);
  EXPECT_EQ(CodeOf(Send(request)), "SignatureNonceUsed");
}

// Two tenants whose access keys have one id: what tells them apart is the secret.
TEST_P(EachSignature, KnowsAccountsWithOneKeyIdByTheirSecrets) {
  Account second;
  second.account_id = "2000";
  second.access_key_id = "key";
  second.access_key_secret = SecretString("second");
  sim.gateway().PutAccount(second);
  JobConfig job;
  job.job_id = "others";
  job.account_id = "2000";
  sim.PutJob(job, now);
  EXPECT_EQ(Code("DescribeDtsJobDetail", "sync"), "");
  EXPECT_EQ(LastCall().account_id, "100000000000");
  EXPECT_EQ(Code("DescribeDtsJobDetail", "others"), "InvalidJobId");

  credentials.access_key_secret = SecretString("second");
  EXPECT_EQ(Code("DescribeDtsJobDetail", "sync"), "InvalidJobId");
  EXPECT_EQ(Code("DescribeDtsJobDetail", "others"), "");
  EXPECT_EQ(LastCall().account_id, "2000");

  credentials.access_key_secret = SecretString("mistyped");
  EXPECT_EQ(Code("DescribeDtsJobDetail", "others"), "SignatureDoesNotMatch");
  EXPECT_EQ(LastCall().account_id, "");
}

TEST_P(EachSignature, CountsQuotasOfAccountsWithOneKeyIdApart) {
  Account second;
  second.account_id = "2000";
  second.access_key_id = "key";
  second.access_key_secret = SecretString("second");
  second.denied_actions = {"SuspendDtsJob"};
  sim.gateway().PutAccount(second);
  for (int i = 0; i < 5; ++i) Call("StopDtsJob", "none");
  EXPECT_EQ(Code("StopDtsJob", "none"), "Throttling.User");
  EXPECT_EQ(Code("SuspendDtsJob", "none"), "InvalidJobId");
  credentials.access_key_secret = SecretString("second");
  EXPECT_EQ(Code("StopDtsJob", "none"), "InvalidJobId");
  EXPECT_EQ(Code("SuspendDtsJob", "none"), "Forbidden.RAM");
}

TEST_P(EachSignature, RefusesDeniedActions) {
  Account account = sim.gateway().AccountsOf("key").front();
  account.denied_actions = {"StopDtsJob"};
  sim.gateway().PutAccount(account);
  const SimulatedReply reply = Call("StopDtsJob", "sync");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(CodeOf(reply), "Forbidden.RAM");
  EXPECT_EQ(Code("DescribeDtsJobDetail", "sync"), "");
}

TEST_P(EachSignature, KnowsItsActionsAndItsVersion) {
  const SimulatedReply reply = Call("CreateDtsInstance", "sync");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(CodeOf(reply), "InvalidAction.NotFound");
  EXPECT_EQ(CodeOf(Send(SignRpc(kind, {"StartDtsJob", "2018-08-01", {}}, "https://h", credentials,
                                now, "n"))),
            "InvalidVersion");
}

TEST_P(EachSignature, ThrottlesPerAccountAndAction) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Code("StopDtsJob", "none"), "InvalidJobId");
  const SimulatedReply reply = Call("StopDtsJob", "none");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(CodeOf(reply), "Throttling.User");
  EXPECT_EQ(FindHeader(reply.headers, "x-ratelimit-user"), "Remain:0,TimeLeft:200");
  EXPECT_EQ(Code("SuspendDtsJob", "none"), "InvalidJobId") << "another action, another bucket";
  now += milliseconds(199);
  EXPECT_EQ(Code("StopDtsJob", "none"), "Throttling.User");
  now += milliseconds(1);
  EXPECT_EQ(Code("StopDtsJob", "none"), "InvalidJobId");
}

TEST_P(EachSignature, AWaitThatNobodyLivesToSeeEndIsTenYears) {
  sim.gateway().PutQuota("StopDtsJob", {1e-30, 1});
  EXPECT_EQ(Code("StopDtsJob", "none"), "InvalidJobId");
  EXPECT_EQ(FindHeader(Call("StopDtsJob", "none").headers, "x-ratelimit-user"),
            "Remain:0,TimeLeft:316224000000");
}

TEST_P(EachSignature, SharesTheQuotaOfAnAccountBetweenItsKeys) {
  Account second = sim.gateway().AccountsOf("key").front();
  second.access_key_id = "key2";
  sim.gateway().PutAccount(second);
  for (int i = 0; i < 5; ++i) Call("StopDtsJob", "none");
  credentials.access_key_id = "key2";
  EXPECT_EQ(Code("StopDtsJob", "none"), "Throttling.User");
}

TEST(GatewayAcs3, SignsExactlyTheNamedHeaders) {
  Rig rig;
  HttpRequest request = rig.Sign("DescribeDtsJobDetail", {{"DtsJobId", "sync"}});
  request.headers.emplace_back("User-Agent", "anything");
  EXPECT_EQ(Rig::CodeOf(rig.Send(request)), "");
  request = rig.Sign("DescribeDtsJobDetail", {{"DtsJobId", "sync"}});
  request.headers.emplace_back("x-acs-extra", "smuggled");
  EXPECT_EQ(Rig::CodeOf(rig.Send(request)), "IncompleteSignature");
}

TEST(GatewayAcs3, SignsTheBody) {
  Rig rig;
  HttpRequest request = rig.Sign("DescribeDtsJobDetail", {{"DtsJobId", "sync"}});
  request.body = "added";
  EXPECT_EQ(Rig::CodeOf(rig.Send(request)), "SignatureDoesNotMatch");
}

TEST(GatewayAcs3, ReadsSpacesInAuthorization) {
  Rig rig;
  HttpRequest request = rig.Sign("DescribeDtsJobDetail", {{"DtsJobId", "sync"}});
  for (auto& [name, value] : request.headers) {
    if (name == "authorization") value = ReplaceAll(value, ",", ", ");
  }
  EXPECT_EQ(Rig::CodeOf(rig.Send(request)), "");
}

TEST(Gateway, RefusesOtherMethodsAndPaths) {
  Rig rig;
  HttpRequest request = rig.Sign("DescribeDtsJobDetail", {{"DtsJobId", "sync"}});
  request.method = "PUT";
  EXPECT_EQ(Rig::CodeOf(rig.Send(request)), "UnsupportedHTTPMethod");
  request.method = "POST";
  request.target = "/api" + request.target;
  EXPECT_EQ(Rig::CodeOf(rig.Send(request)), "InvalidApi.NotFound");
}

TEST(Gateway, ForgetsOldNoncesAndStaysBounded) {
  Gateway gateway;
  ReceivedCall call;
  call.access_key_id = "key";
  WallTime now{hours(1)};
  for (size_t i = 0; i < kNoncesMax + 100; ++i) {
    call.nonce = std::to_string(i);
    gateway.RecordNonce(call, now);
  }
  // The only view on the memory: the oldest are accepted again, the newest are not.
  Account account;
  account.access_key_id = "key";
  account.access_key_secret = SecretString("secret");
  gateway.PutAccount(account);
  const auto verify = [&](const std::string& nonce) {
    const auto caller = gateway.Verify(
        ReadCall(SignRpc(SignatureKind::kAcs3, {"StartDtsJob", "2020-01-01", {}}, "https://h",
                         {"key", SecretString("secret"), SecretString()}, now, nonce)),
        now);
    return caller.has_value() ? "" : caller.error().code;
  };
  EXPECT_EQ(verify("0"), "");
  EXPECT_EQ(verify(std::to_string(kNoncesMax)), "SignatureNonceUsed");
  now += minutes(31);
  call.nonce = "new";
  gateway.RecordNonce(call, now);
  EXPECT_EQ(verify(std::to_string(kNoncesMax)), "");
}

}  // namespace
}  // namespace dtsop::simulator
