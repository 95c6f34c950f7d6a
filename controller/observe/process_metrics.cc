#include "observe/process_metrics.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

#include "observe/metrics.h"

namespace dtsop {
namespace {

std::string FileText(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The fields of /proc/self/stat from the third on: the second, the program's name, may hold blanks.
std::vector<double> Stat() {
  const std::string text = FileText("/proc/self/stat");
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 3 > text.size()) return {};
  std::istringstream fields(text.substr(name_end + 3));  // behind the state, a letter
  return {std::istream_iterator<double>(fields), {}};
}

// Seconds since 1970 when the machine came up.
std::optional<double> BootTime() {
  const std::string text = FileText("/proc/stat");
  const size_t line = text.find("\nbtime ");
  if (line == std::string::npos) return std::nullopt;
  return std::strtod(text.c_str() + line + 7, nullptr);
}

std::optional<double> OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(files), end(files)));
}

void Append(const MetricDef& metric, std::optional<double> value, std::string* text) {
  if (!value) return;
  text->append(fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", metric.name, metric.help,
                           metric.kind == MetricKind::kCounter ? "counter" : "gauge", *value));
}

}  // namespace

std::string ProcessMetricsText() {
  // Where the fields of proc(5) are in Stat().
  constexpr size_t kUserTime = 14 - 4;
  constexpr size_t kSystemTime = 15 - 4;
  constexpr size_t kStartTime = 22 - 4;
  constexpr size_t kResidentPages = 24 - 4;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::string text;
  const std::vector<double> stat = Stat();
  if (stat.size() > kResidentPages) {
    Append(metric::kProcessCpu, (stat[kUserTime] + stat[kSystemTime]) / ticks, &text);
    Append(metric::kProcessResident,
           stat[kResidentPages] * static_cast<double>(sysconf(_SC_PAGESIZE)), &text);
    if (const auto boot = BootTime()) {
      Append(metric::kProcessStart, *boot + stat[kStartTime] / ticks, &text);
    }
  }
  Append(metric::kProcessOpenFds, OpenDescriptors(), &text);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    Append(metric::kProcessMaxFds, static_cast<double>(limit.rlim_cur), &text);
  }
  return text;
}

}  // namespace dtsop
