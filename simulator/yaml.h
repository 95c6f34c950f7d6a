#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace dtsop::simulator {

// The first document of `text` as JSON. Plain scalars become booleans, numbers and null where they
// look like one; quoted ones stay texts. Fails, naming line and column, on malformed YAML, on more
// than kJsonDepthMax levels and on documents that aliases blow up. Never throws.
Result<Json> ParseYaml(const std::string& text);

}  // namespace dtsop::simulator
