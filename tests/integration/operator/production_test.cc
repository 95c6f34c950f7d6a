// The operator as in production: no flag says where DTS is. The names of Alibaba Cloud lead to the
// simulator, which has port 443 and a certificate for them.
#include <unistd.h>

#include <fstream>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

class Production : public OperatorTest {
 protected:
  void SetUp() override {
    OperatorTest::SetUp();
    if (geteuid() != 0) GTEST_SKIP() << "only root may listen on port 443 and name hosts";
    // Of this process alone, so that tests can run side by side.
    const std::string address = fmt::format("127.{}.{}.{}", 1 + (getpid() >> 16) % 250,
                                            (getpid() >> 8) % 256, getpid() % 256);
    const TestCert cert = ca_.Issue({.names = {"DNS:dts.aliyuncs.com", "DNS:sts.aliyuncs.com"}});
    UseDts(std::make_unique<DtsEndpoint>(address + ":443", cert));
    const std::string hosts =
        Write("hosts",
              fmt::format("127.0.0.1 localhost\n{} dts.aliyuncs.com sts.aliyuncs.com\n", address));
    wrapper_ = {"unshare", "--mount", "sh", "-c", R"(mount --bind "$0" /etc/hosts && exec "$@")",
                hosts};
    environment_ = {"SSL_CERT_FILE=" + Write("ca.pem", ca_.cert_pem())};
  }
  std::string Write(const std::string& name, const std::string& text) const {
    std::string path = fmt::format("{}/{}-{}", Envtest::Get().directory(), space(), name);
    std::ofstream(path) << text;
    return path;
  }

  const TestCa ca_;
};

TEST_F(Production, EndpointsTrustAndSignatureAreTheDefaults) {
  // STS is asked with a signature, and DTS with the temporary keys that it gives.
  const std::string profile = fmt::format(
      R"({{"current": "role", "profiles": [{{"name": "role", "mode": "RamRoleArn",
          "access_key_id": "{}", "access_key_secret": "{}", "ram_role_arn": "acs:ram::1:role/dts",
          "ram_session_name": "test", "expired_seconds": 3600}}]}})",
      DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  environment_.push_back("ALIBABA_CLOUD_CONFIG_FILE=" + Write("config.json", profile));
  Start({"--dts-endpoint=", "--identity="});
  CreateJob("orders");
  ASSERT_TRUE(BecomesReady("orders")) << ReadyMessage("orders");

  EXPECT_EQ(dts().StartsOf("orders"), 1);
  EXPECT_EQ(dts().Calls("AssumeRole").size(), 1U);
  for (const Json& call : dts().Calls()) {
    EXPECT_EQ(Member(call, "verdict"), "accepted") << DumpJson(call);
    EXPECT_EQ(Member(call, "signature"), "acs3") << DumpJson(call);
  }
}

}  // namespace
}  // namespace dtsop
