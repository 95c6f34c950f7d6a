#include "app/hardening.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

namespace dtsop {

Result<void> KeepMemoryPrivate() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return Fail(fmt::format("cannot turn core dumps off: {}", std::strerror(errno)));
  }
  return {};
}

}  // namespace dtsop
