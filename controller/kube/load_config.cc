#include "kube/load_config.h"

#include <fmt/format.h>

#include <utility>

#include "base/strings.h"
#include "kube/kubeconfig.h"
#include "kube/server_url.h"

namespace dtsop {
namespace {

constexpr char kHostVariable[] = "KUBERNETES_SERVICE_HOST";
constexpr char kPortVariable[] = "KUBERNETES_SERVICE_PORT";

std::string ValueOr(const std::optional<std::string>& value) { return value.value_or(""); }

// A file that every pod with a service account has.
Result<std::string> ReadServiceAccountFile(const FileReader& read_file, const std::string& name) {
  const std::string path = fmt::format("{}/{}", kServiceAccountFolder, name);
  auto text = read_file(path);
  if (!text) return Fail("in-cluster configuration: " + text.error().message);
  if (!*text || Trim(**text).empty())
    return Fail(
        fmt::format("in-cluster configuration: {} is missing or empty; set the pod's "
                    "serviceAccountName and automountServiceAccountToken, or give "
                    "--kubeconfig",
                    path));
  return std::move(**text);
}

}  // namespace

Result<ClientConfig> InClusterConfig(const EnvLookup& env, const FileReader& read_file) {
  std::string host = ValueOr(env(kHostVariable));
  const std::string port = ValueOr(env(kPortVariable));
  if (host.empty() || port.empty())
    return Fail(
        fmt::format("not in a pod: {} and {} are not both set", kHostVariable, kPortVariable));
  if (host.find(':') != std::string::npos && host.front() != '[') host = "[" + host + "]";
  const auto url = ParseServerUrl(fmt::format("https://{}:{}", host, port));
  if (!url || !url->path_prefix.empty())
    return Fail(fmt::format("in-cluster configuration: {} and {} are not a host and a port",
                            kHostVariable, kPortVariable));
  auto ca = ReadServiceAccountFile(read_file, "ca.crt");
  if (!ca) return tl::unexpected(ca.error());
  if (const auto token = ReadServiceAccountFile(read_file, "token"); !token)
    return tl::unexpected(token.error());
  const auto kube_namespace = read_file(fmt::format("{}/namespace", kServiceAccountFolder));

  ClientConfig config;
  config.server = url->origin;
  config.ca_pem = std::move(*ca);
  if (kube_namespace && *kube_namespace) config.kube_namespace = Trim(**kube_namespace);
  config.token = TokenFile{fmt::format("{}/token", kServiceAccountFolder)};
  config.origin = "the pod's service account";
  return config;
}

Result<ClientConfig> LoadClientConfig(const std::string& kubeconfig, std::string_view context,
                                      const EnvLookup& env, const FileReader& read_file) {
  if (!kubeconfig.empty()) {
    auto config = LoadKubeConfig({kubeconfig}, context, read_file);
    if (!config) return tl::unexpected(config.error());
    if (*config) return std::move(**config);
    return Fail(fmt::format("--kubeconfig {} does not exist or is empty", kubeconfig));
  }
  const std::string from_env = ValueOr(env("KUBECONFIG"));
  auto config = LoadKubeConfig(Split(from_env, ':'), context, read_file);
  if (!config) return tl::unexpected(config.error());
  if (*config) return std::move(**config);
  const bool in_pod = !ValueOr(env(kHostVariable)).empty() && !ValueOr(env(kPortVariable)).empty();
  if (in_pod && context.empty()) return InClusterConfig(env, read_file);
  const std::string home = ValueOr(env("HOME"));
  const std::string path = home + "/.kube/config";
  if (from_env.empty() && !home.empty()) {
    config = LoadKubeConfig({path}, context, read_file);
    if (!config) return tl::unexpected(config.error());
    if (*config) return std::move(**config);
  }
  return Fail(fmt::format(
      "no Kubernetes configuration: --kubeconfig is not given, {}, {}; give --kubeconfig",
      from_env.empty() ? fmt::format("KUBECONFIG is not set, {} does not exist or is empty",
                                     home.empty() ? "~/.kube/config" : path)
                       : fmt::format("KUBECONFIG ({}) does not exist or is empty", from_env),
      in_pod ? "--context does not apply to a pod's service account" : "this is not a pod"));
}

}  // namespace dtsop
