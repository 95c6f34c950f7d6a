#include "base/strings.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace dtsop {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool Unreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Length of the valid UTF-8 sequence at the start of `text`, or 0.
size_t Utf8Length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  uint32_t code = lead & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return 0;
    code = (code << 6) | (next & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return overlong || surrogate || code > 0x10FFFF ? 0 : length;
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  for (const char raw : text) {
    const auto c = static_cast<unsigned char>(raw);
    if (Unreserved(c)) {
      out.push_back(raw);
    } else {
      out.push_back('%');
      out.push_back(kDigits[c >> 4]);
      out.push_back(kDigits[c & 15]);
    }
  }
  return out;
}

std::string PercentDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
        HexValue(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2])));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (;;) {
    const size_t end = text.find(separator, begin);
    parts.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ToLower(a) == ToLower(b);
}

std::string ReplaceAll(std::string_view text, std::string_view what, std::string_view with) {
  std::string out;
  size_t begin = 0;
  for (size_t at = 0; !what.empty() && (at = text.find(what, begin)) != std::string_view::npos;) {
    out.append(text.substr(begin, at - begin)).append(with);
    begin = at + what.size();
  }
  return out.append(text.substr(begin));
}

std::string RepairUtf8(std::string_view text, bool as_pairs) {
  std::string out;
  while (!text.empty()) {
    const auto at = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
    const bool ascii = at(0) < 0x80;
    size_t length = as_pairs && !ascii ? 0 : Utf8Length(text);
    out.append(length == 0 ? kReplacement : text.substr(0, length));
    if (length == 0) length = as_pairs && text.size() > 1 && at(1) >= 0x40 ? 2 : 1;
    text.remove_prefix(length);
  }
  return out;
}

std::string CleanText(std::string_view text, size_t bytes_max) {
  std::string out;
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    const auto lead = static_cast<unsigned char>(text[0]);
    std::string_view piece = length == 0 ? kReplacement : text.substr(0, length);
    // C0 controls and DEL; U+0080..U+009F; the bidirectional overrides that could disguise a log
    // line.
    const bool control = length == 1 && (lead < 0x20 || lead == 0x7F);
    const bool c1 = length == 2 && lead == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    const bool bidi = length == 3 && ((piece >= "\xE2\x80\xAA" && piece <= "\xE2\x80\xAE") ||
                                      (piece >= "\xE2\x81\xA6" && piece <= "\xE2\x81\xA9"));
    if (control || c1 || bidi) piece = " ";
    text.remove_prefix(length == 0 ? 1 : length);
    if (out.size() + piece.size() > bytes_max) {
      while (out.size() + 3 > bytes_max && !out.empty()) {
        while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80)
          out.pop_back();
        if (!out.empty()) out.pop_back();
      }
      return bytes_max < 3 ? out : out + "...";
    }
    out.append(piece);
  }
  return out;
}

}  // namespace dtsop
