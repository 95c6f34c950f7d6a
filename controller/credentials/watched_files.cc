#include "credentials/watched_files.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"

namespace dtsop {
namespace {

using FileText = Result<std::optional<std::string>>;

// Differs whenever a reader would notice.
std::string DigestOf(const FileText& text) {
  if (!text) return "unreadable: " + text.error().message;
  return *text ? Sha256Hex(**text) : "missing";
}

}  // namespace

WatchedFiles::WatchedFiles(FileReader read_file)
    : read_file_(std::move(read_file)), reader_([this](const std::string& path) {
        FileText text = read_file_(path);
        seen_.insert_or_assign(path, DigestOf(text));
        return text;
      }) {}

bool WatchedFiles::Changed() const {
  return std::any_of(seen_.begin(), seen_.end(), [this](const auto& seen) {
    return DigestOf(read_file_(seen.first)) != seen.second;
  });
}

}  // namespace dtsop
