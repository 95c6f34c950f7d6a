// The scripts that the simulated API server is held to, against a real one.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/integration/envtest.h"
#include "tests/integration/kube_api.h"
#include "tests/simulation/api_script.h"

namespace dtsop {
namespace {

Json ReadScripts(const std::string& name) {
  std::ifstream file(RepositoryPath("tests/simulation/fidelity/" + name));
  std::ostringstream text;
  text << file.rdbuf();
  return ParseJson(text.str()).value_or(Json());
}

void RunAll(const std::string& file) {
  const Envtest& cluster = Envtest::Get();
  cluster.InstallCrds();
  KubeApi api(cluster.kubeconfig());
  const Json scripts = ReadScripts(file);
  ASSERT_FALSE(scripts.empty()) << file;
  for (const Json& script : scripts) {
    // What needs a feature gate other than the default is for the simulated server only.
    if (script.contains("needs")) continue;
    api.Must("DELETE", "/apis/dts.aliyun.com/v1alpha1/namespaces/default/dtsjobs");
    for (const std::string& failure : sim::RunApiScript(
             script, [&](const HttpRequest& request) { return api.Send(request); },
             [&](const std::string& name) {
               if (name == "compact") cluster.CompactEtcd();
             }))
      ADD_FAILURE() << failure;
  }
}

TEST(Fidelity, WritesAreAsTheScriptsSay) { RunAll("write.json"); }
TEST(Fidelity, ReadsAreAsTheScriptsSay) { RunAll("read.json"); }

}  // namespace
}  // namespace dtsop
