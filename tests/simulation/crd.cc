#include "tests/simulation/crd.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <string>

namespace dtsop::sim {
namespace {

Json ScalarFromYaml(const YAML::Node& node) {
  const std::string text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true" || text == "false") return text == "true";
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return text;
}

Json FromYaml(const YAML::Node& node) {
  if (node.IsScalar()) return ScalarFromYaml(node);
  Json value;
  if (node.IsSequence()) {
    value = Json::array();
    for (const YAML::Node& item : node) value.push_back(FromYaml(item));
  } else if (node.IsMap()) {
    value = Json::object();
    for (const auto& member : node) value[member.first.Scalar()] = FromYaml(member.second);
  }
  return value;
}

}  // namespace

const Json& DtsJobSchema() {
  static const Json schema = FromYaml(
      YAML::LoadFile(std::string(DTSOP_SOURCE_DIR) +
                     "/crds/dtsjobs.yaml")["spec"]["versions"][0]["schema"]["openAPIV3Schema"]);
  return schema;
}

}  // namespace dtsop::sim
