#include "observe/json_log.h"

#include <unistd.h>

#include <array>

#include "base/json.h"
#include "base/strings.h"

namespace dtsop {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};
constexpr size_t kFieldBytesMax = 4096;

}  // namespace

bool ParseLogLevel(std::string_view name, LogLevel* level) {
  for (size_t i = 0; i < kLevels.size(); ++i) {
    if (!EqualsIgnoreCase(kLevels[i], name)) continue;
    *level = static_cast<LogLevel>(i);
    return true;
  }
  return false;
}

void JsonLog::Write(LogLevel level, std::string_view message, const LogFields& fields) {
  if (level < level_) return;
  nlohmann::ordered_json line = {{"time", FormatRfc3339Micro(clock_.Read().wall)},
                                 {"level", kLevels[static_cast<size_t>(level)]},
                                 {"msg", message}};
  for (const auto& [name, value] : fields) {
    line[std::string(name)] = CleanText(value, kFieldBytesMax);
  }
  const std::string text =
      line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  // Nothing can be done about a log that can't be written.
  [[maybe_unused]] const auto written = ::write(file_, text.data(), text.size());
}

}  // namespace dtsop
