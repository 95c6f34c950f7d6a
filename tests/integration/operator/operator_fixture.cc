#include "tests/integration/operator/operator_fixture.h"

#include <fstream>

#include "base/crypto.h"
#include "base/strings.h"

namespace dtsop {
namespace {

constexpr const char* kAccount = "/api/v1/namespaces/dts-system/serviceaccounts/dts-operator";

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// What deploy/ grants, in the cluster once per test program.
void InstallOnce() {
  static const bool installed = [] {
    const CommandResult applied =
        Envtest::Get().Kubectl({"apply", "-k", RepositoryPath("deploy")}, "", seconds(60));
    EXPECT_EQ(applied.exit, 0) << applied.err;
    Envtest::Get().InstallCrds();
    return true;
  }();
  (void)installed;
}

}  // namespace

const std::vector<std::string> OperatorTest::kShortLease = {
    "--lease-duration=5s", "--renew-deadline=4s", "--retry-period=1s"};

KubeApi& OperatorTest::Api() {
  static KubeApi& api = *new KubeApi(Envtest::Get().kubeconfig());
  return api;
}

void OperatorTest::SetUp() {
  InstallOnce();
  static int count = 0;
  space_ = fmt::format("test-{}", ++count);
  Api().Must("POST", "/api/v1/namespaces", {{"metadata", {{"name", space_}}}});
  dts_ = std::make_unique<DtsEndpoint>();
}

void OperatorTest::TearDown() {
  for (const auto& process : operators_) {
    if (HasFailure()) {
      const std::string log = process->Log();
      fmt::print("--- log of an operator:\n{}---\n",
                 log.substr(log.size() - std::min<size_t>(log.size(), 20000)));
    }
    process->Continue();
    process->Terminate();
  }
  for (const auto& process : operators_) {
    // One that the test has not ended itself is still there, unless it has crashed.
    if (process->Ended()) continue;
    EXPECT_EQ(process->Wait(seconds(30)), 0) << "unclean end of an operator";
  }
  operators_.clear();
  Api().Call("DELETE", JobPath());
  Api().Call("DELETE", LeasePath());
}

void OperatorTest::WriteToken() const {
  const Json token = Api().Must("POST", std::string(kAccount) + "/token",
                                {{"apiVersion", "authentication.k8s.io/v1"},
                                 {"kind", "TokenRequest"},
                                 {"spec", {{"expirationSeconds", 3600}}}});
  WriteFile(TokenPath(), StringOr(Member(token, "status", "token")));
}

std::string OperatorTest::OperatorKubeconfig(int port, const std::string& ca_pem) {
  WriteToken();
  const std::string ca = Base64Encode(ca_pem.empty() ? Api().config().ca_pem : ca_pem);
  const Json cluster = {
      {"server", fmt::format("https://127.0.0.1:{}", port == 0 ? Api().port() : port)},
      {"certificate-authority-data", ca}};
  const Json config = {
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"current-context", "test"},
      {"clusters", {{{"name", "test"}, {"cluster", cluster}}}},
      {"users", {{{"name", "test"}, {"user", {{"tokenFile", TokenPath()}}}}}},
      {"contexts", {{{"name", "test"}, {"context", {{"cluster", "test"}, {"user", "test"}}}}}}};
  static int count = 0;
  std::string path = fmt::format("{}/operator-{}.kubeconfig", Envtest::Get().directory(), ++count);
  WriteFile(path, DumpJson(config));
  return path;
}

OperatorProcess& OperatorTest::Start(const std::vector<std::string>& flags) {
  return StartWith(OperatorKubeconfig(), flags);
}

OperatorProcess& OperatorTest::StartWith(const std::string& kubeconfig,
                                         const std::vector<std::string>& flags) {
  OperatorSetup setup;
  setup.kubeconfig = kubeconfig;
  setup.flags = {"--watch-namespace=" + space_, "--region=cn-hangzhou",
                 "--dts-endpoint=" + dts().origin(), "--identity=one",
                 "--own-credentials-namespaces=" + space_};
  for (const std::string& flag : flags) {
    const size_t equals = flag.find('=');
    const std::string name = flag.substr(0, equals == flag.npos ? equals : equals + 1);
    std::erase_if(setup.flags, [&](const std::string& given) { return given.starts_with(name); });
    if (equals == flag.npos || flag != name) setup.flags.push_back(flag);
  }
  setup.environment = environment_;
  setup.wrapper = wrapper_;
  static int count = 0;
  setup.log_path = fmt::format("{}/operator-{}.log", Envtest::Get().directory(), ++count);
  operators_.push_back(std::make_unique<OperatorProcess>(std::move(setup)));
  return *operators_.back();
}

std::string OperatorTest::JobPath(const std::string& name) const {
  const std::string all = "/apis/dts.aliyun.com/v1alpha1/namespaces/" + space_ + "/dtsjobs";
  return name.empty() ? all : all + "/" + name;
}

std::string OperatorTest::LeasePath() {
  return "/apis/coordination.k8s.io/v1/namespaces/dts-system/leases/dts-operator";
}

std::string OperatorTest::HolderOfLease() {
  return StringOr(Member(Api().Get(LeasePath()), "spec", "holderIdentity"));
}

std::string OperatorTest::NamespaceLeasePath() const {
  return "/apis/coordination.k8s.io/v1/namespaces/" + space_ + "/leases/dtsjobs.dts.aliyun.com";
}

void OperatorTest::CreateJob(const std::string& name, Json spec) {
  if (!spec.contains("dtsJobId")) {
    spec["dtsJobId"] = name;
    const Json known = dts().Control("GET", "/jobs");
    bool found = false;
    for (const Json& job : Member(known, "jobs")) found |= StringOr(Member(job, "jobId")) == name;
    if (!found) dts().AddJob(name);
  }
  Api().Must("POST", JobPath(),
             {{"apiVersion", "dts.aliyun.com/v1alpha1"},
              {"kind", "DtsJob"},
              {"metadata", {{"name", name}}},
              {"spec", std::move(spec)}});
}

void OperatorTest::PatchJob(const std::string& name, const Json& patch) {
  Api().Must("PATCH", JobPath(name), patch);
}

void OperatorTest::DeleteJob(const std::string& name) { Api().Must("DELETE", JobPath(name)); }

Json OperatorTest::GetJob(const std::string& name) { return Api().Get(JobPath(name)); }

Json OperatorTest::ConditionOf(const std::string& name, const std::string& type) {
  const Json job = GetJob(name);
  for (const Json& condition : Member(job, "status", "conditions")) {
    if (StringOr(Member(condition, "type")) == type) return condition;
  }
  return {};
}

testing::AssertionResult OperatorTest::Becomes(const std::string& name, const std::string& ready,
                                               const std::string& reason, Duration limit) {
  const bool holds = Eventually(
      [&] {
        const Json job = GetJob(name);
        for (const Json& condition : Member(job, "status", "conditions")) {
          if (StringOr(Member(condition, "type")) == "Ready") {
            return StringOr(Member(condition, "status")) == ready &&
                   (reason.empty() || StringOr(Member(condition, "reason")) == reason) &&
                   Member(condition, "observedGeneration") == Member(job, "metadata", "generation");
          }
        }
        return false;
      },
      limit);
  if (holds) return testing::AssertionSuccess();
  return testing::AssertionFailure() << name << " does not become Ready=" << ready << " " << reason
                                     << ", but is " << Member(GetJob(name), "status").dump(1);
}

void OperatorTest::PutSecret(const std::string& name, const std::string& id,
                             const std::string& secret) {
  const std::string all = "/api/v1/namespaces/" + space_ + "/secrets";
  const Json object = {{"metadata", {{"name", name}}},
                       {"stringData", {{"accessKeyId", id}, {"accessKeySecret", secret}}}};
  if (Api().Get(all + "/" + name).is_null()) {
    Api().Must("POST", all, object);
  } else {
    Api().Must("PUT", all + "/" + name, object);
  }
}

std::vector<Json> OperatorTest::Events() {
  const Json list = Api().Get("/apis/events.k8s.io/v1/namespaces/" + space_ + "/events");
  const Json& items = Member(list, "items");
  return {items.begin(), items.end()};
}

std::string OperatorTest::EverythingShown(OperatorProcess& process) {
  std::string metrics;
  process.Probe("/metrics", &metrics);
  std::string text =
      process.Log() + metrics + DumpJson(Api().Get(JobPath())) + DumpJson(Api().Get(LeasePath()));
  for (const Json& event : Events()) text += DumpJson(event);
  return text;
}

}  // namespace dtsop
