// Certificates, keys and tokens are replaced while DtsJobs come in: nothing fails, nothing is
// started twice, and nothing needs a restart.
#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/crypto.h"
#include "base/strings.h"
#include "tests/integration/operator/operator_fixture.h"
#include "tests/support/certs.h"
#include "tests/support/http_client.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

// The rights of deploy/ go by the name of the user, however it is proven.
constexpr char kUser[] = "system:serviceaccount:dts-system:dts-operator";
constexpr char kInUse[] = "using what was read from files";
constexpr char kNotUsable[] = "cannot use a changed file";
constexpr Duration kInUseWithin = seconds(60);

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// As a careful person does: no reader sees half of it.
void ReplaceFile(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new", std::ios::binary | std::ios::trunc) << text;
  ASSERT_EQ(rename((path + ".new").c_str(), path.c_str()), 0);
}

// The certificates of the API server, which reads these files again by itself. The end puts back
// what was there.
class ApiServerFiles {
 public:
  ApiServerFiles() {
    for (const char* name : {"server.crt", "server.key", "client-ca.crt"})
      before_[name] = ReadFile(folder_ + name);
  }
  ApiServerFiles(const ApiServerFiles&) = delete;
  ApiServerFiles& operator=(const ApiServerFiles&) = delete;
  ~ApiServerFiles() {
    for (const auto& [name, text] : before_) ReplaceFile(folder_ + name, text);
  }
  void Serve(const TestCert& cert) {
    ReplaceFile(folder_ + "server.key", cert.key_pem.Reveal());
    ReplaceFile(folder_ + "server.crt", cert.cert_pem);
  }
  void TrustClientsOf(const std::string& ca_pem) { ReplaceFile(folder_ + "client-ca.crt", ca_pem); }

 private:
  const std::string folder_ = Envtest::Get().directory() + "/pki/";
  std::map<std::string, std::string> before_;
};

class Rotation : public OperatorTest {
 protected:
  void TearDown() override {
    StopCreating();
    OperatorTest::TearDown();
  }

  // Creates a DtsJob every 200 ms, from a thread of its own.
  void StartCreating(const Json& spec = Json::object()) {
    creator_ = std::thread([this, spec] {
      while (!stop_) {
        Json job = spec;
        job["dtsJobId"] = fmt::format("job-{}", created_.load());
        dts().AddJob(StringOr(job["dtsJobId"]));
        CreateJob(StringOr(job["dtsJobId"]), job);
        ++created_;
        std::this_thread::sleep_for(milliseconds(200));
      }
    });
  }
  void StopCreating() {
    stop_ = true;
    if (creator_.joinable()) creator_.join();
  }

  // Runs `change`, waits until the log has one more line with `line`, and tells how long it took.
  void Expect(OperatorProcess& process, const std::string& line, const std::string& what,
              const std::function<void()>& change) {
    const int before = Count(process, line);
    const auto since = std::chrono::steady_clock::now();
    change();
    ASSERT_TRUE(Eventually([&] { return Count(process, line) > before; }, kInUseWithin))
        << what << ": no line \"" << line << "\"";
    const auto took =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - since);
    fmt::print("{}: in use after {} ms, with {} DtsJobs\n", what, took.count(), created_.load());
  }

  static int Count(const OperatorProcess& process, const std::string& text) {
    int count = 0;
    const std::string log = process.Log();
    for (size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  }

  // No line above info but those with `expected`, no write of a status that failed, one start each.
  void ExpectNoHarm(OperatorProcess& process, const std::string& expected) {
    StopCreating();
    for (int i = 0; i < created_; ++i) {
      const std::string name = fmt::format("job-{}", i);
      EXPECT_TRUE(BecomesReady(name));
      EXPECT_EQ(dts().StartsOf(name), 1) << name;
    }
    for (const std::string& line : Split(process.Log(), '\n')) {
      if (line.find("\"level\":\"warn\"") == std::string::npos &&
          line.find("\"level\":\"error\"") == std::string::npos)
        continue;
      EXPECT_THAT(line, HasSubstr(expected));
    }
    EXPECT_EQ(process.Metric("controller_runtime_reconcile_errors_total{controller=\"dtsjob\"}"),
              0);
    EXPECT_TRUE(process.Alive());
    EXPECT_EQ(Count(process, "\"msg\":\"starting\""), 1);
    EXPECT_EQ(Count(process, "\"msg\":\"leading\""), 1);
    fmt::print("{} DtsJobs, each started once\n", created_.load());
  }

  std::thread creator_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> created_ = 0;
};

class OfTheApiServer : public Rotation {
 protected:
  void SetUp() override {
    OperatorTest::SetUp();
    // The test itself trusts the old CA and the new one, whatever is shown just now.
    Api().Trust(old_ca_ + new_ca_.cert_pem());
  }
  void TearDown() override {
    Rotation::TearDown();
    Api().Trust("");
  }

  std::string Path(const std::string& name) const {
    return fmt::format("{}/{}.{}", Envtest::Get().directory(), space(), name);
  }

  // Of files that can be replaced, with a client certificate.
  std::string KubeconfigOfFiles() {
    const Json config = {
        {"current-context", "x"},
        {"clusters",
         {{{"name", "x"},
           {"cluster",
            {{"server", Api().config().server}, {"certificate-authority", Path("ca.crt")}}}}}},
        {"users",
         {{{"name", "x"},
           {"user",
            {{"client-certificate", Path("client.crt")}, {"client-key", Path("client.key")}}}}}},
        {"contexts", {{{"name", "x"}, {"context", {{"cluster", "x"}, {"user", "x"}}}}}}};
    ReplaceFile(Path("kubeconfig"), DumpJson(config));
    return Path("kubeconfig");
  }

  // The status of a request with these certificates: 0 when there is no connection.
  static int StatusWith(const std::string& ca_pem, const TestCert& client) {
    TransportOptions options;
    options.origin = Api().config().server;
    options.tls = {ca_pem, client.cert_pem, client.key_pem, ""};
    HttpRequest request;
    request.target = "/apis/dts.aliyun.com/v1alpha1/dtsjobs?limit=1";
    return HttpClient(options).Send(std::move(request)).status;
  }
  // The API server reads its files again within a minute or so.
  static bool ServerAnswers(int status, const std::string& ca_pem, const TestCert& client) {
    return Eventually([&] { return StatusWith(ca_pem, client) == status; }, seconds(120));
  }

  const std::string old_ca_ = Api().config().ca_pem;
  const TestCa new_ca_{"new CA of the API server"};
  const TestCa old_clients_{"old CA of clients"};
  const TestCa new_clients_{"new CA of clients"};
  ApiServerFiles server_;
};

TEST_F(OfTheApiServer, CaAndTheClientsCertificateUnderLoad) {
  const TestCert one = old_clients_.Issue({.common_name = kUser});
  const TestCert two = new_clients_.Issue({.common_name = kUser});
  server_.TrustClientsOf(old_clients_.cert_pem());
  ASSERT_TRUE(ServerAnswers(200, old_ca_, one));
  ReplaceFile(Path("ca.crt"), old_ca_);
  ReplaceFile(Path("client.crt"), one.cert_pem);
  ReplaceFile(Path("client.key"), one.key_pem.Reveal());
  OperatorProcess& process = StartWith(KubeconfigOfFiles());
  StartCreating();
  ASSERT_TRUE(Eventually([&] { return created_ > 0; }));
  ASSERT_TRUE(BecomesReady("job-0"));

  Expect(process, kInUse, "old and new CA", [&] {
    ReplaceFile(Path("ca.crt"), old_ca_ + "# and the new one\n" + new_ca_.cert_pem());
  });
  server_.Serve(new_ca_.Issue());
  ASSERT_TRUE(ServerAnswers(200, new_ca_.cert_pem(), one));
  Expect(process, kInUse, "new CA alone", [&] { ReplaceFile(Path("ca.crt"), new_ca_.cert_pem()); });

  server_.TrustClientsOf(old_clients_.cert_pem() + new_clients_.cert_pem());
  ASSERT_TRUE(ServerAnswers(200, new_ca_.cert_pem(), two));
  Expect(process, kNotUsable, "certificate without its key (told, not used)",
         [&] { ReplaceFile(Path("client.crt"), two.cert_pem); });
  Expect(process, kInUse, "client certificate and key",
         [&] { ReplaceFile(Path("client.key"), two.key_pem.Reveal()); });
  // Who still showed the old certificate would now be refused.
  server_.TrustClientsOf(new_clients_.cert_pem());
  ASSERT_TRUE(ServerAnswers(401, new_ca_.cert_pem(), one));

  Expect(process, kNotUsable, "half a CA file (told, not used)", [&] {
    ReplaceFile(Path("ca.crt"), new_ca_.cert_pem().substr(0, new_ca_.cert_pem().size() / 2));
  });
  const int by_then = created_;
  ASSERT_TRUE(Eventually([&] { return created_ > by_then + 10; }));
  ExpectNoHarm(process, kNotUsable);
  EXPECT_EQ(Count(process, kNotUsable), 2) << "each is told once";
  EXPECT_THAT(process.Log(), HasSubstr(Path("ca.crt")));
}

TEST_F(Rotation, OfTheTokenUnderLoad) {
  // Tokens that end with their Secret.
  const auto bound_token = [&](const std::string& secret) {
    const std::string secrets = "/api/v1/namespaces/dts-system/secrets";
    const Json made = Api().Must("POST", secrets, {{"metadata", {{"name", secret}}}});
    const Json token =
        Api().Must("POST", "/api/v1/namespaces/dts-system/serviceaccounts/dts-operator/token",
                   {{"spec",
                     {{"expirationSeconds", 3600},
                      {"boundObjectRef",
                       {{"apiVersion", "v1"},
                        {"kind", "Secret"},
                        {"name", secret},
                        {"uid", Member(made, "metadata", "uid")}}}}}});
    return StringOr(Member(token, "status", "token"));
  };
  const auto refused = [](const std::string& token) {
    TransportOptions options;
    options.origin = Api().config().server;
    options.tls.ca_pem = Api().config().ca_pem;
    HttpRequest request;
    request.target = "/apis/dts.aliyun.com/v1alpha1/dtsjobs?limit=1";
    request.headers = {{"Authorization", "Bearer " + token}};
    return HttpClient(options).Send(std::move(request)).status == 401;
  };
  const std::string kubeconfig = OperatorKubeconfig();
  const std::string one = bound_token("one");
  ReplaceFile(TokenPath(), one);
  OperatorProcess& process = StartWith(kubeconfig);
  StartCreating();
  ASSERT_TRUE(Eventually([&] { return created_ > 0; }));
  ASSERT_TRUE(BecomesReady("job-0"));
  ReplaceFile(TokenPath(), bound_token("two"));
  Api().Must("DELETE", "/api/v1/namespaces/dts-system/secrets/one");
  ASSERT_TRUE(Eventually([&] { return refused(one); }, seconds(60)));
  const int by_then = created_;
  ASSERT_TRUE(Eventually([&] { return created_ > by_then + 10; }));
  ExpectNoHarm(process, "no line at all");
  Api().Must("DELETE", "/api/v1/namespaces/dts-system/secrets/two");
}

TEST_F(Rotation, OfTheCaOfDtsUnderLoad) {
  const TestCa ca("CA of DTS");
  const TestCa other("other CA");
  UseDts(std::make_unique<DtsEndpoint>("127.0.0.1:0", ca.Issue()));
  const std::string path = Envtest::Get().directory() + "/" + space() + ".dts-ca";
  ReplaceFile(path, ca.cert_pem());
  OperatorProcess& process = Start(
      {fmt::format("--dts-endpoint=https://127.0.0.1:{}", dts().port()), "--dts-ca-file=" + path});
  StartCreating();
  ASSERT_TRUE(Eventually([&] { return created_ > 0; }));
  ASSERT_TRUE(BecomesReady("job-0"));
  Expect(process, kInUse, "two CAs of DTS",
         [&] { ReplaceFile(path, other.cert_pem() + ca.cert_pem()); });
  const int by_then = created_;
  ASSERT_TRUE(Eventually([&] { return created_ > by_then + 5; }));
  ExpectNoHarm(process, "no line at all");
  // That the file counts is seen when it is wrong; nothing is lost meanwhile.
  Expect(process, kInUse, "a CA that is not that of DTS",
         [&] { ReplaceFile(path, other.cert_pem()); });
  CreateJob("waits");
  EXPECT_TRUE(Becomes("waits", "Unknown"));
  EXPECT_THAT(ReadyMessage("waits"), HasSubstr("signed by an unknown authority"));
  ReplaceFile(path, ca.cert_pem());
  EXPECT_TRUE(BecomesReady("waits"));
  EXPECT_EQ(dts().StartsOf("waits"), 1);
}

}  // namespace
}  // namespace dtsop
