// deploy/ and examples/ on a real API server, and what they let the operator do, asked from the API
// server's own authorizer.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "tests/integration/envtest.h"

namespace dtsop {
namespace {

class Deploy : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ExpectOk({"apply", "-k", RepositoryPath("deploy")});
    ExpectOk({"create", "namespace", "other"});
    // Also grants the Secret of the namespace shop. The API server serves DtsJobs a moment later.
    CommandResult examples;
    ASSERT_TRUE(Eventually([&] {
      examples = Envtest::Get().Kubectl({"apply", "-k", RepositoryPath("examples")});
      return examples.exit == 0;
    })) << examples.err;
  }

  static void ExpectOk(const std::vector<std::string>& arguments) {
    const CommandResult result = Envtest::Get().Kubectl(arguments);
    ASSERT_EQ(result.exit, 0) << result.err;
  }

  // The API server's word on `question`, the arguments of `kubectl auth can-i`, for the operator.
  static std::string MayOperator(const std::string& question) {
    std::vector<std::string> arguments = {"auth", "can-i",
                                          "--as=system:serviceaccount:dts-system:dts-operator"};
    for (const std::string& word : Split(question, ' ')) arguments.push_back(word);
    return std::string(Trim(Envtest::Get().Kubectl(arguments).out));
  }
};

TEST_F(Deploy, GrantsWhatTheOperatorDoes) {
  for (const char* question : {
           "get dtsjobs.dts.aliyun.com -n shop",
           "list dtsjobs.dts.aliyun.com -A",
           "watch dtsjobs.dts.aliyun.com -A",
           "update dtsjobs.dts.aliyun.com --subresource=status -n shop",
           "create events.events.k8s.io -n shop",
           "patch events.events.k8s.io -n shop",
           "create leases.coordination.k8s.io -n dts-system",
           "get leases.coordination.k8s.io/dts-operator -n dts-system",
           "update leases.coordination.k8s.io/dts-operator -n dts-system",
           "create leases.coordination.k8s.io -n shop",
           "get leases.coordination.k8s.io/dtsjobs.dts.aliyun.com -n shop",
           "update leases.coordination.k8s.io/dtsjobs.dts.aliyun.com -n shop",
           "get secrets/dts-credentials -n shop",
       }) {
    EXPECT_EQ(MayOperator(question), "yes") << question;
  }
}

TEST_F(Deploy, GrantsNothingElse) {
  for (const char* question : {
           "create dtsjobs.dts.aliyun.com -n shop",
           "update dtsjobs.dts.aliyun.com -n shop",
           "patch dtsjobs.dts.aliyun.com -n shop",
           "delete dtsjobs.dts.aliyun.com -n shop",
           "patch dtsjobs.dts.aliyun.com --subresource=status -n shop",
           "get leases.coordination.k8s.io/another -n dts-system",
           "delete leases.coordination.k8s.io/dts-operator -n dts-system",
           "update leases.coordination.k8s.io/dts-operator -n kube-system",
           "get leases.coordination.k8s.io/another -n shop",
           "delete leases.coordination.k8s.io/dtsjobs.dts.aliyun.com -n shop",
           "get secrets/dts-credentials -n other",
           "get secrets/another -n shop",
           "list secrets -n shop",
           "watch secrets/dts-credentials -n shop",
           "get secrets -n dts-system",
           "get configmaps -n dts-system",
           "list pods -A",
           "create serviceaccounts/dts-operator --subresource=token -n dts-system",
       }) {
    EXPECT_EQ(MayOperator(question), "no") << question;
  }
}

TEST_F(Deploy, IssuesTokensThatTheApiServerAccepts) {
  const CommandResult token = Envtest::Get().Kubectl(
      {"create", "token", "dts-operator", "-n", "dts-system", "--duration=24h"});
  ASSERT_EQ(token.exit, 0) << token.err;
  const CommandResult who =
      Envtest::Get().Kubectl({"auth", "whoami", "-o", "jsonpath={.status.userInfo.username}",
                              fmt::format("--token={}", Trim(token.out))});
  EXPECT_EQ(who.out, "system:serviceaccount:dts-system:dts-operator") << who.err;
}

}  // namespace
}  // namespace dtsop
