// What the API server itself makes of crds/dtsjobs.yaml: the operator relies on every rule here.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "tests/integration/envtest.h"

namespace dtsop {

// Has the CRD installed. Each test uses DtsJobs of its own names.
class Crd : public testing::Test {
 protected:
  static void SetUpTestSuite() { Envtest::Get().InstallCrds(); }

  static CommandResult Kubectl(const std::vector<std::string>& arguments,
                               const std::string& input = "") {
    return Envtest::Get().Kubectl(arguments, input);
  }

  // A manifest with `spec` in YAML's flow style.
  static std::string Manifest(const std::string& name, const std::string& spec) {
    return fmt::format(
        "{{apiVersion: dts.aliyun.com/v1alpha1, kind: DtsJob, metadata: {{name: {}}}, spec: {}}}\n",
        name, spec);
  }
  static CommandResult Apply(const std::string& name, const std::string& spec) {
    return Kubectl({"apply", "-f", "-"}, Manifest(name, spec));
  }
  static CommandResult PatchStatus(const std::string& name, const std::string& status) {
    return Kubectl({"patch", "dtsjob", name, "--subresource=status", "--type=merge", "--patch",
                    fmt::format("{{\"status\": {}}}", status)});
  }
  static Json Get(const std::string& name) {
    return ParseJson(Kubectl({"get", "dtsjob", name, "-o", "json"}).out).value_or(Json());
  }
  static void ApplyOk(const std::string& name, const std::string& spec) {
    const CommandResult applied = Apply(name, spec);
    ASSERT_EQ(applied.exit, 0) << applied.err;
  }
};

}  // namespace dtsop
