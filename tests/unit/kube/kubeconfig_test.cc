#include "kube/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/strings.h"
#include "tests/unit/kube/kubeconfigs.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(KubeConfig, ATokenUserOfTheCurrentContext) {
  const auto config = Load(Config(Cluster(), "{name: u, user: {token: abc}}"));
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(config->server, "https://api.example:6443");
  EXPECT_EQ(config->ca_pem, kPem);
  EXPECT_EQ(config->kube_namespace, "shop");
  EXPECT_EQ(std::get<SecretString>(config->token).Reveal(), "abc");
  EXPECT_EQ(config->origin, "kubeconfig /home/me/.kube/config, context \"dev\"");
}

TEST(KubeConfig, AJsonFileWorksAsWell) {
  const Json json = {
      {"current-context", "dev"},
      {"clusters",
       {{{"name", "c"},
         {"cluster",
          {{"server", "https://[::1]"}, {"certificate-authority-data", Base64Encode(kPem)}}}}}},
      {"users", {{{"name", "u"}, {"user", {{"token", "12345"}}}}}},
      {"contexts", {{{"name", "dev"}, {"context", {{"cluster", "c"}, {"user", "u"}}}}}}};
  const auto config = Load(json.dump());
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(config->server, "https://[::1]:443");
  EXPECT_EQ(std::get<SecretString>(config->token).Reveal(), "12345");
}

TEST(KubeConfig, FilesAreRelativeToTheFolderOfTheKubeconfig) {
  FakeFiles files;
  files.Set("/home/me/.kube/ca.pem", kPem);
  files.Set("/etc/cert.pem", kPem);
  files.Set("/home/me/.kube/sub/key.pem", "-----BEGIN PRIVATE KEY-----\n");
  const auto config =
      Load(Config("{name: c, cluster: {server: 'https://a', certificate-authority: ca.pem, "
                  "tls-server-name: kubernetes}}",
                  "{name: u, user: {client-certificate: /etc/cert.pem, client-key: sub/key.pem, "
                  "tokenFile: token}}"),
           &files);
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(config->tls_server_name, "kubernetes");
  EXPECT_EQ(config->client_cert_pem, kPem);
  EXPECT_EQ(config->client_key_pem.Reveal(), "-----BEGIN PRIVATE KEY-----\n");
  EXPECT_EQ(std::get<TokenFile>(config->token).path, "/home/me/.kube/token");
}

TEST(KubeConfig, TheFirstFileThatHasAnEntryWinsWithTheWholeEntry) {
  FakeFiles files;
  files.Set("/1/a", "users: [{name: u, user: {token: first}}]\n");
  files.Set("/2/b", Config(Cluster(), "{name: u, user: {tokenFile: second}}"));
  const auto config = LoadAll({"/1/a", "/missing", "", "/2/b", "/2/b"}, "", files);
  ASSERT_TRUE(config) << ErrorOf(config);
  EXPECT_EQ(std::get<SecretString>(config->token).Reveal(), "first");
}

TEST(KubeConfig, AnExplicitContextGoesBeforeTheCurrentOne) {
  FakeFiles files;
  files.Set(kPath,
            "current-context: gone\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
            "users: [{name: u, user: {token: t}}]\nclusters: [" +
                Cluster() + "]\n");
  EXPECT_TRUE(LoadAll({kPath}, "x", files));
  EXPECT_THAT(ErrorOf(LoadAll({kPath}, "", files)),
              AllOf(HasSubstr("no context \"gone\""), HasSubstr("one of: x")));
}

TEST(KubeConfig, AnExecPluginIsFoundAsKubectlFindsIt) {
  const auto load = [](const std::string& exec, const std::string& extra = "") {
    return Load(Config(
        "{name: c, cluster: {server: 'https://a', certificate-authority-data: " +
            Base64Encode(kPem) + ", extensions: [{name: client.authentication.k8s.io/exec, " +
            "extension: {audience: x, ttl: 5, quoted: '5', on: true}}]}}",
        "{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: "
        "Never, command: " +
            exec + extra + "}}}"));
  };
  const auto relative = load("bin/plugin", ", args: [-v, 1, ''], env: [{name: A, value: b}]");
  ASSERT_TRUE(relative) << ErrorOf(relative);
  const auto& spec = std::get<ExecSpec>(relative->token);
  EXPECT_EQ(spec.command, "/home/me/.kube/bin/plugin");
  EXPECT_EQ(spec.args, (std::vector<std::string>{"-v", "1", ""}));
  EXPECT_EQ(spec.env, (std::vector<std::pair<std::string, std::string>>{{"A", "b"}}));
  EXPECT_EQ(Json::parse(spec.exec_info),
            Json::parse(R"({"apiVersion":"client.authentication.k8s.io/v1",
                            "kind":"ExecCredential","spec":{"interactive":false}})"));
  const auto bare = load("aws", ", provideClusterInfo: true");
  ASSERT_TRUE(bare) << ErrorOf(bare);
  EXPECT_EQ(std::get<ExecSpec>(bare->token).command, "aws");
  const Json info = Json::parse(std::get<ExecSpec>(bare->token).exec_info)["spec"]["cluster"];
  EXPECT_EQ(info,
            (Json{{"server", "https://a"},
                  {"certificate-authority-data", Base64Encode(kPem)},
                  {"config", {{"audience", "x"}, {"ttl", 5}, {"quoted", "5"}, {"on", true}}}}));
}

struct Refused {
  std::string user;
  std::string cause;
};

TEST(KubeConfig, AUserThatCannotWorkIsRefusedWithTheReason) {
  const std::string exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: p";
  const std::vector<Refused> cases = {
      {"username: me", "username is not supported"},
      {"password: me", "password is not supported"},
      {"auth-provider: {name: gcp}", "auth-provider is not supported"},
      {"as: admin", "as is not supported"},
      {"token: 'a b'", "no token may have"},
      {"token: \"a\\r\\nX-Evil: 1\"", "no token may have"},
      {"token: {a: b}", "token must be a text"},
      {"client-key-data: LS0tLS1CRUdJTiA=", "belong together"},
      {"client-certificate-data: '*'", "is not base64"},
      {"client-certificate-data: aGVsbG8=", "holds no PEM block"},
      {"client-certificate: nowhere.pem", "/home/me/.kube/nowhere.pem, which does not exist"},
      {"exec: nothing", "exec must be a mapping"},
      {"exec: {command: p, apiVersion: client.authentication.k8s.io/v1alpha1}", "exec.apiVersion"},
      {"exec: {apiVersion: client.authentication.k8s.io/v1}", "exec.command"},
      {exec + "}", "exec.interactiveMode"},
      {exec + ", interactiveMode: Always}", "has no terminal"},
      {exec + ", interactiveMode: Never, args: x}", "exec.args must be a list"},
      {exec + ", interactiveMode: Never, args: [[x]]}", "each of exec.args"},
      {exec + ", interactiveMode: Never, env: [{name: A=B, value: c}]}", "each of exec.env"},
      {exec + ", interactiveMode: Never, command: q}", "given twice"},
      {"exec: {apiVersion: client.authentication.k8s.io/v1, command: \"p\\0\"}", "exec.command"},
  };
  for (const Refused& refused : cases) {
    const std::string error =
        ErrorOf(Load(Config(Cluster(), "{name: u, user: {" + refused.user + "}}")));
    EXPECT_THAT(error, AllOf(HasSubstr(refused.cause), HasSubstr(kPath))) << refused.user;
    EXPECT_THAT(error, Not(HasSubstr("X-Evil")));
  }
}

TEST(KubeConfig, AClusterThatCannotWorkIsRefusedWithTheReason) {
  const std::string ca = ", certificate-authority-data: " + Base64Encode(kPem);
  const std::vector<Refused> cases = {
      {"server: 'https://a', insecure-skip-tls-verify: true", "not supported"},
      {"server: 'https://a', insecure-skip-tls-verify: maybe" + ca, "must be true or false"},
      {"server: 'https://a', proxy-url: 'http://p'" + ca, "proxy-url is not supported"},
      {"server: 'http://a'" + ca, "loopback only"},
      {"server: 'http://127.0.0.1.evil.example'" + ca, "loopback only"},
      {"server: 'https://me:geheim@a'" + ca, "holds a user name"},
      {"server: 'a:6443'" + ca, "is not an https address"},
      {"server: 'https://a:0'" + ca, "malformed port"},
      {"server: 'https://a:'" + ca, "malformed"},
      {"server: 'https://'" + ca, "malformed"},
      {"server: 'https://[::1'" + ca, "malformed"},
      {"server: 'https://[x]:1'" + ca, "malformed"},
      {"server: \"https://[::1\\0x]:1\"" + ca, "malformed"},
      {"server: 'https://a/?x=1'" + ca, "malformed"},
      {"server: 'https://a b'" + ca, "malformed"},
      {ca.substr(2), "has no server"},
  };
  for (const Refused& refused : cases) {
    const std::string error = ErrorOf(
        Load(Config("{name: c, cluster: {" + refused.user + "}}", "{name: u, user: {token: t}}")));
    EXPECT_THAT(error,
                AllOf(HasSubstr(refused.cause), HasSubstr(kPath), HasSubstr("cluster \"c\"")))
        << refused.user;
    EXPECT_THAT(error, Not(HasSubstr("geheim")));
  }
}

TEST(KubeConfig, AServerMayHaveAPathOrBePlainHttpOnThisMachine) {
  const std::string ca = ", certificate-authority-data: " + Base64Encode(kPem);
  const auto load = [](const std::string& cluster) {
    return Load(Config("{name: c, cluster: {" + cluster + "}}", "{name: u, user: {token: t}}"));
  };
  const auto path = load("server: 'https://Rancher.example/k8s/clusters/c-1/'" + ca);
  ASSERT_TRUE(path) << ErrorOf(path);
  EXPECT_EQ(path->server, "https://rancher.example:443");
  EXPECT_EQ(path->path_prefix, "/k8s/clusters/c-1");
  for (const std::string host : {"localhost", "127.0.0.1", "127.3.2.1", "[::1]"}) {
    const auto local = load("server: 'http://" + host + ":8001'");
    ASSERT_TRUE(local) << ErrorOf(local);
    EXPECT_EQ(local->server, "http://" + host + ":8001");
  }
}

TEST(KubeConfig, WhatIsNotAKubeconfigIsRefused) {
  for (const std::string& text :
       std::vector<std::string>{"[]", "clusters: x", "clusters: [{cluster: {}}]", "a: [",
                                "clusters: [1]", "- - -", "clusters: [{name: a}, {name: a}]",
                                std::string("a\0b", 3), "current-context: {a: b}", "users: [{}]"}) {
    EXPECT_THAT(ErrorOf(Load(text)), HasSubstr(kPath)) << text;
  }
}

TEST(KubeConfig, NoShapeOfYamlCrashesOrRunsAway) {
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + "," + last + "]\n";
  }
  for (const std::string& text :
       {bomb, std::string("a: &a [*a]"), std::string("&a {b: *a}"), std::string(500'000, '['),
        std::string(500'000, '{'), std::string(1'000'000, 'x'), std::string(2'000'000, 'x'),
        std::string(300'000, '&'), "a: " + std::string(900'000, '\''), std::string("? [a]\n: b"),
        ReplaceAll(std::string(200'000, '-'), "-", "- ")}) {
    EXPECT_NE(ErrorOf(Load(text)), "no error") << text.substr(0, 20);
  }
}

TEST(KubeConfig, ASyntaxErrorNamesThePlaceButNotTheText) {
  const std::string error = ErrorOf(Load("users:\n- name: u\n  user: {token: *geheim}\n"));
  EXPECT_THAT(error, AllOf(HasSubstr("line 3"), Not(HasSubstr("geheim"))));
}

}  // namespace
}  // namespace dtsop
