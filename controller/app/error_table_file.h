// The error table of a file that may change, such as a mounted ConfigMap.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/environment.h"
#include "base/time.h"
#include "dts/errors.h"
#include "io/core_io.h"

namespace dtsop {

// Reads the file at most every 10 seconds. While it is missing or wrong, the table that was read
// last goes on being used, at first the built-in one.
class ErrorTableFile {
 public:
  // Told of each new version of the file, good or bad.
  using Log = std::function<void(LogLevel, std::string_view message, const LogFields&)>;

  // `path` "" means the built-in table alone. `clock` must outlive this.
  ErrorTableFile(std::string path, FileReader read_file, const Clock& clock, Log log);

  // Reads when it is time to; blocks for as long as the file system takes. Never null.
  std::shared_ptr<const ErrorTable> Get();

 private:
  void Read();

  const std::string path_;
  const FileReader read_file_;
  const Clock& clock_;
  const Log log_;
  std::shared_ptr<const ErrorTable> table_ = std::make_shared<const ErrorTable>();
  std::optional<MonoTime> read_at_;
  std::optional<Result<std::string>> seen_;  // the text, or why there is none
};

}  // namespace dtsop
