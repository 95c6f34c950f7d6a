// The client.authentication.k8s.io protocol between the operator and a credential plugin.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "kube/client_config.h"
#include "kube/kubeconfig_entry.h"

namespace dtsop {

// The user's `exec` member. `cluster` gives KUBERNETES_EXEC_INFO its spec.cluster when the user
// asks for provideClusterInfo; `ca_pem` is that cluster's. Fails on an unknown apiVersion, a
// missing command, interactiveMode Always and wrong types.
Result<ExecSpec> ParseExecSpec(const KubeConfigEntry& user, const KubeConfigEntry& cluster,
                               const std::string& ca_pem);

struct ExecCredential {
  SecretString token;             // empty: the certificate alone
  ClientCertificate certificate;  // not parsed
  std::optional<WallTime> expires;
};

// What the plugin printed. Fails when it is no ExecCredential of `api_version`, or holds neither a
// token nor a client certificate with its key. No message quotes the output.
Result<ExecCredential> ParseExecCredential(std::string_view output, std::string_view api_version);

// A token that can stand in an Authorization header: not empty, printable ASCII without spaces.
bool IsBearerToken(std::string_view token);

}  // namespace dtsop
