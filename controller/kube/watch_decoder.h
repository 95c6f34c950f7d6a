// One event of a watch.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace dtsop {

enum class WatchEventType { kAdded, kModified, kDeleted, kBookmark, kError };

struct WatchEvent {
  WatchEventType type = WatchEventType::kError;
  Json object;  // always a JSON object; a Status when the type is kError
};

// Fails on malformed JSON, an unknown type and an object that is none; the message is fit for a
// log.
Result<WatchEvent> DecodeWatchEvent(std::string_view text);

}  // namespace dtsop
