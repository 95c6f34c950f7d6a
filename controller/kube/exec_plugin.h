// Runs a credential plugin as a child process.
#pragma once

#include <atomic>
#include <map>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "kube/client_config.h"

namespace dtsop {

inline constexpr Duration kExecTimeout = seconds(30);
inline constexpr size_t kExecOutputBytesMax = 1U << 20;

// By name.
using Environment = std::map<std::string, std::string>;

// What plugins inherit: the environment of this process as it is now, without the secrets of the
// cloud, which are not theirs. To be taken before PrepareProcessForTransport, which hides the
// system's CAs from libraries.
Environment PluginEnvironment();

// Runs the plugin to its end and returns what it printed to standard output. Its input is
// /dev/null, its environment `inherited` plus spec.env. Blocks for at most kExecTimeout by
// `clock`; at that, at an output over the limit and when `stop` becomes true, it kills the child
// (and only it). Fails when it can't be run or exits with an error, quoting the beginning of its
// standard error.
Result<std::string> RunExecPlugin(const ExecSpec& spec, const Environment& inherited,
                                  const Clock& clock, const std::atomic<bool>& stop);

}  // namespace dtsop
