#include "tests/integration/kube_api.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "kube/file.h"
#include "kube/kubeconfig.h"

namespace dtsop {
namespace {

ClientConfig Load(const std::string& kubeconfig) {
  auto config = LoadKubeConfig({kubeconfig}, "", &ReadSmallFile);
  if (!config || !*config) std::abort();
  return std::move(**config);
}

TransportOptions OptionsOf(const ClientConfig& config) {
  TransportOptions options;
  options.origin = config.server;
  options.tls.ca_pem = config.ca_pem;
  return options;
}

}  // namespace

KubeApi::KubeApi(const std::string& kubeconfig)
    : config_(Load(kubeconfig)), client_(OptionsOf(config_)) {}

KubeApi::Answer KubeApi::Call(const std::string& method, const std::string& path,
                              const Json& body) {
  HttpRequest request;
  request.method = method;
  request.target = path;
  request.headers = {
      {"Accept", "application/json"},
      {"Content-Type", method == "PATCH" ? "application/merge-patch+json" : "application/json"}};
  if (!body.is_null()) request.body = DumpJson(body);
  const HttpResult result = Send(std::move(request));
  return {result.error == HttpError::kNone ? result.status : 0,
          ParseJson(result.body).value_or(Json())};
}

HttpResult KubeApi::Send(HttpRequest request) {
  request.headers.emplace_back("Authorization",
                               "Bearer " + std::get<SecretString>(config_.token).Reveal());
  return client_.Send(std::move(request));
}

void KubeApi::Trust(const std::string& ca_pem) {
  TlsOptions tls;
  tls.ca_pem = ca_pem.empty() ? config_.ca_pem : ca_pem;
  client_.UseTls(tls);
}

Json KubeApi::Get(const std::string& path) {
  const Answer answer = Call("GET", path);
  return answer.status == 200 ? answer.body : Json();
}

Json KubeApi::Must(const std::string& method, const std::string& path, const Json& body) {
  const Answer answer = Call(method, path, body);
  EXPECT_TRUE(answer.status == 200 || answer.status == 201 || answer.status == 202)
      << method << " " << path << ": " << answer.status << " " << DumpJson(answer.body);
  return answer.body;
}

int KubeApi::port() const {
  return std::stoi(config_.server.substr(config_.server.rfind(':') + 1));
}

}  // namespace dtsop
