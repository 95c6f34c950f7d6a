#include "credentials/provider.h"

#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(DefaultProviders, AreThoseOfTheSdksInTheirOrder) {
  std::vector<std::string_view> names;
  for (const Provider& provider : DefaultProviders("")) names.push_back(provider.name);
  EXPECT_THAT(names, ElementsAre("environment", "OIDC", "CLI profile", "ini profile",
                                 "instance metadata", "credentials URI"));
}

TEST(DefaultProviders, AFileThatIsNamedIsTheOnlyOne) {
  const auto providers = DefaultProviders("/keys");
  ASSERT_EQ(providers.size(), 1U);
  EXPECT_EQ(providers[0].name, "credentials file");
}

class Environment : public ProviderTest {};

TEST_F(Environment, GivesAllThreeVariablesWithoutTheirLineBreaks) {
  EXPECT_THAT(Skip(FromEnvironment(Context(), now_)), HasSubstr("ALIBABA_CLOUD_ACCESS_KEY_ID"));
  Set("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI\n");
  Set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s3cret");
  ExpectGrant(FromEnvironment(Context(), now_), "LTAI", "");
  Set("ALIBABA_CLOUD_SECURITY_TOKEN", " token\r\n");
  const Step step = FromEnvironment(Context(), now_);
  ExpectGrant(step, "LTAI", "token");
  EXPECT_FALSE(std::get<Grant>(step).lifetime);
}

TEST_F(Environment, HalfAPairIsAFailureAndNotSkipped) {
  Set("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI");
  EXPECT_THAT(Failure(FromEnvironment(Context(), now_)), HasSubstr("has no AccessKeySecret"));
  around_.variables = {{"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hunter2"}};
  EXPECT_THAT(Failure(FromEnvironment(Context(), now_)), HasSubstr("has no AccessKeyId"));
}

TEST_F(Environment, WhatCannotBeAKeyIsNamedAndNotQuoted) {
  Set("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI");
  for (const auto& [secret, fault] :
       {std::pair{"hunter2\nX-Evil: 1", "spaces or other characters"},
        std::pair{"\"hunter2\"", "quotation marks"}, std::pair{"hunter2'", "quotation marks"},
        std::pair{"\xEF\xBB\xBFhunter2", "byte order mark"}}) {
    Set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret);
    const std::string why = Refusal(FromEnvironment(Context(), now_));
    EXPECT_THAT(why, HasSubstr("malformed AccessKeySecret: "));
    EXPECT_THAT(why, HasSubstr(fault));
    EXPECT_THAT(why, Not(HasSubstr("hunter2")));
  }
}

class CredentialsFile : public ProviderTest {
 protected:
  Step Read() { return FromCredentialsFile(Context(), "/keys"); }
};

TEST_F(CredentialsFile, IsYamlOrJson) {
  for (const char* text : {"accessKeyId: LTAI\naccessKeySecret: s3cret\nsecurityToken: t\n",
                           R"({"accessKeyId":"LTAI","accessKeySecret":"s","securityToken":"t"})"}) {
    around_.files["/keys"] = text;
    ExpectGrant(Read(), "LTAI", "t");
  }
}

TEST_F(CredentialsFile, ThatIsMissingOrUnreadableIsNamed) {
  EXPECT_THAT(Failure(Read()), HasSubstr("/keys does not exist"));
  around_.files["/keys"] = Fail("/keys can't be read: Input/output error");
  EXPECT_THAT(Failure(Read()), HasSubstr("Input/output error"));
}

TEST_F(CredentialsFile, WhatIsWrongIsNamedWithoutAnyValue) {
  for (const char* text :
       {"", "{: [", "accessKeyId: LTAI\n", "accessKeyId: LTAI\naccessKeySecret: ''\n", "[]", "7",
        "accessKeyId: LTAI\naccessKeySecret: \"hunter2\\nX-Evil: 1\"\n",
        "accessKeyId: LTAI\naccessKeySecret: s\nsecurityToken: \"hunter2 x\"\n"}) {
    around_.files["/keys"] = text;
    const std::string why = Failure(Read());
    EXPECT_THAT(why, HasSubstr("/keys")) << text;
    EXPECT_THAT(why, Not(HasSubstr("hunter2"))) << text;
  }
}

}  // namespace
}  // namespace dtsop
