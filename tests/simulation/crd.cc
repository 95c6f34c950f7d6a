#include "tests/simulation/crd.h"

#include <fstream>
#include <iterator>
#include <string>

#include "base/yaml.h"

namespace dtsop::sim {

const Json& DtsJobSchema() {
  static const Json schema = [] {
    std::ifstream file(std::string(DTSOP_SOURCE_DIR) + "/crds/dtsjobs.yaml");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return ParseYaml(text).value().at(
        Json::json_pointer("/spec/versions/0/schema/openAPIV3Schema"));
  }();
  return schema;
}

}  // namespace dtsop::sim
