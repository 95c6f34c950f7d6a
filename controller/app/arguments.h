// Command lines as people, charts and templates write them, made fit for CLI11.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace dtsop {

// The arguments as "--flag=value", in the order in which CLI11 wants a vector of them, last first;
// CLI11 would take the argument after "--flag=" for its value. Blanks around a value are left out.
// Throws CLI::ValidationError, which names the flag, for a value that is empty, but for lists
// of namespaces, and for one with a quotation mark at its end.
std::vector<std::string> TidyArguments(const CLI::App& app, int argc, const char* const* argv);

// Leaves out the blanks that people put after commas, empty names, and names that are given twice.
// Throws CLI::ValidationError, which names `flag`, for what can't be a namespace, "*" included
// unless `star_is_all`.
void TidyNamespaces(const std::string& flag, std::vector<std::string>* names, bool star_is_all);

}  // namespace dtsop
