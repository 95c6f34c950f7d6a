// The digests that request signing and start keys need, over OpenSSL. None blocks or fails.
#pragma once

#include <string>
#include <string_view>

namespace dtsop {

std::string Sha256Hex(std::string_view data);
std::string HmacSha256Hex(std::string_view key, std::string_view data);
std::string HmacSha1Base64(std::string_view key, std::string_view data);
std::string Base64Encode(std::string_view data);
// False when `text` is not valid padded base64 (line breaks are accepted); `out` is then
// unspecified.
bool Base64Decode(std::string_view text, std::string* out);
// Equal without telling by its duration where the first difference is.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace dtsop
