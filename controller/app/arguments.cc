#include "app/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "base/strings.h"

namespace dtsop {
namespace {

// An empty list has a meaning.
bool IsList(const std::string& flag) {
  return flag == "--watch-namespace" || flag == "--own-credentials-namespaces";
}

bool IsNamespaceName(std::string_view name) {
  constexpr size_t kBytesMax = 63;
  const auto inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= kBytesMax && name.front() != '-' && name.back() != '-' &&
         std::all_of(name.begin(), name.end(), inner);
}

// The value of `flag` without blanks around it. What a template has left empty is not taken for a
// wish, and quotes that no shell has removed are not taken for a part of a name.
std::string TidyValue(const std::string& flag, std::string_view value) {
  value = Trim(value);
  if (value.empty() && !IsList(flag)) {
    throw CLI::ValidationError(flag, "has an empty value; give one, or leave the flag out");
  }
  for (const char quote : {'"', '\''}) {
    if (value.starts_with(quote) || value.ends_with(quote)) {
      throw CLI::ValidationError(
          flag, fmt::format("has a quotation mark in its value, {}; leave it out", value));
    }
  }
  return std::string(value);
}

}  // namespace

std::vector<std::string> TidyArguments(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const size_t equals = argument.find('=');
    const std::string flag = argument.substr(0, equals);
    const CLI::Option* option = flag.starts_with("--") ? app.get_option_no_throw(flag) : nullptr;
    const bool takes_value = option != nullptr && option->get_items_expected_min() > 0;
    const bool separate = equals == std::string::npos && i + 1 < argc &&
                          !std::string_view(argv[i + 1]).starts_with("--");
    if (!takes_value || (equals == std::string::npos && !separate)) {
      arguments.push_back(argument);
      continue;
    }
    const std::string value = TidyValue(flag, separate ? argv[++i] : argument.substr(equals + 1));
    if (!value.empty()) arguments.push_back(fmt::format("{}={}", flag, value));
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

void TidyNamespaces(const std::string& flag, std::vector<std::string>* names, bool star_is_all) {
  std::set<std::string> seen = {""};
  for (std::string& name : *names) name = std::string(Trim(name));
  std::erase_if(*names, [&seen](const std::string& name) { return !seen.insert(name).second; });
  for (const std::string& name : *names) {
    if (IsNamespaceName(name) || (star_is_all && name == "*")) continue;
    throw CLI::ValidationError(
        flag,
        fmt::format("\"{}\" is not the name of a namespace: lower-case letters, digits and -, "
                    "at most 63, and no - at either end{}",
                    CleanText(name, 64), star_is_all ? "; or * for all namespaces" : ""));
  }
}

}  // namespace dtsop
