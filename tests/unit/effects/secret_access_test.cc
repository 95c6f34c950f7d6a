#include "effects/secret_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dtsop {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

KubeError Refusal(const std::string& user) {
  KubeError error;
  error.message = "secrets \"keys\" is forbidden: User \"" + user +
                  "\" cannot get resource \"secrets\" in API group \"\" in the namespace \"shop\"";
  return error;
}

std::string Describe(const KubeError& refusal) {
  return DescribeMissingAccess({"shop", "keys"}, refusal);
}

TEST(SecretAccess, IsGrantedByTheCommandsToTheAccountThatWasRefused) {
  EXPECT_EQ(Describe(Refusal("system:serviceaccount:tools:robot")),
            "The operator may not read Secret shop/keys. It is read again by itself once you have "
            "let it: kubectl create role dts-operator-reads-keys -n shop --verb=get "
            "--resource=secrets --resource-name=keys && kubectl create rolebinding "
            "dts-operator-reads-keys -n shop --role=dts-operator-reads-keys "
            "--serviceaccount=tools:robot");
  EXPECT_THAT(Describe(Refusal("jane@example.com")), EndsWith(" --user=jane@example.com"));
}

TEST(SecretAccess, OfAnAccountThatIsNotNamedIsLeftToTheReader) {
  for (const KubeError& refusal : {KubeError{}, Refusal(""), Refusal("a b"), Refusal("$(reboot)"),
                                   Refusal("x;y"), Refusal("`id`")}) {
    const std::string text = Describe(refusal);
    EXPECT_THAT(text, HasSubstr("with the operator's own namespace and ServiceAccount"));
    EXPECT_THAT(text, EndsWith(" --serviceaccount=dts-system:dts-operator"));
    EXPECT_THAT(text, Not(HasSubstr("reboot")));
  }
}

TEST(SecretAccess, TheNamesOfTheRoleAreNotTooLong) {
  const std::string name(253, 'k');
  EXPECT_THAT(DescribeMissingAccess({"shop", name}, Refusal("u")),
              HasSubstr("kubectl create role dts-operator-reads-" + std::string(234, 'k') + " -n"));
}

}  // namespace
}  // namespace dtsop
