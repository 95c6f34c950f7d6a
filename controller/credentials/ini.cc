// Not Boost's ini_parser: it knows neither quotes nor ":" nor comments behind a value, and refuses
// a key or a section that is there twice, so that it would read other keys than the SDKs do.
#include "credentials/ini.h"

#include <fmt/format.h>

#include <utility>

namespace dtsop {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSpace = " \t\n\v\f\r";
// Of what stands before the first section.
constexpr char kNoSection[] = "DEFAULT";

std::string_view TrimSpace(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// In quotes of this kind, of which there is none inside.
bool IsQuoted(std::string_view text, char quote) {
  return text.size() >= 2 && text.front() == quote && text.find(quote, 1) == text.size() - 1;
}

struct Value {
  std::string text;
  std::string_view unread;  // which syntax is not read here; "": none
};

Value ReadValue(std::string_view text) {
  text = TrimSpace(text);
  if (text.starts_with("\"\"\"") && text.size() > 3) return {"", "a value in three quotes"};
  if (text.starts_with('`')) return {"", "a value in backquotes"};
  if (text.ends_with('\\')) return {"", "a value that goes on in the next line"};
  text = TrimSpace(text.substr(0, text.find_first_of("#;")));
  if (IsQuoted(text, '\'') || IsQuoted(text, '"')) text = text.substr(1, text.size() - 2);
  if (text.find("%(") != std::string_view::npos) return {"", "a value with %(another) in it"};
  return {std::string(text), ""};
}

}  // namespace

Result<IniFile> IniFile::Parse(std::string_view text) {
  IniFile file;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  auto* section = &file.sections_[kNoSection];
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = TrimSpace(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      const size_t close = line.rfind(']');
      if (close == std::string_view::npos) {
        return Fail(fmt::format("line {}: a section without its ]", number));
      }
      if (close == 1) return Fail(fmt::format("line {}: a section without a name", number));
      section = &file.sections_[std::string(line.substr(1, close - 1))];
      continue;
    }
    const size_t split = line.find_first_of("=:");
    if (split == std::string_view::npos || split == 0) {
      return Fail(fmt::format("line {}: neither a section nor KEY = VALUE", number));
    }
    Value value = ReadValue(line.substr(split + 1));
    if (line.front() == '"' || line.front() == '`') value.unread = "a key in quotes";
    if (!value.unread.empty()) {
      file.unread_ = fmt::format("line {} holds {}", number, value.unread);
      return file;
    }
    section->insert_or_assign(std::string(TrimSpace(line.substr(0, split))), std::move(value.text));
  }
  return file;
}

std::optional<std::string> IniFile::Find(std::string name, const std::string& key) const {
  for (;;) {
    const auto section = sections_.find(name.empty() ? kNoSection : name);
    if (section != sections_.end()) {
      const auto at = section->second.find(key);
      if (at != section->second.end()) return at->second;
    }
    const size_t parent = name.rfind('.');
    if (parent == std::string::npos) return std::nullopt;
    name.resize(parent);
  }
}

}  // namespace dtsop
