// Any bytes as an ini file of the SDKs. It is read, or refused with the number of a line; what is
// read is found again, in its section and from a section below, without white space around it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "credentials/ini.h"

namespace dtsop {
namespace {

constexpr char kCanary[] = "hunter2";

void Check(std::string_view text) {
  const auto file = IniFile::Parse(text);
  const std::string& said = file ? file->unread() : file.error().message;
  if (!said.empty() && !said.starts_with("line ")) __builtin_trap();
  if (said.find(kCanary) != std::string::npos) __builtin_trap();
  if (!file) return;
  for (const char* section : {"default", "DEFAULT", "a", "a.b", "a.b.c", ""}) {
    for (const char* key : {"type", "access_key_id", "access_key_secret", "k"}) {
      const auto value = file->Find(section, key);
      if (!value) continue;
      if (text.find(*value) == std::string_view::npos) __builtin_trap();
      if (value->find('\n') != std::string::npos) __builtin_trap();
      if (!file->Find(std::string(section) + ".no-such-section", key)) __builtin_trap();
    }
  }
}

}  // namespace
}  // namespace dtsop

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dtsop::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
