// What a process finds around itself, environment variables and files, as a seam for tests and for
// the simulation.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"

namespace dtsop {

// The value of an environment variable; nullopt when it is not set.
using EnvLookup = std::function<std::optional<std::string>(const std::string& name)>;

// The whole file; nullopt when there is none of that name. Callable from any thread. kube/file.h
// has the one of production.
using FileReader = std::function<Result<std::optional<std::string>>(const std::string& path)>;

}  // namespace dtsop
