// /metrics by HTTPS, for those only whom a real API server lets read it, with a certificate that is
// replaced.
#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "tests/integration/operator/operator_fixture.h"
#include "tests/support/certs.h"
#include "tests/support/http_client.h"
#include "tests/support/sockets.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kRbac = "/apis/rbac.authorization.k8s.io/v1";

class MetricsPort : public OperatorTest {
 protected:
  void TearDown() override {
    OperatorTest::TearDown();
    for (const std::string& name : {std::string("ask"), "read-" + space()}) {
      Api().Call("DELETE", fmt::format("{}/clusterroles/{}", kRbac, name));
      Api().Call("DELETE", fmt::format("{}/clusterrolebindings/{}", kRbac, name));
    }
  }

  // Grants `rules` to a ServiceAccount by a ClusterRole `name`.
  void Grant(const std::string& name, const Json& rules, const std::string& account,
             const std::string& kube_namespace) {
    Api().Must("POST", std::string(kRbac) + "/clusterroles",
               {{"metadata", {{"name", name}}}, {"rules", rules}});
    Api().Must(
        "POST", std::string(kRbac) + "/clusterrolebindings",
        {{"metadata", {{"name", name}}},
         {"roleRef",
          {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", name}}},
         {"subjects",
          {{{"kind", "ServiceAccount"}, {"name", account}, {"namespace", kube_namespace}}}}});
  }
  // A token of a new ServiceAccount of the test's namespace.
  std::string TokenOf(const std::string& account) {
    const std::string accounts = "/api/v1/namespaces/" + space() + "/serviceaccounts";
    Api().Must("POST", accounts, {{"metadata", {{"name", account}}}});
    const Json token = Api().Must("POST", accounts + "/" + account + "/token",
                                  {{"apiVersion", "authentication.k8s.io/v1"},
                                   {"kind", "TokenRequest"},
                                   {"spec", {{"expirationSeconds", 3600}}}});
    return StringOr(Member(token, "status", "token"));
  }
  std::string Path(const std::string& name) const {
    return fmt::format("{}/{}-{}", Envtest::Get().directory(), space(), name);
  }
  void WriteCert(const TestCert& cert) const { std::ofstream(Path("tls.crt")) << cert.cert_pem; }
  void WriteKey(const TestCert& cert) const {
    std::ofstream(Path("tls.key")) << cert.key_pem.Reveal();
  }
  OperatorProcess& Serve() {
    return Start({fmt::format("--metrics-bind-address=127.0.0.1:{}", port_),
                  "--metrics-cert-file=" + Path("tls.crt"), "--metrics-key-file=" + Path("tls.key"),
                  "--metrics-auth", "--log-level=debug"});
  }
  // The status of a scrape over a new connection; 0: no answer that `ca` vouches for.
  int Scrape(const TestCa& ca, const std::string& token, std::string* body = nullptr) const {
    TransportOptions options;
    options.tls.ca_pem = ca.cert_pem();
    HttpRequest request;
    request.origin = fmt::format("https://127.0.0.1:{}", port_);
    request.target = "/metrics";
    if (!token.empty()) request.headers = {{"Authorization", "Bearer " + token}};
    HttpResult result = HttpClient(options).Send(std::move(request));
    if (body != nullptr) *body = result.body;
    return result.error == HttpError::kNone ? result.status : 0;
  }

  const int port_ = UnusedPort();
  const TestCa old_ca_;
  const TestCa new_ca_{"new CA"};
};

TEST_F(MetricsPort, LetsInWhomTheApiServerLets) {
  const TestCert cert = old_ca_.Issue();
  WriteCert(cert);
  WriteKey(cert);
  const std::string reader = TokenOf("reader");
  const std::string other = TokenOf("other");
  Grant("read-" + space(), {{{"nonResourceURLs", {"/metrics"}}, {"verbs", {"get"}}}}, "reader",
        space());
  OperatorProcess& process = Serve();
  ASSERT_TRUE(Eventually([&] { return process.Probe("/readyz") == 200; }));

  // Without the right to ask, nobody gets in, and the log says what is missing.
  EXPECT_EQ(Scrape(old_ca_, reader), 503);
  EXPECT_TRUE(process.Logged("cannot check who may read /metrics"));
  EXPECT_TRUE(process.Logged("tokenreviews"));

  Grant("ask",
        {{{"apiGroups", {"authentication.k8s.io"}},
          {"resources", {"tokenreviews"}},
          {"verbs", {"create"}}},
         {{"apiGroups", {"authorization.k8s.io"}},
          {"resources", {"subjectaccessreviews"}},
          {"verbs", {"create"}}}},
        "dts-operator", "dts-system");
  std::string body;
  EXPECT_TRUE(Eventually([&] { return Scrape(old_ca_, reader, &body) == 200; }));
  EXPECT_THAT(body, HasSubstr("\ndts_operator_build_info{version="));
  EXPECT_THAT(body, HasSubstr("\ndts_breaker_opened_total 0\n"));
  EXPECT_EQ(Scrape(old_ca_, other), 403);
  EXPECT_EQ(Scrape(old_ca_, ""), 401);
  EXPECT_EQ(Scrape(old_ca_, "nonsense"), 401);
  EXPECT_EQ(Scrape(old_ca_, reader), 200);
  EXPECT_EQ(process.Probe("/healthz"), 200);
  EXPECT_EQ(process.Probe("/metrics"), 404);
  for (const std::string& token : {reader, other}) EXPECT_FALSE(process.Logged(token));
}

TEST_F(MetricsPort, ShowsTheNewCertificateOnceBothItsFilesAreThere) {
  const TestCert before = old_ca_.Issue();
  WriteCert(before);
  WriteKey(before);
  OperatorProcess& process = Serve();
  ASSERT_TRUE(Eventually([&] { return Scrape(old_ca_, "") == 401; }));

  const TestCert after = new_ca_.Issue();
  WriteCert(after);
  EXPECT_TRUE(Eventually([&] {
    EXPECT_EQ(Scrape(old_ca_, ""), 401);
    return process.Logged("cannot read the certificate of /metrics; the one before stays in use");
  }));
  WriteKey(after);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(Eventually([&] { return Scrape(new_ca_, "") == 401; }, seconds(60)));
  fmt::print("a new certificate is shown after {:.1f} s\n",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  EXPECT_EQ(Scrape(old_ca_, ""), 0);
}

TEST_F(MetricsPort, WithoutAUsableCertificateTheProgramSaysSoAndEnds) {
  WriteCert(old_ca_.Issue());
  std::filesystem::remove(Path("tls.key"));  // another test's
  OperatorProcess& process = Serve();
  EXPECT_EQ(process.Wait(seconds(20)), 1);
  EXPECT_TRUE(process.Logged(Path("tls.key") + " does not exist"));
}

}  // namespace
}  // namespace dtsop
