#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <string>

namespace dtsop {
namespace {

struct Budget {
  int nodes = kYamlNodesMax;
  size_t chars = kYamlCharsMax;
};

tl::unexpected<Error> FailAt(const YAML::Mark& mark, std::string_view what) {
  if (mark.is_null()) return Fail(std::string(what));
  return Fail(fmt::format("{} at line {}, column {}", what, mark.line + 1, mark.column + 1));
}

Json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  // yaml-cpp tags a plain scalar "?" and a quoted one "!".
  if (node.Tag() != "?") return text;
  if (text == "true") return true;
  if (text == "false") return false;
  // A number only where it is written as we would write it, so that nothing is lost: "007" stays.
  const auto parsed = ParseJson(text);
  if (parsed && parsed->is_number() && DumpJson(*parsed) == text) return *parsed;
  return text;
}

Result<Json> Convert(const YAML::Node& node, int depth, Budget& budget);

Result<Json> ConvertMap(const YAML::Node& node, int depth, Budget& budget) {
  Json object = Json::object();
  for (const auto& pair : node) {
    if (!pair.first.IsScalar()) return FailAt(pair.first.Mark(), "a key that is not a plain text");
    const std::string& key = pair.first.Scalar();
    if (key.size() > budget.chars) return FailAt(pair.first.Mark(), "too much text");
    budget.chars -= key.size();
    if (object.contains(key)) return FailAt(pair.first.Mark(), "a key given twice");
    auto value = Convert(pair.second, depth + 1, budget);
    if (!value) return value;
    object.emplace(key, std::move(*value));
  }
  return object;
}

Result<Json> Convert(const YAML::Node& node, int depth, Budget& budget) {
  if (depth > kJsonDepthMax) return FailAt(node.Mark(), "nested too deeply");
  if (--budget.nodes < 0) return FailAt(node.Mark(), "too many values");
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      return Json();
    case YAML::NodeType::Scalar:
      if (node.Scalar().size() > budget.chars) return FailAt(node.Mark(), "too much text");
      budget.chars -= node.Scalar().size();
      return Scalar(node);
    case YAML::NodeType::Sequence: {
      Json array = Json::array();
      for (const auto& element : node) {
        auto value = Convert(element, depth + 1, budget);
        if (!value) return value;
        array.push_back(std::move(*value));
      }
      return array;
    }
    case YAML::NodeType::Map:
      return ConvertMap(node, depth, budget);
  }
  return Json();
}

}  // namespace

Result<Json> ParseYaml(std::string_view text) {
  if (text.size() > kYamlBytesMax) return Fail(fmt::format("larger than {} bytes", kYamlBytesMax));
  // The parser would take it for the end.
  if (text.find('\0') != std::string_view::npos) return Fail("not a text: it holds a NUL byte");
  try {
    Budget budget;
    return Convert(YAML::Load(std::string(text)), 0, budget);
  } catch (const YAML::Exception& e) {
    // Not e.what(): it may quote the text, which may be a secret.
    return FailAt(e.mark, "not valid YAML");
  } catch (const std::exception&) {
    return Fail("not valid YAML");
  }
}

}  // namespace dtsop
