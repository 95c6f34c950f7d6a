// What a request path and query ask for.
#pragma once

#include <optional>
#include <string>

#include "net/http.h"
#include "tests/simulation/sim_api_server.h"

namespace dtsop::sim {

struct SimApiServer::Target {
  const SimResource* resource = nullptr;
  std::string ns;    // empty: all namespaces
  std::string name;  // empty: the collection
  bool status = false;
  QueryParameters query;

  std::string Query(std::string_view parameter) const {
    for (const auto& [name_, value] : query) {
      if (name_ == parameter) return value;
    }
    return "";
  }
  std::string Key() const { return SimStore::Key(resource->plural, ns, name); }
  // What the keys of the collection start with.
  std::string Prefix() const {
    std::string prefix = std::string(resource->plural).append("/");
    if (!ns.empty()) prefix.append(ns).append("/");
    return prefix;
  }
};

// The object name in a fieldSelector "metadata.name=x", or "".
std::string SelectedName(const std::string& field_selector);
// 0 for an absent or unreadable number.
int64_t ParseNumber(const std::string& text);

}  // namespace dtsop::sim
