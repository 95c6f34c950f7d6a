// The log: one JSON object a line on standard error.
#pragma once

#include <mutex>
#include <string_view>

#include "base/time.h"
#include "io/core_io.h"

namespace dtsop {

// False when `name` is none of debug, info, warn, error.
bool ParseLogLevel(std::string_view name, LogLevel* level);

// Callable from any thread. A line is written whole, by one write(2); a write that fails is lost.
class JsonLog {
 public:
  JsonLog(const Clock& clock, LogLevel level, int file = 2)
      : clock_(clock), level_(level), file_(file) {}

  // Writes time, level, message and fields unless `level` is below the configured one.
  void Write(LogLevel level, std::string_view message, const LogFields& fields);

 private:
  const Clock& clock_;
  const LogLevel level_;
  const int file_;
  std::mutex mutex_;
};

}  // namespace dtsop
