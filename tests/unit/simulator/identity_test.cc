#include "simulator/identity.h"

#include "simulator/config.h"
#include "simulator/control.h"
#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

using testing::HasSubstr;
using testing::Not;

class IdentityTest : public testing::Test {
 protected:
  static constexpr char kRoles[] = "/latest/meta-data/ram/security-credentials/";

  SimulatedReply Ask(const std::string& method, const std::string& target, HttpHeaders headers = {},
                     const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    request.headers.emplace_back("host", "127.0.0.1");
    request.body = body;
    return rig_.Send(request);
  }
  SimulatedReply AskOidc(const std::string& token = "a.b.c", const std::string& role = "arn",
                         const std::string& lasting = "3600") {
    return Ask("POST", "/?Action=AssumeRoleWithOIDC&Version=2015-04-01&Format=JSON",
               {{"content-type", "application/x-www-form-urlencoded"}},
               EncodeQuery({{"RoleArn", role},
                            {"RoleSessionName", "s"},
                            {"OIDCProviderArn", "p"},
                            {"OIDCToken", token},
                            {"DurationSeconds", lasting}}));
  }
  static Credentials KeysIn(const Json& fields) {
    return {StringOr(Member(fields, "AccessKeyId")),
            SecretString(StringOr(Member(fields, "AccessKeySecret"))),
            SecretString(StringOr(Member(fields, "SecurityToken")))};
  }
  // The answer of DTS to a call with these keys: "" or a code.
  std::string Use(const Credentials& keys) {
    rig_.credentials = keys;
    return rig_.Code("DescribeDtsJobDetail", "sync");
  }
  Json Control(const std::string& method, const std::string& target, const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    const ControlReply reply = HandleControl(request, rig_.now, &rig_.sim);
    EXPECT_EQ(reply.status, 200) << DumpJson(reply.body);
    return reply.body;
  }

  Rig rig_;
};

TEST_F(IdentityTest, StsGivesKeysForAnOidcToken) {
  const Json body = BodyOf(AskOidc());
  const Json& fields = Member(body, "Credentials");
  EXPECT_EQ(Member(fields, "Expiration"), FormatRfc3339(rig_.now + hours(1)));
  EXPECT_EQ(Use(KeysIn(fields)), "");
  EXPECT_EQ(rig_.sim.calls().records().front().action, "AssumeRoleWithOIDC");
}

TEST_F(IdentityTest, KeysNeedTheirOwnTokenAndEndInTime) {
  const Json body = BodyOf(AskOidc());
  const Credentials keys = KeysIn(Member(body, "Credentials"));
  Credentials wrong = keys;
  wrong.security_token = SecretString("other");
  EXPECT_EQ(Use(wrong), "InvalidSecurityToken.MismatchWithAccessKey");
  wrong.security_token = SecretString();
  EXPECT_EQ(Use(wrong), "MissingSecurityToken");
  rig_.now += hours(1) - seconds(1);
  EXPECT_EQ(Use(keys), "");
  rig_.now += seconds(1);
  EXPECT_EQ(Use(keys), "InvalidSecurityToken.Expired");
}

TEST_F(IdentityTest, LifetimesPassWithJobTimeAndTheAnswerSaysSo) {
  rig_.sim.SetSpeed(60, rig_.now);
  const Json body = BodyOf(AskOidc());
  const Json& fields = Member(body, "Credentials");
  EXPECT_EQ(Member(fields, "Expiration"), FormatRfc3339(rig_.now + minutes(1)));
  rig_.now += seconds(61);
  EXPECT_EQ(Use(KeysIn(fields)), "InvalidSecurityToken.Expired");
  const Json next = BodyOf(AskOidc());
  Control("POST", "/clock", R"({"advance": "1h"})");
  EXPECT_EQ(Use(KeysIn(Member(next, "Credentials"))), "InvalidSecurityToken.Expired");
}

TEST_F(IdentityTest, ALifetimeBeyondAllTimeIsToldAsTenYears) {
  rig_.sim.SetSpeed(1e-9, rig_.now);
  EXPECT_EQ(Member(BodyOf(AskOidc()), "Credentials", "Expiration"),
            FormatRfc3339(rig_.now + kDurationMax));
}

TEST_F(IdentityTest, StsRefusesWhatItDoesNotKnow) {
  Control("PATCH", "/identity", R"({"oidcTokens": ["good"], "roles": ["arn"], "lifetime": "20m"})");
  EXPECT_EQ(Rig::CodeOf(AskOidc("good")), "");
  EXPECT_EQ(Rig::CodeOf(AskOidc("bad")), "AuthenticationFail.OIDCToken.Invalid");
  EXPECT_EQ(Rig::CodeOf(AskOidc("good", "other")), "EntityNotExist.Role");
  EXPECT_EQ(Rig::CodeOf(AskOidc("good", "")), "MissingRoleArn");
  EXPECT_EQ(Rig::CodeOf(AskOidc("", "arn")), "MissingOIDCToken");
  for (const char* lasting : {"899", "x", "-900"}) {
    EXPECT_EQ(Rig::CodeOf(AskOidc("good", "arn", lasting)), "InvalidParameter.DurationSeconds");
  }
  const Json body = BodyOf(AskOidc("good"));
  EXPECT_EQ(Member(body, "Credentials", "Expiration"), FormatRfc3339(rig_.now + minutes(20)));
}

TEST_F(IdentityTest, AssumeRoleMustBeSignedInEitherWay) {
  for (const SignatureKind kind : {SignatureKind::kAcs3, SignatureKind::kV1}) {
    const auto sign = [&](const Credentials& keys) {
      return SignRpc(kind,
                     {"AssumeRole", "2015-04-01", {{"RoleArn", "arn"}, {"RoleSessionName", "s"}}},
                     "http://127.0.0.1", keys, rig_.now, rig_.random.Hex128());
    };
    const Credentials own{"key", SecretString("secret"), SecretString()};
    const Json body = BodyOf(rig_.Send(sign(own)));
    const Credentials keys = KeysIn(Member(body, "Credentials"));
    EXPECT_EQ(Use(keys), "");
    EXPECT_EQ(Rig::CodeOf(rig_.Send(sign(keys))), "") << "temporary keys may sign as well";
    EXPECT_EQ(Rig::CodeOf(rig_.Send(sign({"key", SecretString("wrong"), SecretString()}))),
              "SignatureDoesNotMatch");
  }
}

TEST_F(IdentityTest, MetadataGivesTheRoleOfTheInstance) {
  const SimulatedReply token =
      Ask("PUT", "/latest/api/token", {{"X-aliyun-ecs-metadata-token-ttl-seconds", "21600"}});
  const HttpHeaders with = {{"X-aliyun-ecs-metadata-token", token.body}};
  EXPECT_EQ(Ask("GET", kRoles, with).body, "dts-simulator");
  const Json body = BodyOf(Ask("GET", std::string(kRoles) + "dts-simulator", with));
  EXPECT_EQ(Member(body, "Code"), "Success");
  EXPECT_EQ(Use(KeysIn(body)), "");
  EXPECT_EQ(Ask("GET", std::string(kRoles) + "other", with).status, 404);
  EXPECT_EQ(Ask("GET", kRoles, {{"X-aliyun-ecs-metadata-token", "forged"}}).status, 401);
  EXPECT_EQ(Ask("PUT", "/latest/api/token").status, 400);
  EXPECT_EQ(Ask("GET", kRoles).status, 200) << "version 1";
}

TEST_F(IdentityTest, EachVersionOfMetadataCanBeSwitchedOff) {
  Control("PATCH", "/identity", R"({"metadataV1": false, "metadataV2": false})");
  EXPECT_EQ(Ask("GET", kRoles).status, 401);
  EXPECT_EQ(
      Ask("PUT", "/latest/api/token", {{"X-aliyun-ecs-metadata-token-ttl-seconds", "1"}}).status,
      404);
  Control("PATCH", "/identity", R"({"metadataV1": true, "instanceRole": ""})");
  EXPECT_EQ(Ask("GET", kRoles).status, 404);
}

TEST_F(IdentityTest, TheUriGivesKeys) {
  EXPECT_EQ(Use(KeysIn(BodyOf(Ask("GET", "/credentials")))), "");
}

TEST_F(IdentityTest, AllKeysCanBeEndedAndAreShownWithoutSecrets) {
  const Json first = BodyOf(Ask("GET", "/credentials"));
  const Json shown = Control("POST", "/identity/expire");
  EXPECT_EQ(Use(KeysIn(first)), "InvalidSecurityToken.Expired");
  const Json second = BodyOf(Ask("GET", "/credentials"));
  EXPECT_EQ(Use(KeysIn(second)), "");
  Control("POST", "/identity/revoke");
  EXPECT_EQ(Use(KeysIn(second)), "InvalidAccessKeyId.Inactive");
  EXPECT_EQ(Member(shown, "issued").size(), 1U);
  EXPECT_TRUE(BoolOr(Member(shown["issued"][0], "over"), false));
  EXPECT_THAT(DumpJson(shown), Not(HasSubstr(StringOr(Member(first, "AccessKeySecret")))));
  EXPECT_THAT(DumpJson(shown), Not(HasSubstr(StringOr(Member(first, "SecurityToken")))));
}

TEST_F(IdentityTest, FaultsStrikeItByActionToo) {
  Control(
      "POST", "/faults",
      R"([{"action":"AssumeRoleWithOIDC","effect":"error","error":{"code":"ServiceUnavailable"}},
              {"action":"InstanceMetadata","effect":"garbage","garbage":"html"},
              {"action":"CredentialsUri","effect":"lostReply"}])");
  EXPECT_EQ(AskOidc().status, 500);
  EXPECT_EQ(Rig::CodeOf(AskOidc()), "");
  EXPECT_THAT(Ask("GET", kRoles).body, HasSubstr("<html"));
  EXPECT_EQ(Ask("GET", "/credentials").delivery, Delivery::kLostReply);
}

TEST_F(IdentityTest, TheConfigurationIsReadWithPathsInItsFaults) {
  const auto settings =
      ParseConfig("identity: {lifetime: 90s, oidcTokens: [a], metadataV1: false}");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->identity.lifetime, seconds(90));
  EXPECT_FALSE(settings->identity.metadata_v1);
  EXPECT_THAT(ParseConfig("identity: {lifetime: soon}").error().message,
              HasSubstr("identity.lifetime"));
}

TEST_F(IdentityTest, TheOldestKeysAreForgottenWhenThereAreTooMany) {
  const Credentials first = KeysIn(BodyOf(Ask("GET", "/credentials")));
  for (size_t i = 0; i < kIssuedKeysMax; ++i) Ask("GET", "/credentials");
  EXPECT_EQ(rig_.sim.identity().issued().size(), kIssuedKeysMax);
  EXPECT_EQ(Use(first), "InvalidAccessKeyId.NotFound");
}

}  // namespace
}  // namespace dtsop::simulator
