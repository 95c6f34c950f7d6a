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

Result<WatchEvent> DecodeWatchEvent(std::string_view text) {
  auto json = ParseJson(text);
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
