// What kubectl does with the same members, by client-go's tools/clientcmd, rest and exec plugins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/kube/kubeconfigs.h"

namespace dtsop {
namespace {

using ::testing::HasSubstr;

TEST(KubeConfigAsKubectl, WhatIsBlankIsAbsent) {
  for (const std::string blank :
       {"username: null, password: null, token: ''", "username: '', password: ''",
        "auth-provider: null, as: '', as-groups: [], as-user-extra: {}, as-uid: ''",
        "tokenFile: '', exec: null"}) {
    const auto config = LoadUser(std::string(kCertificate) + ", " + blank);
    ASSERT_TRUE(config) << blank << ": " << ErrorOf(config);
    EXPECT_FALSE(config->client_cert_pem.empty());
    EXPECT_TRUE(std::holds_alternative<std::monostate>(config->token)) << blank;
  }
  EXPECT_TRUE(
      Load(Config("{name: c, cluster: {server: 'https://a', proxy-url: '', "
                  "tls-server-name: null, certificate-authority-data: ''}}",
                  "{name: u, user: {token: t}}")));
}

TEST(KubeConfigAsKubectl, WhoeverNamesNoUserHasNoCredential) {
  const std::string cluster = "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:8001'}}]\n";
  for (const std::string user : {", user: ''", "", ", user: null"}) {
    for (const std::string users : {"", "users: []\n", "users: [{name: u, user: {token: t}}]\n"}) {
      const auto config = Load("current-context: x\ncontexts: [{name: x, context: {cluster: c" +
                               user + "}}]\n" + cluster + users);
      ASSERT_TRUE(config) << ErrorOf(config);
      EXPECT_TRUE(std::holds_alternative<std::monostate>(config->token));
    }
  }
  EXPECT_THAT(ErrorOf(Load("current-context: x\ncontexts: [{name: x, context: {cluster: c, "
                           "user: typo}}]\n" +
                           cluster)),
              HasSubstr("user \"typo\" is not defined"));
}

TEST(KubeConfigAsKubectl, NoCredentialIsShownToPlainHttp) {
  const auto config = Load(
      Config("{name: c, cluster: {server: 'http://localhost:8001', certificate-authority: no}}",
             "{name: u, user: {token: geheim, " + std::string(kCertificate) + "}}"));
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(config->token));
  EXPECT_TRUE(config->client_cert_pem.empty());
  EXPECT_THAT(config->origin, HasSubstr("without its user's credentials"));
}

TEST(KubeConfigAsKubectl, WithoutACertificateAuthorityTheSystemsCount) {
  const auto config = Load(
      Config("{name: c, cluster: {server: 'https://rancher'}}", "{name: u, user: {token: t}}"));
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(config->ca_pem, "");
}

TEST(KubeConfigAsKubectl, APluginIsRunOnlyWhenThereIsNoOtherCredential) {
  const std::string plugin = kPlugin;
  EXPECT_TRUE(std::holds_alternative<ExecSpec>(LoadUser(plugin)->token));
  EXPECT_TRUE(std::holds_alternative<ExecSpec>(LoadUser(plugin + ", token: ''")->token));
  EXPECT_TRUE(std::holds_alternative<SecretString>(LoadUser(plugin + ", token: t")->token));
  EXPECT_TRUE(std::holds_alternative<TokenFile>(LoadUser(plugin + ", tokenFile: t")->token));
  const auto certificate = LoadUser(plugin + ", " + kCertificate);
  ASSERT_TRUE(certificate) << ErrorOf(certificate);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(certificate->token));
}

TEST(KubeConfigAsKubectl, ATokenBesideATokenFileStandsInForIt) {
  const auto config = LoadUser("token: t, tokenFile: f");
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(std::get<TokenFile>(config->token).otherwise.Reveal(), "t");
}

TEST(KubeConfigAsKubectl, FilesThatHoldNothingAreNone) {
  FakeFiles files;
  files.Set("/empty", "");
  files.Set("/blank",
            "apiVersion: v1\nkind: Config\nclusters: null\nusers: []\ncontexts: []\n"
            "current-context: ''\npreferences: {}\n");
  EXPECT_EQ(ErrorOf(LoadAll({"/no", "/empty", "/blank"}, "", files)), "nothing there");
  EXPECT_EQ(ErrorOf(LoadAll({"/no"}, "x", files)), "nothing there");
}

}  // namespace
}  // namespace dtsop
