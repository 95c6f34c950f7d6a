// The Secret of a DtsJob: missing, wrong, rotated, out of reach; and never shown.
#include <algorithm>
#include <iterator>
#include <sstream>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SecretKeys : public OperatorTest {
 protected:
  void SetUp() override {
    OperatorTest::SetUp();
    const CommandResult bound = Envtest::Get().Kubectl(
        {"apply", "-n", space(), "-f", RepositoryPath("deploy/tenant/secret-access.yaml")}, "",
        seconds(60));
    ASSERT_EQ(bound.exit, 0) << bound.err;
  }

  void CreateJobOf(const std::string& secret, const std::string& name) {
    CreateJob(name, {{"credentialsSecretRef", {{"name", secret}}}});
  }
};

// One test, as noticing a changed Secret takes 15 s.
TEST_F(SecretKeys, AreReadWhenTheyAppearAndAgainWhenTheyChange) {
  OperatorProcess& process = Start({"--log-level=debug"});
  CreateJobOf("dts-credentials", "orders");
  EXPECT_TRUE(Becomes("orders", "False", "CredentialsNotFound"));
  EXPECT_THAT(ReadyMessage("orders"), HasSubstr("does not exist. Create it with the keys"));
  EXPECT_TRUE(dts().Calls().empty());

  PutSecret("dts-credentials", DtsEndpoint::kAccessKeyId, "wrong-secret-canary");
  EXPECT_TRUE(Becomes("orders", "False", "SignatureDoesNotMatch"));
  EXPECT_THAT(ReadyMessage("orders"), HasSubstr("Check the AccessKey"));
  EXPECT_FALSE(ConditionOf("orders", "Stalled").is_null());

  PutSecret("dts-credentials", DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  EXPECT_TRUE(BecomesReady("orders", seconds(30)));
  EXPECT_EQ(dts().StartsOf("orders"), 1);

  const std::string shown = EverythingShown(process);
  EXPECT_THAT(shown, Not(HasSubstr("canary")));
  EXPECT_THAT(shown, Not(HasSubstr("string to sign")));
}

TEST_F(SecretKeys, OfAnotherNameAreOutOfReachAndTheMessageSaysHowToGrantThem) {
  Start();
  PutSecret("other", DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  CreateJobOf("other", "orders");
  EXPECT_TRUE(Becomes("orders", "False", "CredentialsNotFound"));
  EXPECT_TRUE(dts().Calls().empty());

  // As a person would, by copying them.
  const std::string message = ReadyMessage("orders");
  std::string commands = message.substr(std::min(message.find("kubectl "), message.size()));
  for (size_t at = 0; (at = commands.find(" && ", at)) != std::string::npos;) {
    commands.replace(at, 4, "\n");
  }
  int run = 0;
  std::istringstream lines(commands);
  for (std::string line; std::getline(lines, line); ++run) {
    std::istringstream words(line);
    std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
    arguments.erase(arguments.begin());
    const CommandResult done = Envtest::Get().Kubectl(arguments);
    EXPECT_EQ(done.exit, 0) << line << "\n" << done.err;
  }
  EXPECT_EQ(run, 2) << message;
  EXPECT_TRUE(BecomesReady("orders", seconds(90)));
}

TEST_F(SecretKeys, AreNeededWhereTheOperatorsOwnDoNotServe) {
  Start({"--own-credentials-namespaces=tools"});
  CreateJob("orders");
  EXPECT_TRUE(Becomes("orders", "False", "CredentialsNotAllowed"));
  EXPECT_FALSE(ConditionOf("orders", "Stalled").is_null());
  EXPECT_THAT(ReadyMessage("orders"),
              AllOf(HasSubstr("namespace " + space()), HasSubstr("spec.credentialsSecretRef"),
                    HasSubstr("--own-credentials-namespaces")));
  EXPECT_TRUE(dts().Calls().empty());
  PutSecret("dts-credentials", DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  Api().Must("PATCH", JobPath("orders"),
             {{"spec", {{"credentialsSecretRef", {{"name", "dts-credentials"}}}}}});
  EXPECT_TRUE(BecomesReady("orders"));
}

TEST_F(SecretKeys, OfAnotherNamespaceCanNotBeNamed) {
  const KubeApi::Answer answer =
      Api().Call("POST", JobPath(),
                 {{"apiVersion", "dts.aliyun.com/v1alpha1"},
                  {"kind", "DtsJob"},
                  {"metadata", {{"name", "orders"}}},
                  {"spec",
                   {{"dtsJobId", "orders"},
                    {"credentialsSecretRef", {{"name", "kube-system/dts-credentials"}}}}}});
  EXPECT_EQ(answer.status, 422);
}

TEST_F(SecretKeys, ThatLackAKeyAreNamedInTheCondition) {
  Start();
  Api().Must("POST", "/api/v1/namespaces/" + space() + "/secrets",
             {{"metadata", {{"name", "dts-credentials"}}},
              {"stringData", {{"accessKeyId", "test-key-id"}}}});
  CreateJobOf("dts-credentials", "orders");
  EXPECT_TRUE(Becomes("orders", "False", "CredentialsNotFound"));
  EXPECT_THAT(ReadyMessage("orders"), HasSubstr("has no key \"accessKeySecret\""));
}

}  // namespace
}  // namespace dtsop
