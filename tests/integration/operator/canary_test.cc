// Secrets of every kind, put wherever they can enter, are nowhere to be seen.
#include <fstream>
#include <sstream>

#include "base/crypto.h"
#include "base/strings.h"
#include "tests/integration/operator/operator_fixture.h"
#include "tests/support/certs.h"
#include "tests/support/connect_proxy.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kProxyPassword = "proxy-password-canary";
constexpr const char* kWrongSecret = "wrong-secret-canary";
constexpr const char* kWrongSecurityToken = "sts-token-canary+/=";

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Canary : public OperatorTest {
 protected:
  void SetUp() override {
    OperatorTest::SetUp();
    ASSERT_EQ(Envtest::Get()
                  .Kubectl({"apply", "-n", space(), "-f",
                            RepositoryPath("deploy/tenant/secret-access.yaml")})
                  .exit,
              0);
  }

  // As OperatorKubeconfig, with a client certificate besides; the API server goes by the token.
  std::string KubeconfigWithClientKey(const TestCert& cert) {
    const std::string path = OperatorKubeconfig();
    Json config = *ParseJson(ReadAll(path));
    Json& user = config["users"][0]["user"];
    user["client-certificate-data"] = Base64Encode(cert.cert_pem);
    user["client-key-data"] = Base64Encode(cert.key_pem.Reveal());
    std::ofstream(path) << DumpJson(config);
    return path;
  }

  // The secrets of this test, and what to call them.
  std::vector<std::pair<std::string, std::string>> Secrets(const TestCert& cert) const {
    std::vector<std::pair<std::string, std::string>> secrets = {
        {"AccessKey secret", DtsEndpoint::kAccessKeySecret},
        {"wrong AccessKey secret", kWrongSecret},
        {"security token", kWrongSecurityToken},
        {"proxy password", kProxyPassword},
        {"bearer token", ReadAll(TokenPath())}};
    // Without its first and last line, which any key has.
    const std::string key = cert.key_pem.Reveal();
    secrets.emplace_back("client key", key.substr(key.find('\n') + 1, 64));
    const size_t count = secrets.size();
    for (size_t i = 0; i < count; ++i) {
      const auto [name, secret] = secrets[i];
      secrets.emplace_back(name + ", in base64", Base64Encode(secret).substr(0, 24));
      secrets.emplace_back(name + ", percent-encoded", PercentEncode(secret));
    }
    return secrets;
  }
};

TEST_F(Canary, IsNeitherInLogNorStatusNorEventsNorMetricsNorArguments) {
  ConnectProxy proxy(dts().port());
  environment_.push_back(
      fmt::format("HTTP_PROXY=http://somebody:{}@{}", kProxyPassword, proxy.Authority()));
  const TestCert cert = TestCa("client").Issue();
  OperatorProcess& process =
      StartWith(KubeconfigWithClientKey(cert),
                {"--dts-endpoint=http://dts.example.com", "--log-level=debug"});
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_THAT(proxy.Heads(), Not(testing::IsEmpty()));

  // What DTS, and others in its place, say of a secret that is wrong.
  Api().Must("POST", "/api/v1/namespaces/" + space() + "/secrets",
             {{"metadata", {{"name", "dts-credentials"}}},
              {"stringData",
               {{"accessKeyId", DtsEndpoint::kAccessKeyId},
                {"accessKeySecret", kWrongSecret},
                {"securityToken", kWrongSecurityToken}}}});
  CreateJob("refused", {{"credentialsSecretRef", {{"name", "dts-credentials"}}}});
  EXPECT_TRUE(Becomes("refused", "False"));
  dts().AddJob("garbled");
  dts().AddFault({{"jobId", "garbled"}, {"effect", "garbage"}, {"garbage", "html"}});
  CreateJob("garbled");
  EXPECT_TRUE(BecomesReady("garbled"));

  const std::string shown =
      EverythingShown(process) + ReadAll(fmt::format("/proc/{}/cmdline", process.pid()));
  ASSERT_THAT(shown, HasSubstr("--kubeconfig="));
  for (const auto& [name, secret] : Secrets(cert)) {
    ASSERT_GE(secret.size(), 8U) << name;
    EXPECT_EQ(shown.find(secret), std::string::npos) << name << " is shown";
  }
}

TEST_F(Canary, NoCoreOfTheProcessIsDumped) {
  OperatorProcess& process = Start();
  ASSERT_TRUE(Eventually([&] { return process.Probe("/healthz") == 200; }));
  std::istringstream limits(ReadAll(fmt::format("/proc/{}/limits", process.pid())));
  std::string core;
  for (std::string line; std::getline(limits, line);) {
    if (line.starts_with("Max core file size")) core = line;
  }
  EXPECT_THAT(core, testing::MatchesRegex("Max core file size +0 +0 +bytes *"));
}

}  // namespace
}  // namespace dtsop
