// The body of a watch: bytes in any slices -> lines -> events.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace dtsop {

// etcd refuses objects of more than 1.5 MiB, and JSON escapes at most sixfold.
inline constexpr size_t kWatchLineBytesMax = 16U << 20;

// Cuts a stream into lines. Not thread-safe. Holds at most `line_bytes_max` plus one chunk.
class LineDecoder {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  explicit LineDecoder(size_t line_bytes_max = kWatchLineBytesMax)
      : line_bytes_max_(line_bytes_max) {}

  // Calls `on_line` for each line that `data` completes, without its LF or CRLF; empty lines are
  // skipped. The view is valid during the call only. Fails on a line over the limit, then and ever
  // after: end the watch. A last line without an end is never delivered, as it may be cut short.
  Result<void> Feed(std::string_view data, const OnLine& on_line);

 private:
  const size_t line_bytes_max_;
  std::string partial_;
  bool failed_ = false;
};

enum class WatchEventType { kAdded, kModified, kDeleted, kBookmark, kError };

struct WatchEvent {
  WatchEventType type = WatchEventType::kError;
  Json object;  // always a JSON object; a Status when the type is kError
};

// Fails on malformed JSON, an unknown type and an object that is none; the message is fit for a
// log.
Result<WatchEvent> DecodeWatchEvent(std::string_view line);

}  // namespace dtsop
