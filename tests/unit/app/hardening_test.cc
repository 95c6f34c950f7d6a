#include "app/hardening.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

namespace dtsop {
namespace {

// In a process of its own, since nothing of this can be taken back.
void KeepPrivateAndExit() {
  const auto kept = KeepMemoryPrivate();
  rlimit limit{};
  getrlimit(RLIMIT_CORE, &limit);
  const bool no_core = limit.rlim_cur == 0 && limit.rlim_max == 0;
  std::_Exit(kept && no_core && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 1);
}

TEST(Hardening, NoCoreIsDumpedAndNobodyMayTrace) {
  EXPECT_EXIT(KeepPrivateAndExit(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace dtsop
