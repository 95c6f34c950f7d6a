// Kubeconfig files, read as kubectl reads them, into one ClientConfig.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kube/client_config.h"
#include "kube/file.h"

namespace dtsop {

// Reads and merges `paths` (KUBECONFIG split at ':'): the first file that has a cluster, user,
// context or current-context of some name wins with its whole entry. Files that do not exist are
// skipped; nullopt when none of them holds anything. `context` "" takes current-context.
//
// What the operator does not do fails here instead of being ignored: proxy-url,
// insecure-skip-tls-verify, username and password, auth-provider, impersonation, plain http to
// another machine. As in kubectl, what is blank is absent; to http no credential is shown; of
// several credentials tokenFile goes before token, and a plugin is run only when there is neither
// one of these nor a client certificate; without a CA the system's count.
//
// Fails with a message that names the file, the entry and the next step, and holds no secret; never
// throws, whatever the files hold. Blocks on `read_file` only.
Result<std::optional<ClientConfig>> LoadKubeConfig(const std::vector<std::string>& paths,
                                                   std::string_view context,
                                                   const FileReader& read_file);

}  // namespace dtsop
