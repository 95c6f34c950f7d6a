// Kubeconfig files, read as kubectl reads them, into one ClientConfig.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kube/client_config.h"
#include "kube/file.h"

namespace dtsop {

// Reads and merges `paths` (KUBECONFIG split at ':'): the first file that has a cluster, user,
// context or current-context of some name wins with its whole entry. Files that do not exist are
// skipped as long as one does. `context` "" takes current-context.
//
// What the operator does not do fails here instead of being ignored: proxy-url,
// insecure-skip-tls-verify, username/password, auth-provider, impersonation, plain http to another
// machine. An https cluster must name its certificate authority: nothing else is trusted. Of
// several tokens tokenFile goes before token, and token before exec, as in kubectl.
//
// Fails with a message that names the file, the entry and the next step, and holds no secret; never
// throws, whatever the files hold. Blocks on `read_file` only.
Result<ClientConfig> LoadKubeConfig(const std::vector<std::string>& paths, std::string_view context,
                                    const FileReader& read_file);

}  // namespace dtsop
