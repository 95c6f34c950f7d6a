#include "credentials/provider.h"
#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kPath[] = "/home/me/.alibabacloud/credentials";

class IniProfile : public ProviderTest {
 protected:
  IniProfile() { Set("HOME", "/home/me"); }
  Step Read() { return FromIniProfile(Context(), now_); }
  void Write(const std::string& text) { around_.files[kPath] = text; }
};

TEST_F(IniProfile, IsSkippedWhereThereIsNone) {
  EXPECT_EQ(Skip(Read()), std::string(kPath) + " does not exist");
  around_.variables.clear();
  EXPECT_EQ(Skip(Read()), "HOME is not set");
}

TEST_F(IniProfile, IsTheDefaultOrThatOfTheEnvironment) {
  Write(
      "[default]\nenable = true\ntype = access_key\naccess_key_id = LTAI\naccess_key_secret = s\n"
      "[other]\ntype = access_key\naccess_key_id = LTAI-other\naccess_key_secret = s\n");
  ExpectGrant(Read(), "LTAI", "");
  Set("ALIBABA_CLOUD_PROFILE", "other");
  ExpectGrant(Read(), "LTAI-other", "");
  Set("ALIBABA_CLOUD_PROFILE", "third");
  EXPECT_EQ(Failure(Read()), std::string(kPath) + ", section \"third\": does not exist");
}

TEST_F(IniProfile, IsInTheFileThatIsNamed) {
  Set("ALIBABA_CLOUD_CREDENTIALS_FILE", "/keys.ini");
  EXPECT_EQ(Failure(Read()), "/keys.ini does not exist");
  around_.files["/keys.ini"] =
      "[default]\ntype=sts\naccess_key_id=STS.x\naccess_key_secret=s\nsecurity_token=t\n";
  ExpectGrant(Read(), "STS.x", "t");
}

TEST_F(IniProfile, OfARoleAsksSts) {
  Write(
      "[default]\ntype = ram_role_arn\naccess_key_id = LTAI\naccess_key_secret = s\n"
      "role_arn = acs:ram::1:role/dts\nrole_session_name = me\npolicy = {}\n");
  const HttpRequest request = Request(Read());
  EXPECT_EQ(request.origin, "https://sts.aliyuncs.com");
  EXPECT_THAT(request.target, HasSubstr("RoleArn=acs%3Aram%3A%3A1%3Arole%2Fdts"));
  EXPECT_THAT(request.target, HasSubstr("RoleSessionName=me"));
  EXPECT_THAT(request.target, HasSubstr("Policy=%7B%7D"));
  around_.files["/token"] = "a.b.c";
  Write(
      "[default]\ntype = oidc_role_arn\nrole_arn = acs:ram::1:role/dts\n"
      "oidc_provider_arn = acs:ram::1:oidc-provider/p\noidc_token_file_path = /token\n");
  EXPECT_THAT(Request(Read()).body, HasSubstr("OIDCToken=a.b.c"));
}

TEST_F(IniProfile, OfTheInstanceHonoursTheSwitch) {
  Write("[default]\ntype = ecs_ram_role\nrole_name = worker\n");
  EXPECT_EQ(Request(Read()).target, "/latest/api/token");
  Set("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "TRUE");
  EXPECT_THAT(Failure(Read()), HasSubstr("switched off"));
}

TEST_F(IniProfile, WhatCannotBeUsedIsNamedWithoutAnyValue) {
  const std::string keys = "access_key_id = LTAI\naccess_key_secret = hunter2\n";
  for (const auto& [text, why] :
       {std::pair{std::string("hunter2"), "line 1: neither"}, std::pair{keys, "does not exist"},
        std::pair{"[default]\n" + keys, "has no type"},
        std::pair{"[default]\ntype = ram_role_arn\n" + keys, "has no role_arn"},
        std::pair{"[default]\ntype = sts\n" + keys, "has no security_token"},
        std::pair{std::string("[default]\ntype = access_key\naccess_key_secret = hunter2\n"),
                  "has no AccessKeyId"}}) {
    Write(text);
    EXPECT_THAT(Failure(Read()), HasSubstr(why)) << text;
    EXPECT_THAT(Failure(Read()), Not(HasSubstr("hunter2"))) << text;
  }
  for (const auto& [text, why] :
       {std::pair{
            "[default]\ntype = rsa_key_pair\n" + keys,
            "section \"default\": has the type \"rsa_key_pair\", which the operator can't use"},
        std::pair{"[default]\ntype = bearer\n" + keys, "has the type \"bearer\""},
        std::pair{std::string("[default]\ntype = access_key\naccess_key_id = `hunter2`\n"),
                  "line 3 holds a value in backquotes"},
        std::pair{"[default]\ntype = access_key\naccess_key_id = \"hunter2\n" + keys.substr(21),
                  "quotation marks"}}) {
    Write(text);
    EXPECT_THAT(Refusal(Read()), HasSubstr(why)) << text;
    EXPECT_THAT(Refusal(Read()), Not(HasSubstr("hunter2"))) << text;
  }
}

}  // namespace
}  // namespace dtsop
