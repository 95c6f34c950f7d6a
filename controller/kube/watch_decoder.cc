#include "kube/watch_decoder.h"

#include <fmt/format.h>

#include <utility>

#include "base/strings.h"

namespace dtsop {
namespace {

constexpr size_t kTypeShownMax = 32;

struct TypeName {
  std::string_view name;
  WatchEventType type;
};
constexpr TypeName kTypes[] = {{"ADDED", WatchEventType::kAdded},
                               {"MODIFIED", WatchEventType::kModified},
                               {"DELETED", WatchEventType::kDeleted},
                               {"BOOKMARK", WatchEventType::kBookmark},
                               {"ERROR", WatchEventType::kError}};

}  // namespace

Result<void> LineDecoder::Feed(std::string_view data, const OnLine& on_line) {
  while (!failed_ && !data.empty()) {
    const size_t end = data.find('\n');
    const std::string_view piece = data.substr(0, end);
    if (partial_.size() + piece.size() > line_bytes_max_) {
      failed_ = true;
      break;
    }
    if (end == std::string_view::npos) {
      partial_.append(piece);
      return {};
    }
    data.remove_prefix(end + 1);
    // A line that lies within one chunk is not copied.
    if (!partial_.empty()) partial_.append(piece);
    std::string_view line = partial_.empty() ? piece : std::string_view(partial_);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) on_line(line);
    partial_.clear();
  }
  if (!failed_) return {};
  partial_ = std::string();
  return Fail(fmt::format("the watch sent a line of more than {} bytes", line_bytes_max_));
}

Result<WatchEvent> DecodeWatchEvent(std::string_view line) {
  auto json = ParseJson(line);
  if (!json) return Fail("the watch sent an event that is " + json.error().message);
  const std::string name = StringOr(Member(*json, "type"));
  for (const TypeName& known : kTypes) {
    if (known.name != name) continue;
    const auto object = json->find("object");
    if (object == json->end() || !object->is_object())
      return Fail("the watch sent an event of type " + name + " without an object");
    return WatchEvent{known.type, std::move(*object)};
  }
  return Fail(fmt::format("the watch sent an event of the unknown type \"{}\"",
                          CleanText(name, kTypeShownMax)));
}

}  // namespace dtsop
