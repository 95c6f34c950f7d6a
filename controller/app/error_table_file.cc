#include "app/error_table_file.h"

#include <fmt/format.h>

#include <utility>

namespace dtsop {
namespace {

constexpr Duration kReadAgainAfter = seconds(10);

}  // namespace

ErrorTableFile::ErrorTableFile(std::string path, FileReader read_file, const Clock& clock, Log log)
    : path_(std::move(path)),
      read_file_(std::move(read_file)),
      clock_(clock),
      log_(std::move(log)) {}

std::shared_ptr<const ErrorTable> ErrorTableFile::Get() {
  const MonoTime now = clock_.Read().mono;
  if (!path_.empty() && (!read_at_ || now - *read_at_ >= kReadAgainAfter)) {
    read_at_ = now;
    Read();
  }
  return table_;
}

void ErrorTableFile::Read() {
  auto file = read_file_(path_);
  Result<std::string> text = Fail(fmt::format("{} does not exist", path_));
  if (!file) {
    text = tl::unexpected(file.error());
  } else if (*file) {
    text = std::move(**file);
  }
  const bool same = seen_ && seen_->has_value() == text.has_value() &&
                    (text ? **seen_ == *text : seen_->error().message == text.error().message);
  if (same) return;
  auto table = text.and_then(
      [](const std::string& yaml) -> Result<ErrorTable> { return ParseErrorTable(yaml); });
  if (table) {
    table_ = std::make_shared<const ErrorTable>(std::move(*table));
    log_(LogLevel::kInfo, "read the error table",
         {{"file", path_}, {"rules", std::to_string(table_->own_rules())}});
  } else {
    log_(LogLevel::kWarn, "cannot read the error table; the one before stays in use",
         {{"file", path_}, {"error", table.error().message}});
  }
  seen_ = std::move(text);
}

}  // namespace dtsop
