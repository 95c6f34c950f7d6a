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
    address_ = fmt::format("127.{}.{}.{}", 1 + (getpid() >> 16) % 250, (getpid() >> 8) % 256,
                           getpid() % 256);
  }
  // `names`, and no others, lead to DTS on port 443.
  void Serve(const std::vector<std::string>& names) {
    TestCertOptions options{.names = {}};
    for (const std::string& name : names) options.names.push_back("DNS:" + name);
    UseDts(std::make_unique<DtsEndpoint>(address_ + ":443", ca_.Issue(options)));
    const std::string hosts = Write(
        "hosts", fmt::format("127.0.0.1 localhost\n{} {}\n", address_, fmt::join(names, " ")));
    wrapper_ = {"unshare", "--mount", "sh", "-c", R"(mount --bind "$0" /etc/hosts && exec "$@")",
                hosts};
    environment_.push_back("SSL_CERT_FILE=" + Write("ca.pem", ca_.cert_pem()));
  }
  // Of all namespaces, as it is installed.
  OperatorProcess& StartAsInstalled(std::vector<std::string> flags = {}) {
    flags.insert(
        flags.end(),
        {"--dts-endpoint=", "--identity=", "--watch-namespace=", "--own-credentials-namespaces=*"});
    return Start(flags);
  }
  std::string Write(const std::string& name, const std::string& text) const {
    std::string path = fmt::format("{}/{}-{}", Envtest::Get().directory(), space(), name);
    std::ofstream(path) << text;
    return path;
  }

  const TestCa ca_;
  std::string address_;
};

TEST_F(Production, EndpointsTrustAndSignatureAreTheDefaults) {
  Serve({"dts.aliyuncs.com", "sts.aliyuncs.com"});
  // STS is asked with a signature, and DTS with the temporary keys that it gives.
  const std::string profile = fmt::format(
      R"({{"current": "role", "profiles": [{{"name": "role", "mode": "RamRoleArn",
          "access_key_id": "{}", "access_key_secret": "{}", "ram_role_arn": "acs:ram::1:role/dts",
          "ram_session_name": "test", "expired_seconds": 3600}}]}})",
      DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  std::erase_if(environment_, [](const std::string& e) { return e.find("ACCESS_KEY") != e.npos; });
  environment_.push_back("ALIBABA_CLOUD_CONFIG_FILE=" + Write("config.json", profile));
  StartAsInstalled();
  CreateJob("orders");
  ASSERT_TRUE(BecomesReady("orders")) << ReadyMessage("orders");

  EXPECT_EQ(dts().StartsOf("orders"), 1);
  EXPECT_EQ(dts().Calls("AssumeRole").size(), 1U);
  for (const Json& call : dts().Calls()) {
    EXPECT_EQ(Member(call, "verdict"), "accepted") << DumpJson(call);
    EXPECT_EQ(Member(call, "signature"), "acs3") << DumpJson(call);
  }
}

TEST_F(Production, TheEndpointInTheVpc) {
  Serve({"dts-vpc.cn-hangzhou.aliyuncs.com"});
  StartAsInstalled({"--dts-network=vpc"});
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders")) << ReadyMessage("orders");
}

TEST_F(Production, TheEndpointThatIsToldForOneRegion) {
  Serve({"dts.intranet.example"});
  StartAsInstalled({"--dts-endpoint-for=cn-hangzhou=dts.intranet.example"});
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders")) << ReadyMessage("orders");
}

}  // namespace
}  // namespace dtsop
