#include "base/watched_files.h"

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

std::vector<std::string> WatchedFiles::Changed() const {
  std::vector<std::string> changed;
  for (const auto& [path, digest] : seen_) {
    if (DigestOf(read_file_(path)) != digest) changed.push_back(path);
  }
  return changed;
}

std::vector<std::string> WatchedFiles::Paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, digest] : seen_) paths.push_back(path);
  return paths;
}

}  // namespace dtsop
