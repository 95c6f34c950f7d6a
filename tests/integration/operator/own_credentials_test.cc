// The operator's own credentials, from STS and from a file: replaced while it runs.
#include <fstream>
#include <thread>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

class OwnKeys : public OperatorTest {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    std::string path = fmt::format("{}/{}-{}", Envtest::Get().directory(), space(), name);
    std::ofstream(path) << text;
    return path;
  }
  // The first call after number `seq` with this verdict; null when none comes within a minute.
  Json Await(const std::string& verdict, int64_t seq) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(60);
    while (std::chrono::steady_clock::now() < deadline) {
      for (const Json& call : dts().Calls("DescribeDtsJobDetail")) {
        if (IntOr(Member(call, "seq"), 0) > seq && Member(call, "verdict") == verdict) return call;
      }
      std::this_thread::sleep_for(milliseconds(50));
    }
    return nullptr;
  }
  static int64_t SeqOf(const Json& call) { return IntOr(Member(call, "seq"), 0); }
  static WallTime TimeOf(const Json& call) {
    return ParseRfc3339(StringOr(Member(call, "time"))).value_or(WallTime{});
  }
  // Shows a figure of this test, and holds it to its limit.
  static void Report(const char* what, Duration took, Duration limit) {
    fmt::print("{}: {:.2f} s\n", what, std::chrono::duration<double>(took).count());
    EXPECT_LE(took, limit) << what;
  }
};

TEST_F(OwnKeys, OfAnOidcTokenAreReplacedAtOnceWhenDtsCallsThemExpired) {
  environment_ = {"ALIBABA_CLOUD_ROLE_ARN=acs:ram::1:role/dts",
                  "ALIBABA_CLOUD_OIDC_PROVIDER_ARN=acs:ram::1:oidc-provider/ack",
                  "ALIBABA_CLOUD_OIDC_TOKEN_FILE=" + Write("token", "a.b.c\n"),
                  "ALIBABA_CLOUD_STS_ENDPOINT=" + dts().origin()};
  const OperatorProcess& process = Start();
  CreateJob("orders", {{"pollInterval", "10s"}});
  ASSERT_TRUE(BecomesReady("orders"));
  const size_t asked = dts().Calls("AssumeRoleWithOIDC").size();
  EXPECT_EQ(asked, 1U);

  dts().Control("POST", "/identity/expire");
  const Json refused = Await("InvalidSecurityToken.Expired", 0);
  ASSERT_FALSE(refused.is_null());
  const Json accepted = Await("accepted", SeqOf(refused));
  ASSERT_FALSE(accepted.is_null());
  Report("from InvalidSecurityToken.Expired to an accepted call",
         TimeOf(accepted) - TimeOf(refused), seconds(20));
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_EQ(dts().StartsOf("orders"), 1);
  const Json identity = dts().Control("GET", "/identity");
  for (const Json& key : Member(identity, "issued")) {
    EXPECT_FALSE(process.Logged(StringOr(Member(key, "accessKeyId"))));
  }
}

TEST_F(OwnKeys, OfAFileAreReplacedWithinTenSecondsOfItsChange) {
  environment_ = {};
  const auto keys = [](const std::string& id, const std::string& secret) {
    return fmt::format("accessKeyId: {}\naccessKeySecret: {}\n", id, secret);
  };
  const std::string path =
      Write("keys", keys(DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret));
  Start({"--credentials-file=" + path});
  CreateJob("orders", {{"pollInterval", "10s"}});
  ASSERT_TRUE(BecomesReady("orders"));

  dts().Control("PUT", "/accounts/rotated", {{"accessKeySecret", "new"}});
  dts().Control("PUT", std::string("/accounts/") + DtsEndpoint::kAccessKeyId, {{"active", false}});
  ASSERT_TRUE(Becomes("orders", "False", "InvalidAccessKeyIdInactive"));
  const std::vector<Json> before = dts().Calls();
  Write("keys", keys("rotated", "new"));
  const WallTime written = SystemClock().Read().wall;
  const Json accepted = Await("accepted", SeqOf(before.back()));
  ASSERT_FALSE(accepted.is_null());
  EXPECT_EQ(Member(accepted, "accessKeyId"), "rotated");
  Report("from the change of the file to an accepted call", TimeOf(accepted) - written,
         seconds(15));
  EXPECT_TRUE(BecomesReady("orders"));
}

}  // namespace
}  // namespace dtsop
