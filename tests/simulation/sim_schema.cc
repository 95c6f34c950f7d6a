#include "tests/simulation/sim_schema.h"

#include "base/time.h"

namespace dtsop::sim {
namespace {

bool TypeMatches(const std::string& type, const Json& value) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return true;
}

// The count of Unicode characters, which is what minLength and maxLength speak of.
int64_t Characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

void CheckCount(const Json& schema, std::string_view least, std::string_view most, int64_t count,
                const std::string& path, std::vector<std::string>& findings) {
  if (count < IntOr(Member(schema, least), count))
    findings.push_back(path + ": is shorter than " + std::string(least));
  if (count > IntOr(Member(schema, most), count))
    findings.push_back(path + ": is longer than " + std::string(most));
}

}  // namespace

void SimSchema::Prune(Json& object) const {
  if (schema_.empty()) return;
  Json kept = Json::object();
  for (const char* name : {"apiVersion", "kind", "metadata"}) {
    if (object.contains(name)) kept[name] = object[name];
  }
  PruneAt(schema_, object);
  object.update(kept);
}

void SimSchema::PruneAt(const Json& schema, Json& value) {
  if (value.is_array()) {
    for (Json& item : value) PruneAt(Member(schema, "items"), item);
    return;
  }
  if (!value.is_object() || BoolOr(Member(schema, "x-kubernetes-preserve-unknown-fields"), false))
    return;
  const Json& properties = Member(schema, "properties");
  const Json& additional = Member(schema, "additionalProperties");
  for (auto it = value.begin(); it != value.end();) {
    const Json& property = Member(properties, it.key());
    if (property.is_null() && additional.is_null()) {
      it = value.erase(it);
      continue;
    }
    PruneAt(property.is_null() ? additional : property, *it);
    ++it;
  }
}

void SimSchema::DefaultAt(const Json& schema, Json& value) {
  if (value.is_array()) {
    for (Json& item : value) DefaultAt(Member(schema, "items"), item);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [name, property] : Member(schema, "properties").items()) {
    if (!value.contains(name) && property.contains("default")) value[name] = property["default"];
    if (value.contains(name)) DefaultAt(property, value[name]);
  }
}

std::vector<std::string> SimSchema::Validate(const Json& object) const {
  std::vector<std::string> findings;
  ValidateAt(schema_, object, "", findings);
  return findings;
}

void SimSchema::ValidateAt(const Json& schema, const Json& value, const std::string& path,
                           std::vector<std::string>& findings) const {
  if (schema.empty() || (value.is_null() && BoolOr(Member(schema, "nullable"), false))) return;
  if (!TypeMatches(StringOr(Member(schema, "type")), value)) {
    findings.push_back(path + ": must be of type " + StringOr(Member(schema, "type")));
    return;
  }
  const Json& allowed = Member(schema, "enum");
  if (allowed.is_array() && std::find(allowed.begin(), allowed.end(), value) == allowed.end())
    findings.push_back(path + ": unsupported value " + DumpJson(value));
  if (value.is_string()) ValidateText(schema, value.get_ref<const std::string&>(), path, findings);
  if (value.is_number()) {
    const double number = value.get<double>();
    const Json& minimum = Member(schema, "minimum");
    const Json& maximum = Member(schema, "maximum");
    if ((minimum.is_number() && number < minimum.get<double>()) ||
        (maximum.is_number() && number > maximum.get<double>()))
      findings.push_back(path + ": is out of range");
  }
  if (value.is_array()) {
    CheckCount(schema, "minItems", "maxItems", static_cast<int64_t>(value.size()), path, findings);
    for (size_t i = 0; i < value.size(); ++i)
      ValidateAt(Member(schema, "items"), value[i], path + "[" + std::to_string(i) + "]", findings);
  }
  if (!value.is_object()) return;
  CheckCount(schema, "minProperties", "maxProperties", static_cast<int64_t>(value.size()), path,
             findings);
  for (const Json& name : Member(schema, "required")) {
    if (!value.contains(StringOr(name)))
      findings.push_back(path + "." + StringOr(name) + ": Required");
  }
  for (const auto& [name, member] : value.items()) {
    const Json& property = Member(schema, "properties", name);
    ValidateAt(property.is_null() ? Member(schema, "additionalProperties") : property, member,
               path + "." + name, findings);
  }
}

void SimSchema::ValidateText(const Json& schema, const std::string& text, const std::string& path,
                             std::vector<std::string>& findings) const {
  CheckCount(schema, "minLength", "maxLength", Characters(text), path, findings);
  const std::string pattern = StringOr(Member(schema, "pattern"));
  if (!pattern.empty() && !Matches(pattern, text))
    findings.push_back(path + ": \"" + text + "\" does not match " + pattern);
  if (StringOr(Member(schema, "format")) == "date-time" && !ParseRfc3339(text))
    findings.push_back(path + ": must be a date-time");
}

// A text is matched once: std::regex is slow, and the same few reasons and names come again and
// again.
bool SimSchema::Matches(const std::string& pattern, const std::string& text) const {
  auto found = patterns_.find(pattern);
  if (found == patterns_.end())
    found =
        patterns_.emplace(pattern, Pattern{std::regex(pattern, std::regex::ECMAScript), {}}).first;
  const auto [answer, fresh] = found->second.answers.try_emplace(text, false);
  if (fresh) answer->second = std::regex_search(text, found->second.regex);
  return answer->second;
}

}  // namespace dtsop::sim
