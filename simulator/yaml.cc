#include "simulator/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace dtsop::simulator {
namespace {

// Aliases share nodes, so that a short document can stand for an enormous tree.
constexpr size_t kNodesMax = 300'000;

class Converter {
 public:
  // Sets `problem` when a limit is passed.
  Json Convert(const YAML::Node& node, int depth) {
    if (depth > kJsonDepthMax) problem = "nested too deeply";
    if (++nodes_ > kNodesMax) problem = "too large once its aliases are resolved";
    if (!problem.empty()) return {};
    switch (node.Type()) {
      case YAML::NodeType::Map: {
        Json out = Json::object();
        for (const auto& entry : node) {
          out[entry.first.Scalar()] = Convert(entry.second, depth + 1);
        }
        return out;
      }
      case YAML::NodeType::Sequence: {
        Json out = Json::array();
        for (const auto& item : node) out.push_back(Convert(item, depth + 1));
        return out;
      }
      case YAML::NodeType::Scalar:
        return Scalar(node);
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        break;
    }
    return {};
  }

  std::string problem;

 private:
  static Json Scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() == "!") return text;  // quoted
    if (text == "true") return true;
    if (text == "false") return false;
    int64_t whole = 0;
    if (YAML::convert<int64_t>::decode(node, whole)) return whole;
    double number = 0;
    if (YAML::convert<double>::decode(node, number)) return number;
    return text;
  }

  size_t nodes_ = 0;
};

}  // namespace

Result<Json> ParseYaml(const std::string& text) {
  try {
    Converter converter;
    Json value = converter.Convert(YAML::Load(text), 0);
    if (!converter.problem.empty()) return Fail("not usable YAML: " + converter.problem);
    return value;
  } catch (const YAML::Exception& error) {
    return Fail(fmt::format("not valid YAML: line {}, column {}: {}", error.mark.line + 1,
                            error.mark.column + 1, error.msg));
  }
}

}  // namespace dtsop::simulator
