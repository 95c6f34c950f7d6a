// The error table of a file that may change, such as a mounted ConfigMap.
#pragma once

#include <memory>
#include <string>

#include "app/rotation.h"
#include "base/environment.h"
#include "base/watched_files.h"
#include "dts/errors.h"

namespace dtsop {

// While the file is missing or wrong, the table that was read last goes on being used, at first the
// built-in one.
class ErrorTableFile {
 public:
  // `path` "" means the built-in table alone.
  ErrorTableFile(std::string path, FileReader read_file)
      : path_(std::move(path)), files_(std::move(read_file)) {}

  // Has the file read at the next Look, and whenever it has changed. This must outlive `rotation`.
  void AddTo(Rotation* rotation);
  // The table in use. Never null.
  std::shared_ptr<const ErrorTable> Get() const { return table_; }

 private:
  Result<bool> Renew(const FileReader& read_file);

  const std::string path_;
  WatchedFiles files_;
  std::shared_ptr<const ErrorTable> table_ = std::make_shared<const ErrorTable>();
};

}  // namespace dtsop
