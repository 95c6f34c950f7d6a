#include "credentials/provider.h"
#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

// Profiles of the modes CloudSSO and OAuth, signed in to for an hour, with keys for half of it.
class SignIn : public ProviderTest {
 protected:
  SignIn() { Set("HOME", "/home/me"); }
  Step Read() {
    around_.files["/home/me/.aliyun/config.json"] =
        DumpJson({{"current", "one"}, {"profiles", Json::array({profile_})}});
    return FromCliProfile(Context(), now_);
  }
  int64_t In(Duration time) const { return (now_.wall + time).time_since_epoch() / seconds(1); }
  void CloudSso() {
    profile_ = {{"name", "one"},
                {"mode", "CloudSSO"},
                {"cloud_sso_sign_in_url", "https://signin.example.com/device/login"},
                {"cloud_sso_account_id", "1"},
                {"cloud_sso_access_config", "ac-1"},
                {"access_token", "hunter2-access"},
                {"cloud_sso_access_token_expire", In(hours(1))}};
    Cache(minutes(30));
  }
  void Oauth() {
    profile_ = {{"name", "one"},
                {"mode", "OAuth"},
                {"oauth_site_type", "CN"},
                {"oauth_access_token", "hunter2-access"},
                {"oauth_refresh_token", "hunter2-refresh"},
                {"oauth_access_token_expire", In(hours(1))}};
    Cache(minutes(30));
  }
  void Cache(Duration left) {
    profile_.update({{"access_key_id", "STS.cached"},
                     {"access_key_secret", "s"},
                     {"sts_token", "t"},
                     {"sts_expiration", In(left)}});
  }

  Json profile_;
};

TEST_F(SignIn, TheKeysInTheFileAreTakenWhileTheyAreGood) {
  for (const bool oauth : {false, true}) {
    oauth ? Oauth() : CloudSso();
    const Step step = Read();
    ExpectGrant(step, "STS.cached", "t");
    EXPECT_EQ(std::get<Grant>(step).lifetime, minutes(30));
  }
}

TEST_F(SignIn, ThenTheAccessTokenIsExchanged) {
  CloudSso();
  Cache(minutes(2));
  Step step = Read();
  EXPECT_EQ(Request(step).origin, "https://signin.example.com");
  EXPECT_EQ(Request(step).target, "/cloud-credentials");
  EXPECT_EQ(FindHeader(Request(step).headers, "authorization"), "Bearer hunter2-access");
  EXPECT_EQ(ParseJson(Request(step).body).value_or(Json()),
            Json({{"AccountId", "1"}, {"AccessConfigurationId", "ac-1"}}));
  ExpectGrant(Answer(step, AnswerOf(200, DumpJson({{"CloudCredential", Temporary()}}))), "STS.id",
              "sts-token");
  Oauth();
  profile_.erase("sts_expiration");
  step = Read();
  EXPECT_EQ(Request(step).origin, "https://oauth.aliyun.com");
  EXPECT_EQ(Request(step).target, "/v1/exchange");
  ExpectGrant(Answer(step, AnswerOf(200, DumpJson({{"accessKeyId", "STS.id"},
                                                   {"accessKeySecret", "s"},
                                                   {"securityToken", "sts-token"},
                                                   {"expiration", "2026-11-24T14:00:00Z"}}))),
              "STS.id", "sts-token");
  for (const std::string& body : BadBodies()) {
    const std::string why = Failure(Answer(step, AnswerOf(200, body)));
    EXPECT_THAT(why, HasSubstr("oauth.aliyun.com")) << body;
    EXPECT_THAT(why, Not(HasSubstr("hunter2"))) << body;
  }
}

TEST_F(SignIn, ThatHasExpiredIsRefusedAndSaysToSignInAgain) {
  CloudSso();
  profile_["cloud_sso_access_token_expire"] = In(seconds(-1));
  ExpectGrant(Read(), "STS.cached", "t");
  Cache(seconds(90));
  ExpectGrant(Read(), "STS.cached", "t");
  Cache(seconds(-1));
  EXPECT_EQ(Refusal(Read()),
            "/home/me/.aliyun/config.json, profile \"one\": the sign-in of mode CloudSSO has "
            "expired: sign in again with \"aliyun configure\" and give the operator the new file, "
            "or give it credentials that do not expire");
  Oauth();
  Cache(seconds(-1));
  profile_["oauth_access_token_expire"] = In(seconds(-1));
  EXPECT_THAT(Refusal(Read()), HasSubstr("the sign-in of mode OAuth has expired"));
  // Without a refresh token the server knows best, as for the SDKs.
  profile_.erase("oauth_refresh_token");
  EXPECT_EQ(Request(Read()).target, "/v1/exchange");
}

TEST_F(SignIn, TheTokenGoesNowhereElse) {
  for (const char* url : {"", "http://signin.example.com", "signin.example.com",
                          "https://a@signin.example.com", "https://"}) {
    CloudSso();
    Cache(seconds(-1));
    profile_["cloud_sso_sign_in_url"] = url;
    EXPECT_THAT(Failure(Read()), HasSubstr("no https address to sign in at")) << url;
  }
  Oauth();
  Cache(seconds(-1));
  profile_["oauth_access_token"] = "hunter2\r\nX-Evil: 1";
  EXPECT_THAT(Refusal(Read()), HasSubstr("malformed access token"));
  profile_["oauth_site_type"] = "DE";
  EXPECT_THAT(Failure(Read()), HasSubstr("oauth_site_type"));
}

}  // namespace
}  // namespace dtsop
