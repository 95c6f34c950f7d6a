#include "tests/simulation/sim_api_target.h"

#include <fmt/format.h>

#include <charconv>

#include "base/strings.h"

namespace dtsop::sim {
namespace {

HttpResult UnknownPath() {
  return StatusReply(404, "NotFound", "the server could not find the requested resource",
                     Json::object());
}

std::string_view Verb(const HttpRequest& request, bool named) {
  if (request.method == "GET") {
    if (SimApiServer::IsWatch(request)) return "watch";
    return named ? "get" : "list";
  }
  if (request.method == "POST") return "create";
  if (request.method == "PUT") return "update";
  if (request.method == "PATCH") return "patch";
  return "delete";
}

}  // namespace

std::string SelectedName(const std::string& field_selector) {
  constexpr std::string_view kName = "metadata.name=";
  if (!field_selector.starts_with(kName)) return "";
  std::string name = field_selector.substr(kName.size());
  return name.starts_with("=") ? name.substr(1) : name;
}

int64_t ParseNumber(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool SimApiServer::IsWatch(const HttpRequest& request) {
  const size_t query = request.target.find('?');
  if (request.method != "GET" || query == std::string::npos) return false;
  for (const auto& [name, value] :
       DecodeQuery(std::string_view(request.target).substr(query + 1))) {
    if (name == "watch") return value == "1" || value == "true";
  }
  return false;
}

std::optional<HttpResult> SimApiServer::Parse(const HttpRequest& request, Target* target) const {
  const size_t query = request.target.find('?');
  if (query != std::string::npos)
    target->query = DecodeQuery(std::string_view(request.target).substr(query + 1));
  std::vector<std::string> path = Split(request.target.substr(0, query), '/');
  // "/api/v1/..." or "/apis/<group>/<version>/...": the first element is empty.
  size_t next = 0;
  std::string group;
  std::string version;
  if (path.size() > 3 && path[1] == "api") {
    version = path[2];
    next = 3;
  } else if (path.size() > 4 && path[1] == "apis") {
    group = path[2];
    version = path[3];
    next = 4;
  } else {
    return UnknownPath();
  }
  if (path.size() > next + 2 && path[next] == "namespaces") {
    target->ns = PercentDecode(path[next + 1], false);
    next += 2;
  }
  target->resource = FindResource(group, version, path[next++]);
  if (target->resource == nullptr) return UnknownPath();
  if (next < path.size()) target->name = PercentDecode(path[next++], false);
  if (next < path.size()) target->status = path[next++] == "status";
  if (next < path.size() || (target->status && !target->resource->custom)) return UnknownPath();
  const std::string verb(Verb(request, !target->name.empty()));
  if (options_.authorize &&
      target->resource->verbs.find(" " + verb + " ") == std::string_view::npos)
    return StatusReply(403, "Forbidden",
                       fmt::format("{} is forbidden: User \"dts-operator\" cannot {} resource "
                                   "\"{}\" in API group \"{}\"",
                                   QualifiedName(*target->resource), verb, target->resource->plural,
                                   target->resource->group),
                       {{"kind", target->resource->plural}});
  return std::nullopt;
}

}  // namespace dtsop::sim
