// The API server as the tests use it: without kubectl, which takes a tenth of a second of CPU for
// each look at a DtsJob.
#pragma once

#include <string>

#include "base/json.h"
#include "kube/client_config.h"
#include "tests/support/http_client.h"

namespace dtsop {

class KubeApi {
 public:
  // With the server, CA and token of a kubeconfig. Aborts the test program when it can't be used.
  explicit KubeApi(const std::string& kubeconfig);

  struct Answer {
    int status = 0;  // 0: no answer
    Json body;
  };
  // Sends `body` (null: none) and waits; a PATCH is a merge patch. Callable from any thread.
  Answer Call(const std::string& method, const std::string& path, const Json& body = nullptr);

  // Sends a request as it is, with the token.
  HttpResult Send(HttpRequest request);

  // Trusts these CAs in place of the kubeconfig's; "": the kubeconfig's again.
  void Trust(const std::string& ca_pem);

  // What is at `path`; null when there is nothing, or no answer.
  Json Get(const std::string& path);
  // Call that must succeed: adds a test failure if it does not.
  Json Must(const std::string& method, const std::string& path, const Json& body = nullptr);

  const ClientConfig& config() const { return config_; }
  int port() const;

 private:
  const ClientConfig config_;
  HttpClient client_;
};

}  // namespace dtsop
