// Files that are read again while the operator runs: what is rotated there is used without a
// restart.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "base/time.h"
#include "base/watched_files.h"
#include "io/core_io.h"

namespace dtsop {

// For one thread.
class Rotation {
 public:
  using Log = std::function<void(LogLevel, std::string_view message, const LogFields&)>;
  // Reads its files anew and puts into use what they hold, all of it or nothing. True: that differs
  // from what was in use.
  using Renew = std::function<Result<bool>(const FileReader&)>;

  // `clock` must outlive this.
  Rotation(const Clock& clock, Log log) : clock_(clock), log_(std::move(log)) {}

  // Watches the files that were read through `files`, which must outlive this; if there are none
  // yet, `renew` reads them at the next Look. `what` is for the log.
  void Add(std::string what, WatchedFiles& files, Renew renew);

  // At most every 10 s: renews whatever has a changed file, and tells the log. What can't be used
  // is told once, with the names of the files, and what was in use before stays. Blocks for as long
  // as the file system takes.
  void Look();

 private:
  struct Part {
    std::string what;
    WatchedFiles& files;
    Renew renew;
  };
  void LookAt(const Part& part);

  const Clock& clock_;
  const Log log_;
  std::vector<Part> parts_;
  std::optional<MonoTime> looked_at_;
};

}  // namespace dtsop
