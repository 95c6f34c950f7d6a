// The one door through which foreign YAML enters. It leaves as JSON, so that all readers are the
// non-throwing ones of base/json.h.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace dtsop {

inline constexpr size_t kYamlBytesMax = 4U << 20;
// Counted after aliases are followed, which is what bounds an alias bomb.
inline constexpr int kYamlNodesMax = 100'000;
inline constexpr size_t kYamlCharsMax = 16U << 20;

// Parses the first document of `text`; an empty text is null. Plain true, false and null become
// those, plain numbers that are written as JSON would write them become numbers, every other scalar
// is a string, so that LenientString gives back the text as it was written. Fails on malformed
// text, a mapping with a repeated or compound key, and beyond the limits above or kJsonDepthMax
// (which a cyclic alias reaches); the message names line and column, and holds no part of the text.
// Never throws.
Result<Json> ParseYaml(std::string_view text);

}  // namespace dtsop
