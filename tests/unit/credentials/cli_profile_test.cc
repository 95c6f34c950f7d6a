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

TEST_F(CliProfile, ACircleOfSourcesEnds) {
  Write({Json({{"name", "one"}, {"mode", "ChainableRamRoleArn"}, {"source_profile", "one"}})});
  EXPECT_THAT(Failure(Read()), HasSubstr("too many sources"));
}

TEST_F(CliProfile, WhatCannotBeUsedIsNamedWithoutAnyValue) {
  Json malformed = Keys("one", "AK");
  malformed["access_key_secret"] = "hunter2 x";
  for (const Json& profile :
       {malformed, Keys("one", "CloudSSO"), Keys("one", ""), Json({{"name", "one"}}),
        Json({{"name", "one"}, {"mode", 7}, {"access_key_secret", "hunter2"}}),
        Json({{"name", "one"}, {"mode", "AK"}, {"access_key_id", {"hunter2"}}})}) {
    Write({profile});
    const std::string why = Failure(Read());
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
