// Small text helpers that the standard library lacks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dtsop {

// RFC 3986 percent-encoding with only A-Z a-z 0-9 - _ . ~ kept: what both DTS signatures and the
// query strings of the Kubernetes API need.
std::string PercentEncode(std::string_view text);
// Decodes %XX and, when `plus_is_space`, '+'. A malformed escape is kept as it stands.
std::string PercentDecode(std::string_view text, bool plus_is_space);

std::vector<std::string> Split(std::string_view text, char separator);
std::string_view Trim(std::string_view text);
std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// `text` with every occurrence of `what` replaced by `with`, literally and in one pass: an
// occurrence inside `with` is not replaced again.
std::string ReplaceAll(std::string_view text, std::string_view what, std::string_view with);

// `text` with U+FFFD in place of what is not UTF-8. `as_pairs`: of all but ASCII, two bytes at a
// time, as GBK has it, whose second bytes may look like a backslash.
std::string RepairUtf8(std::string_view text, bool as_pairs);

// Text from outside made fit for a condition, an event or a log: control characters become spaces,
// broken UTF-8 is replaced, and it is cut at a character boundary to `bytes_max` with "..." as the
// end.
std::string CleanText(std::string_view text, size_t bytes_max);

}  // namespace dtsop
