#include "observe/process_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

namespace dtsop {
namespace {

using ::testing::HasSubstr;

double ValueOf(const std::string& text, const std::string& name) {
  const size_t line = text.find("\n" + name + " ");
  return line == std::string::npos ? -1
                                   : std::strtod(text.c_str() + line + name.size() + 2, nullptr);
}

TEST(ProcessMetrics, TellOfThisProcess) {
  const std::string text = ProcessMetricsText();
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
  EXPECT_GE(ValueOf(text, "process_cpu_seconds_total"), 0);
  EXPECT_GT(ValueOf(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(ValueOf(text, "process_open_fds"), 3);
  EXPECT_GE(ValueOf(text, "process_max_fds"), ValueOf(text, "process_open_fds"));
  EXPECT_GT(ValueOf(text, "process_start_time_seconds"), now.count() - 86400);
  EXPECT_LT(ValueOf(text, "process_start_time_seconds"), now.count() + 2);
  EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter\n"));
}

}  // namespace
}  // namespace dtsop
