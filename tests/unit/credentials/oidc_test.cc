#include "credentials/oidc.h"

#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

class Oidc : public ProviderTest {
 protected:
  Oidc() {
    Set("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/dts");
    Set("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/ack");
    Set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/token");
    around_.files["/token"] = "head.body.signature\n";
  }
};

TEST_F(Oidc, NeedsAllThreeVariables) {
  for (const char* name : {"ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
                           "ALIBABA_CLOUD_OIDC_TOKEN_FILE"}) {
    const std::string value = around_.variables[name];
    around_.variables.erase(name);
    EXPECT_EQ(Skip(FromOidc(Context(), now_)), std::string(name) + " is not set");
    Set(name, value);
  }
}

TEST_F(Oidc, ReadsTheTokenAnewEachTime) {
  EXPECT_THAT(Request(FromOidc(Context(), now_)).body, HasSubstr("OIDCToken=head.body.signature"));
  around_.files["/token"] = "new.body.signature";
  EXPECT_THAT(Request(FromOidc(Context(), now_)).body, HasSubstr("OIDCToken=new.body.signature"));
}

TEST_F(Oidc, ATokenMayHave64KiB) {
  around_.files["/token"] = std::string(1U << 16, 'x') + "\n";
  EXPECT_GT(Request(FromOidc(Context(), now_)).body.size(), 1U << 16);
  around_.files["/token"] = std::string((1U << 16) + 1, 'x');
  EXPECT_THAT(Failure(FromOidc(Context(), now_)), HasSubstr("at most 64 KiB"));
}

TEST_F(Oidc, AFileWithoutATokenIsNamedAndNotQuoted) {
  for (const char* text : {"", "\n", "hunter2 hunter2", "hunter2\r\nhunter2"}) {
    around_.files["/token"] = text;
    const std::string why = Failure(FromOidc(Context(), now_));
    EXPECT_THAT(why, HasSubstr("/token holds no OIDC token"));
    EXPECT_THAT(why, Not(HasSubstr("hunter2")));
  }
  around_.files.clear();
  EXPECT_THAT(Failure(FromOidc(Context(), now_)), HasSubstr("/token does not exist"));
  around_.files["/token"] = Fail("/token can't be opened: Permission denied");
  EXPECT_THAT(Failure(FromOidc(Context(), now_)), HasSubstr("Permission denied"));
}

TEST_F(Oidc, GrantsWhatStsGives) {
  const Step step =
      Answer(FromOidc(Context(), now_), AnswerOf(200, DumpJson({{"Credentials", Temporary()}})));
  ExpectGrant(step, "STS.id", "sts-token");
}

}  // namespace
}  // namespace dtsop
