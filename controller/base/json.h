// The one door through which foreign JSON enters.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dtsop {

using Json = nlohmann::json;

// Deeper documents are refused before a tree is built: nlohmann's copy and dump recurse per level.
inline constexpr int kJsonDepthMax = 64;

// Parses one complete document. Fails on malformed text, trailing data or more than kJsonDepthMax
// levels; the message holds no part of the text. Never throws.
Result<Json> ParseJson(std::string_view text);

// Compact text; bytes that are not UTF-8 become U+FFFD instead of an exception.
std::string DumpJson(const Json& value);

// Readers that never throw: a missing member, a member of another type or a non-object parent gives
// the default. `Member` walks nested objects: Member(object, "metadata", "name").
const Json& Member(const Json& object, std::string_view name);
template <class... Names>
const Json& Member(const Json& object, std::string_view name, Names... rest) {
  return Member(Member(object, name), rest...);
}
std::string StringOr(const Json& value, std::string_view fallback = "");
int64_t IntOr(const Json& value, int64_t fallback);
bool BoolOr(const Json& value, bool fallback);

// Lenient readers for DTS, which sends "true" or true and "200" or 200.
std::optional<bool> LenientBool(const Json& value);
std::optional<int64_t> LenientInt(const Json& value);
std::string LenientString(const Json& value);

}  // namespace dtsop
