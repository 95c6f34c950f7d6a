// The part of the API server's structural schemas that changes what is stored: defaulting, pruning
// and validation of a custom resource by its CRD. CEL rules are not evaluated.
#pragma once

#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dtsop::sim {

class SimSchema {
 public:
  // `schema` is an openAPIV3Schema. An empty one accepts and keeps everything.
  explicit SimSchema(Json schema) : schema_(std::move(schema)) {}

  // Removes members that the schema does not name, as the server does before it stores an object.
  // apiVersion, kind and metadata stay.
  void Prune(Json& object) const;
  // Adds the defaults of missing members.
  void Default(Json& object) const { DefaultAt(schema_, object); }
  // What is wrong with `object`, one "path: reason" for each finding.
  std::vector<std::string> Validate(const Json& object) const;

 private:
  static void PruneAt(const Json& schema, Json& value);
  static void DefaultAt(const Json& schema, Json& value);
  void ValidateAt(const Json& schema, const Json& value, const std::string& path,
                  std::vector<std::string>& findings) const;
  void ValidateText(const Json& schema, const std::string& text, const std::string& path,
                    std::vector<std::string>& findings) const;
  bool Matches(const std::string& pattern, const std::string& text) const;

  Json schema_;
  struct Pattern {
    std::regex regex;
    std::map<std::string, bool> answers;  // by text
  };
  mutable std::map<std::string, Pattern> patterns_;
};

}  // namespace dtsop::sim
