// Kubeconfigs as texts, and what becomes of them.
#pragma once

#include <string>
#include <vector>

#include "base/crypto.h"
#include "kube/kubeconfig.h"
#include "tests/unit/kube/fakes.h"

namespace dtsop {

inline constexpr char kPem[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
inline constexpr char kPath[] = "/home/me/.kube/config";

inline std::string Cluster() {
  return "{name: c, cluster: {server: 'https://api.example:6443', certificate-authority-data: " +
         Base64Encode(kPem) + "}}";
}

// A kubeconfig of one context; `cluster` and `user` are flow mappings of one list item each.
inline std::string Config(const std::string& cluster, const std::string& user) {
  return "current-context: dev\nclusters:\n- " + cluster + "\nusers:\n- " + user +
         "\ncontexts:\n- {name: dev, context: {cluster: c, user: u, namespace: shop}}\n";
}

inline Result<ClientConfig> LoadAll(const std::vector<std::string>& paths,
                                    const std::string& context, FakeFiles& files) {
  auto config = LoadKubeConfig(paths, context, files.Reader());
  if (!config) return tl::unexpected(config.error());
  if (!*config) return Fail("nothing there");
  return std::move(**config);
}

inline Result<ClientConfig> Load(const std::string& text, FakeFiles* files = nullptr) {
  FakeFiles none;
  FakeFiles& all = files != nullptr ? *files : none;
  all.Set(kPath, text);
  return LoadAll({kPath}, "", all);
}

// What becomes of a user of the cluster of Cluster().
inline Result<ClientConfig> LoadUser(const std::string& user) {
  return Load(Config(Cluster(), "{name: u, user: {" + user + "}}"));
}

inline constexpr char kCertificate[] =
    "client-certificate-data: LS0tLS1CRUdJTiBYLS0tLS0K, client-key-data: LS0tLS1CRUdJTiBZLS0tLS0K";
inline constexpr char kPlugin[] =
    "exec: {apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: Never}";

inline std::string ErrorOf(const Result<ClientConfig>& config) {
  return config ? "no error" : config.error().message;
}

}  // namespace dtsop
