// Servers that are down, untrusted, or talk nonsense. Each time: the log or the DtsJob says what is
// wrong, the operator goes on, and works once the trouble is over.
#include <fstream>

#include "base/strings.h"
#include "net/http_server.h"
#include "tests/integration/operator/operator_fixture.h"
#include "tests/support/certs.h"
#include "tests/support/sockets.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class Surroundings : public OperatorTest {
 protected:
  testing::AssertionResult Says(const OperatorProcess& process, const std::string& text) {
    if (Eventually([&] { return process.Logged(text); }, seconds(45))) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "the log lacks: " << text;
  }
  // The operator is alive and well.
  void ExpectWorks(OperatorProcess& process, const std::string& job = "orders") {
    EXPECT_TRUE(BecomesReady(job, seconds(90)));
    EXPECT_EQ(dts().StartsOf(job), 1);
    EXPECT_TRUE(process.Alive());
  }
  // Runs the operator against a TLS server with `cert` on the address of the API server; the CAs of
  // both are trusted if `trusted`. Then the API server itself takes that address.
  void ExpectRefusedUntilReplaced(const TestCa& ca, const TestCert& cert, bool trusted,
                                  const std::string& text) {
    ServerOptions options;
    options.tls_cert_pem = cert.cert_pem;
    options.tls_key_pem = cert.key_pem;
    const auto imposter = HttpServer::Listen(options, [](const ServerRequest&) {
      ADD_FAILURE() << "the token was sent to a server that can't be trusted";
      return ServerReply{};
    });
    ASSERT_TRUE(imposter.has_value());
    TcpProxy network((*imposter)->port());
    OperatorProcess& process = StartWith(
        OperatorKubeconfig(network.port(), Api().config().ca_pem + (trusted ? ca.cert_pem() : "")));
    CreateJob("orders");
    EXPECT_TRUE(Says(process, text));
    EXPECT_EQ(process.Probe("/readyz"), 503);
    EXPECT_EQ(process.Probe("/healthz"), 200);
    network.SetTarget(Api().port());
    network.CloseOpenConnections();
    ExpectWorks(process);
  }
};

TEST_F(Surroundings, WithAnApiServerThatCrashesAndComesBack) {
  OperatorProcess& process = Start();
  CreateJob("before");
  EXPECT_TRUE(BecomesReady("before"));
  Envtest::Get().KillApiServer();
  EXPECT_TRUE(Says(process, "cannot read from the Kubernetes API, trying again"));
  EXPECT_TRUE(Says(process, "no longer leading"));
  EXPECT_EQ(process.Probe("/healthz"), 200);
  Envtest::Get().StartApiServer();
  CreateJob("orders");
  ExpectWorks(process);
  EXPECT_EQ(dts().StartsOf("before"), 1);
}

TEST_F(Surroundings, WithAHistoryThatTheApiServerHasForgotten) {
  OperatorProcess& process = Start();
  CreateJob("before");
  EXPECT_TRUE(BecomesReady("before"));
  // While the operator sleeps, its version of the world is compacted, and the API server's own
  // memory of it is gone.
  process.Pause();
  CreateJob("orders");
  PatchJob("orders", {{"metadata", {{"labels", {{"a", "b"}}}}}});
  Envtest::Get().KillApiServer();
  Envtest::Get().StartApiServer();
  Envtest::Get().CompactEtcd();
  process.Continue();
  ExpectWorks(process);
  EXPECT_THAT(process.Log(), HasSubstr("listing DtsJobs again"));
  EXPECT_THAT(process.Log(), HasSubstr("expired"));
}

TEST_F(Surroundings, WithAnApiServerThatIsUnreachableAtFirst) {
  TcpProxy network(Api().port());
  network.SetMode(TcpProxy::Mode::kRefuse);
  OperatorProcess& process = StartWith(OperatorKubeconfig(network.port()));
  CreateJob("orders");
  EXPECT_TRUE(Says(process, "cannot read from the Kubernetes API, trying again"));
  EXPECT_TRUE(Says(process, fmt::format("127.0.0.1:{}", network.port())));
  EXPECT_EQ(process.Probe("/readyz"), 503);
  network.SetMode(TcpProxy::Mode::kForward);
  ExpectWorks(process);
}

TEST_F(Surroundings, WithAnApiServerOfAnUnknownCa) {
  const TestCa ca("stranger");
  ExpectRefusedUntilReplaced(ca, ca.Issue(), false, "certificate");
}

TEST_F(Surroundings, WithAnApiServerWhoseCertificateHasExpired) {
  const TestCa ca("serving");
  TestCertOptions options;
  options.expired = true;
  ExpectRefusedUntilReplaced(ca, ca.Issue(options), true, "expired");
}

TEST_F(Surroundings, WithoutTheCrdAtFirst) {
  Api().Must("DELETE",
             "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/dtsjobs.dts.aliyun.com");
  EXPECT_TRUE(Eventually([&] { return Api().Call("GET", JobPath()).status == 404; }));
  OperatorProcess& process = Start();
  EXPECT_TRUE(Says(process, "cannot read from the Kubernetes API, trying again"));
  EXPECT_TRUE(Says(process, "check that it exists and that the CRD is installed"));
  Envtest::Get().InstallCrds();
  CreateJob("orders");
  ExpectWorks(process);
}

TEST_F(Surroundings, WithATokenThatIsRevokedAndReplaced) {
  OperatorProcess& process = Start();
  CreateJob("before");
  EXPECT_TRUE(BecomesReady("before"));
  const std::string account = "/api/v1/namespaces/dts-system/serviceaccounts";
  Api().Must("DELETE", account + "/dts-operator");
  Api().Must("POST", account, {{"metadata", {{"name", "dts-operator"}}}});
  EXPECT_TRUE(Says(process, "401"));
  WriteToken();
  CreateJob("orders");
  ExpectWorks(process);
}

TEST_F(Surroundings, WithAKubeconfigThatCanNotBeUsedEndsAtOnceAndSaysWhy) {
  const std::string path = Envtest::Get().directory() + "/broken.kubeconfig";
  OperatorProcess& missing = StartWith(path);
  EXPECT_EQ(missing.Wait(seconds(10)), 1);
  EXPECT_THAT(missing.Log(), HasSubstr(path));
  std::ofstream(path) << "clusters: [\n";
  OperatorProcess& broken = StartWith(path);
  EXPECT_EQ(broken.Wait(seconds(10)), 1);
  EXPECT_THAT(broken.Log(), HasSubstr(path));
}

TEST_F(Surroundings, WithADtsThatAnswersNonsense) {
  OperatorProcess& process = Start();
  const std::vector<std::string> kinds = {"empty", "html",          "wrongTypes",
                                          "huge",  "truncatedJson", "deepJson"};
  for (const std::string& kind : kinds) {
    const std::string job = ToLower(kind);
    dts().AddJob(job);
    for (const char* action : {"DescribeDtsJobDetail", "StartDtsJob"}) {
      dts().AddFault(
          {{"action", action}, {"jobId", job}, {"effect", "garbage"}, {"garbage", kind}});
    }
    CreateJob(job);
  }
  for (const std::string& kind : kinds) {
    const std::string job = ToLower(kind);
    EXPECT_TRUE(BecomesReady(job, seconds(90)));
    EXPECT_EQ(dts().StartsOf(job), 1) << job;
  }
  EXPECT_TRUE(process.Alive());
}

TEST_F(Surroundings, WithADtsThatIsUnreachableAtFirst) {
  TcpProxy network(dts().port());
  network.SetMode(TcpProxy::Mode::kRefuse);
  OperatorProcess& process =
      Start({fmt::format("--dts-endpoint=http://127.0.0.1:{}", network.port())});
  CreateJob("orders");
  EXPECT_TRUE(Becomes("orders", "Unknown"));
  EXPECT_THAT(ReadyMessage("orders"), HasSubstr(fmt::format("127.0.0.1:{}", network.port())));
  network.SetMode(TcpProxy::Mode::kForward);
  ExpectWorks(process);
}

TEST_F(Surroundings, WithADtsThatFallsSilentDuringTheStart) {
  TcpProxy network(dts().port());
  OperatorProcess& process =
      Start({fmt::format("--dts-endpoint=http://127.0.0.1:{}", network.port())});
  dts().AddJob("orders");
  dts().AddFault({{"action", "StartDtsJob"}, {"effect", "latency"}, {"latency", "2s"}});
  CreateJob("orders");
  EXPECT_TRUE(Eventually([&] { return !dts().Calls("StartDtsJob").empty(); }));
  network.SetMode(TcpProxy::Mode::kBlackhole);
  EXPECT_TRUE(Says(process, "StartDtsJob got no usable answer"));
  network.SetMode(TcpProxy::Mode::kForward);
  ExpectWorks(process);
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 1U);
}

}  // namespace
}  // namespace dtsop
