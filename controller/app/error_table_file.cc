#include "app/error_table_file.h"

#include <utility>

namespace dtsop {

void ErrorTableFile::AddTo(Rotation* rotation) {
  if (path_.empty()) return;
  rotation->Add("error table", files_, [this](const FileReader& read) { return Renew(read); });
}

Result<bool> ErrorTableFile::Renew(const FileReader& read_file) {
  const auto text = read_file(path_);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return Fail(path_ + " does not exist");
  auto table = ParseErrorTable(**text);
  if (!table) return tl::unexpected(table.error());
  table_ = std::make_shared<const ErrorTable>(std::move(*table));
  return true;
}

}  // namespace dtsop
