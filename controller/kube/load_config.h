// Where the operator's ClientConfig comes from: flag, environment, pod or home folder.
#pragma once

#include <string>
#include <string_view>

#include "base/environment.h"
#include "base/result.h"
#include "kube/client_config.h"
#include "kube/file.h"

namespace dtsop {

inline constexpr char kServiceAccountFolder[] = "/var/run/secrets/kubernetes.io/serviceaccount";

// The configuration of a pod: KUBERNETES_SERVICE_HOST and _PORT, and token, ca.crt and namespace
// (optional) under kServiceAccountFolder. The token is read from its file again and again. Fails
// when the variables are not set or a file is missing.
Result<ClientConfig> InClusterConfig(const EnvLookup& env, const FileReader& read_file);

// In the order of controller-runtime: `kubeconfig` (the flag; "" when not given), KUBECONFIG, the
// pod, and only without KUBECONFIG ~/.kube/config. The first that is present decides, and a file
// that is empty is not: when it is broken, that is the error, instead of a silent change to another
// cluster. A `context` can't be meant for the pod, so it skips it. Fails when none is present,
// naming what was looked for.
Result<ClientConfig> LoadClientConfig(const std::string& kubeconfig, std::string_view context,
                                      const EnvLookup& env, const FileReader& read_file);

}  // namespace dtsop
