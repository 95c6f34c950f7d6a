// Reads a JSON object field by field and remembers the first fault with its path, so that a person
// learns which line to fix: "jobs[2].type: must be one of MIGRATION, SYNC, SUBSCRIBE".
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "simulator/settings.h"

namespace dtsop::simulator {

class ObjectReader {
 public:
  // `object` must outlive the reader; `where` is its path, or "" for the document itself.
  ObjectReader(const Json& object, std::string where);

  // Each leaves `*out` alone when the field is absent. String takes numbers and booleans as they
  // are written, because YAML does not need quotes.
  void String(std::string_view name, std::string* out);
  void NonEmpty(std::string_view name, std::string* out);  // absent and `*out` empty is a fault
  void Strings(std::string_view name, std::vector<std::string>* out);
  void Bool(std::string_view name, bool* out);
  void Int(std::string_view name, int64_t min, int64_t max, int64_t* out);
  void Count(std::string_view name, uint64_t min, uint64_t* out);
  void Positive(std::string_view name, double max, double* out);
  void Time(std::string_view name, Duration* out);                 // "90s"
  void Time(std::string_view name, std::optional<Duration>* out);  // null: none

  template <class E, size_t N>
  void Enum(std::string_view name, const std::array<std::pair<std::string_view, E>, N>& words,
            E* out) {
    std::string word;
    if (!Has(name)) return;
    String(name, &word);
    std::string known;
    for (const auto& [text, value] : words) {
      if (text == word) {
        *out = value;
        return;
      }
      known.append(known.empty() ? "" : ", ").append(text);
    }
    Fault(name, "must be one of " + known);
  }

  // True when the field is there and not null. Makes it known.
  bool Has(std::string_view name);
  // The field, or null. Makes it known.
  const Json& Get(std::string_view name);
  // "jobs[2].type"
  std::string Path(std::string_view name) const;
  void Fault(std::string_view name, const std::string& problem);
  void Fault(Error error);

  // `value`, or the first fault; a field that nobody has asked for is one.
  template <class T>
  Result<T> Finish(T value) {
    CheckUnknown();
    if (fault_.has_value()) return tl::unexpected(*fault_);
    return value;
  }

 private:
  void CheckUnknown();

  const Json& object_;
  std::string where_;
  std::vector<std::string> known_;
  std::optional<Error> fault_;
};

}  // namespace dtsop::simulator
