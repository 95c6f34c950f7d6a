// Files that change while OwnCredentials are in use.
#include "tests/unit/credentials/own_rig.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class OwnFiles : public OwnCredentialsTest {};

TEST_F(OwnFiles, OfAFileAreReadAgainWithinTenSeconds) {
  around_.files["/keys"] = "{accessKeyId: A, accessKeySecret: s}";
  Make("/keys");
  EXPECT_EQ(Get().credentials->access_key_id, "A");
  around_.files["/keys"] = "{accessKeyId: B, accessKeySecret: s}";
  EXPECT_EQ(own_->NextWakeup(), probe_.now.mono + seconds(10));
  After(seconds(10));
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(Get().credentials->access_key_id, "B");
}

TEST_F(OwnFiles, AFileThatGoesAwayOrBreaksDoesNotTakeThemAway) {
  const Result<std::optional<std::string>> good = "{accessKeyId: A, accessKeySecret: s}";
  around_.files["/keys"] = good;
  Make("/keys");
  Get();
  for (const Result<std::optional<std::string>>& broken :
       {Result<std::optional<std::string>>(std::nullopt),
        Result<std::optional<std::string>>(Fail("I/O error")),
        Result<std::optional<std::string>>("{: ["),
        Result<std::optional<std::string>>("{accessKeyId: A}")}) {
    around_.files["/keys"] = broken;
    After(seconds(10));
    EXPECT_EQ(Get().credentials->access_key_id, "A");
  }
  around_.files["/keys"] = "{accessKeyId: B, accessKeySecret: s}";
  After(seconds(10));
  EXPECT_EQ(Get().credentials->access_key_id, "B");
}

TEST_F(OwnFiles, AFileThatAppearsEndsTheWaiting) {
  Make("/keys");
  EXPECT_THAT(Get().problem, HasSubstr("- credentials file: /keys does not exist"));
  around_.files["/keys"] = "{accessKeyId: A, accessKeySecret: s}";
  After(seconds(10));
  EXPECT_EQ(changes_, 1);
  EXPECT_TRUE(Get().credentials);
}

TEST_F(OwnFiles, ACliProfileThatAppearsIsUsedBeforeTheProvidersBehindIt) {
  around_.variables = {{"HOME", "/home/me"},
                       {"ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"},
                       {"ALIBABA_CLOUD_CREDENTIALS_URI", "http://keys.example/"}};
  Make();
  Get();
  Json body = Temporary();
  body["Expiration"] = FormatRfc3339(probe_.now.wall + hours(6));
  probe_.Answer(200, DumpJson(body));
  EXPECT_EQ(Get().credentials->access_key_id, "STS.id");
  around_.files["/home/me/.aliyun/config.json"] =
      R"({"current":"a","profiles":[)"
      R"({"name":"a","mode":"AK","access_key_id":"A","access_key_secret":"s"}]})";
  After(seconds(10));
  EXPECT_EQ(Get().credentials->access_key_id, "A");
}

TEST_F(OwnFiles, ANewOidcTokenIsExchangedAtOnce) {
  WithOidc();
  Get();
  Grant("first");
  around_.files["/token"] = "d.e.f";
  After(seconds(10));
  EXPECT_THAT(probe_.Take().body, HasSubstr("OIDCToken=d.e.f"));
  EXPECT_EQ(Token(), "first");
}

}  // namespace
}  // namespace dtsop
