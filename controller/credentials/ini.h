// The ini files of Alibaba Cloud's SDKs, by the rules of the library that the one for Go reads them
// with (gopkg.in/ini.v1).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dtsop {

class IniFile {
 public:
  // Fails where the library does, with the number of the line; never quotes what is in it. Where
  // the library knows a syntax that is not read here, `unread` says which, and the rest is missing.
  static Result<IniFile> Parse(std::string_view text);

  bool HasSection(const std::string& name) const { return sections_.contains(name); }
  // The value of `key` in the section `name`, else in "a" for a section "a.b"; nullopt: none.
  std::optional<std::string> Find(std::string name, const std::string& key) const;

  // "line 3 holds a continuation", or "".
  const std::string& unread() const { return unread_; }

 private:
  std::map<std::string, std::map<std::string, std::string>> sections_;
  std::string unread_;
};

}  // namespace dtsop
