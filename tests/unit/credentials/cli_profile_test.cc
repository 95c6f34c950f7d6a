#include "credentials/provider.h"
#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

class CliProfile : public ProviderTest {
 protected:
  CliProfile() { Set("HOME", "/home/me"); }
  Step Read() { return FromCliProfile(Context(), now_); }
  // The file with these profiles; the first is the current one.
  void Write(const std::vector<Json>& profiles) {
    around_.files["/home/me/.aliyun/config.json"] =
        DumpJson({{"current", StringOr(Member(profiles[0], "name"))}, {"profiles", profiles}});
  }
  static Json Keys(const std::string& name, const std::string& mode) {
    return {{"name", name},
            {"mode", mode},
            {"access_key_id", "LTAI-" + name},
            {"access_key_secret", "s3cret"}};
  }
};

TEST_F(CliProfile, IsSkippedWhereThereIsNone) {
  EXPECT_EQ(Skip(Read()), "/home/me/.aliyun/config.json does not exist");
  around_.variables.clear();
  EXPECT_EQ(Skip(Read()), "HOME is not set");
  Set("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true");
  EXPECT_THAT(Skip(Read()), HasSubstr("switched off"));
}

TEST_F(CliProfile, IsInTheFileThatIsNamed) {
  Set("ALIBABA_CLOUD_CONFIG_FILE", "/etc/aliyun.json");
  EXPECT_EQ(Failure(Read()), "/etc/aliyun.json does not exist");
  around_.files["/etc/aliyun.json"] =
      DumpJson({{"profiles", Json::array({Keys("default", "AK")})}});
  EXPECT_THAT(Failure(Read()), HasSubstr("names no current profile"));
  Set("ALIBABA_CLOUD_PROFILE", "default");
  ExpectGrant(Read(), "LTAI-default", "");
}

TEST_F(CliProfile, IsTheCurrentOneOrThatOfTheEnvironment) {
  Write({Keys("one", "AK"), Keys("two", "AK")});
  ExpectGrant(Read(), "LTAI-one", "");
  Set("ALIBABA_CLOUD_PROFILE", "two");
  ExpectGrant(Read(), "LTAI-two", "");
  Set("ALIBABA_CLOUD_PROFILE", "three");
  EXPECT_EQ(Failure(Read()), "/home/me/.aliyun/config.json, profile \"three\": does not exist");
}

TEST_F(CliProfile, OfModeStsTokenHasAToken) {
  Json profile = Keys("one", "StsToken");
  profile["sts_token"] = "token";
  Write({profile});
  ExpectGrant(Read(), "LTAI-one", "token");
}

TEST_F(CliProfile, OfModeRamRoleArnAssumesTheRole) {
  Json profile = Keys("one", "RamRoleArn");
  profile.update({{"ram_role_arn", "acs:ram::1:role/dts"},
                  {"ram_session_name", "cli"},
                  {"expired_seconds", 900},
                  {"external_id", "ext"},
                  {"sts_region", "cn-beijing"},
                  {"enable_vpc", true}});
  Write({profile});
  const Step step = Read();
  EXPECT_EQ(Request(step).origin, "https://sts-vpc.cn-beijing.aliyuncs.com");
  EXPECT_THAT(Request(step).target, HasSubstr("DurationSeconds=900"));
  EXPECT_THAT(Request(step).target, HasSubstr("RoleSessionName=cli"));
  EXPECT_THAT(Request(step).target, HasSubstr("ExternalId=ext"));
  EXPECT_THAT(std::string(FindHeader(Request(step).headers, "authorization")),
              HasSubstr("Credential=LTAI-one,"));
  ExpectGrant(Answer(step, AnswerOf(200, DumpJson({{"Credentials", Temporary()}}))), "STS.id",
              "sts-token");
  EXPECT_THAT(Failure(Answer(step, AnswerOf(403, R"({"Code":"NoPermission","Message":"m"})"))),
              HasSubstr("profile \"one\": sts-vpc.cn-beijing.aliyuncs.com refused"));
}

TEST_F(CliProfile, OfModeEcsRamRoleAsksTheMetadataService) {
  Write({Json({{"name", "one"}, {"mode", "EcsRamRole"}, {"ram_role_name", "worker"}})});
  Step step = Read();
  EXPECT_EQ(Request(step).target, "/latest/api/token");
  step = Answer(step, AnswerOf(200, "session"));
  EXPECT_EQ(Request(step).target, "/latest/meta-data/ram/security-credentials/worker");
}

TEST_F(CliProfile, OfModeOidcReadsItsOwnTokenFile) {
  Write({Json({{"name", "one"},
               {"mode", "OIDC"},
               {"ram_role_arn", "acs:ram::1:role/dts"},
               {"oidc_provider_arn", "acs:ram::1:oidc-provider/p"},
               {"oidc_token_file", "/token"}})});
  EXPECT_THAT(Failure(Read()), HasSubstr("/token does not exist"));
  around_.files["/token"] = "a.b.c";
  EXPECT_THAT(Request(Read()).body, HasSubstr("OIDCToken=a.b.c"));
}

TEST_F(CliProfile, OfModeChainableRamRoleArnTakesTheKeysOfAnother) {
  Json chained = {{"name", "one"},
                  {"mode", "ChainableRamRoleArn"},
                  {"source_profile", "two"},
                  {"ram_role_arn", "acs:ram::1:role/outer"}};
  Json source = Keys("two", "RamRoleArn");
  source["ram_role_arn"] = "acs:ram::1:role/inner";
  Write({chained, source});
  Step step = Read();
  EXPECT_THAT(Request(step).target, HasSubstr("role%2Finner"));
  step = Answer(step, AnswerOf(200, DumpJson({{"Credentials", Temporary()}})));
  EXPECT_THAT(Request(step).target, HasSubstr("role%2Fouter"));
  EXPECT_EQ(FindHeader(Request(step).headers, "x-acs-security-token"), "sts-token");
}

TEST_F(CliProfile, TakesFromTheEnvironmentWhatItLeavesOut) {
  Set("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/env");
  Set("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/env");
  Set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/token");
  Set("ALIBABA_CLOUD_ECS_METADATA", "worker");
  around_.files["/token"] = "a.b.c";
  Write({Keys("one", "RamRoleArn")});
  EXPECT_THAT(Request(Read()).target, HasSubstr("role%2Fenv"));
  Write({Json({{"name", "one"}, {"mode", "OIDC"}})});
  EXPECT_THAT(Request(Read()).body, HasSubstr("oidc-provider%2Fenv"));
  Write({Json({{"name", "one"}, {"mode", "EcsRamRole"}})});
  EXPECT_EQ(Request(Answer(Read(), AnswerOf(200, "session"))).target,
            "/latest/meta-data/ram/security-credentials/worker");
}

TEST_F(CliProfile, OfModeEcsRamRoleHonoursTheSwitchOfTheMetadataService) {
  Set("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
  Write({Json({{"name", "one"}, {"mode", "EcsRamRole"}, {"ram_role_name", "worker"}})});
  EXPECT_THAT(Failure(Read()), HasSubstr("switched off by ALIBABA_CLOUD_ECS_METADATA_DISABLED"));
}

TEST_F(CliProfile, AModeThatIsNotUsedIsRefusedWithItsNameAndWhatToDo) {
  Write({Keys("one", "External")});
  EXPECT_EQ(Refusal(Read()),
            "/home/me/.aliyun/config.json, profile \"one\": the mode External runs a program, "
            "which the operator does not: put the keys that it prints into a Secret, or use "
            "another mode");
  Write({Json({{"name", "outer"}, {"mode", "ChainableRamRoleArn"}, {"source_profile", "one"}}),
         Keys("one", "Browser")});
  EXPECT_THAT(Refusal(Read()), HasSubstr("the mode \"Browser\", which the operator can't use"));
}

TEST_F(CliProfile, ACircleOfSourcesEnds) {
  Write({Json({{"name", "one"}, {"mode", "ChainableRamRoleArn"}, {"source_profile", "one"}})});
  EXPECT_THAT(Failure(Read()), HasSubstr("too many sources"));
}

TEST_F(CliProfile, WhatCannotBeUsedIsNamedWithoutAnyValue) {
  Json malformed = Keys("one", "AK");
  malformed["access_key_secret"] = "hunter2 x";
  Json quoted = Keys("one", "AK");
  quoted["access_key_secret"] = "'hunter2'";
  for (const Json& profile :
       {malformed, quoted, Keys("one", "Browser"), Keys("one", ""), Json({{"name", "one"}}),
        Json({{"name", "one"}, {"mode", 7}, {"access_key_secret", "hunter2"}}),
        Json({{"name", "one"}, {"mode", "AK"}, {"access_key_id", {"hunter2"}}})}) {
    Write({profile});
    const std::string why = WhyNot(Read());
    EXPECT_THAT(why, HasSubstr("profile \"one\": has")) << DumpJson(profile);
    EXPECT_THAT(why, Not(HasSubstr("hunter2")));
  }
  for (const char* text : {"", "hunter2", "[\"hunter2\"]", "{\"profiles\":\"hunter2\"}",
                           "{\"profiles\":[\"hunter2\",7,null]}"}) {
    around_.files["/home/me/.aliyun/config.json"] = text;
    const std::string why = Failure(Read());
    EXPECT_THAT(why, HasSubstr("/home/me/.aliyun/config.json")) << text;
    EXPECT_THAT(why, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace dtsop
