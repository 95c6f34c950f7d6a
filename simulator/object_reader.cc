#include "simulator/object_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace dtsop::simulator {
namespace {

// Field names and values from a file are quoted back to its author; not more of them than helps.
constexpr size_t kQuotedBytesMax = 100;

}  // namespace

ObjectReader::ObjectReader(const Json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) {
    fault_ = Error{(where_.empty() ? "the document" : where_) + ": must be a mapping of fields"};
  }
}

std::string ObjectReader::Path(std::string_view name) const {
  return where_.empty() ? std::string(name) : fmt::format("{}.{}", where_, name);
}

void ObjectReader::Fault(std::string_view name, const std::string& problem) {
  Fault(Error{fmt::format("{}: {}", Path(name), problem)});
}

void ObjectReader::Fault(Error error) {
  if (!fault_.has_value()) fault_ = std::move(error);
}

const Json& ObjectReader::Get(std::string_view name) {
  known_.emplace_back(name);
  return Member(object_, name);
}

bool ObjectReader::Has(std::string_view name) { return !Get(name).is_null(); }

void ObjectReader::String(std::string_view name, std::string* out) {
  const Json& value = Get(name);
  if (value.is_null()) return;
  if (value.is_string() || value.is_number() || value.is_boolean()) {
    *out = LenientString(value);
  } else {
    Fault(name, "must be a text");
  }
}

void ObjectReader::NonEmpty(std::string_view name, std::string* out) {
  String(name, out);
  if (out->empty()) Fault(name, "is required and must not be empty");
}

void ObjectReader::Strings(std::string_view name, std::vector<std::string>* out) {
  const Json& value = Get(name);
  if (value.is_null()) return;
  if (!value.is_array()) return Fault(name, "must be a list of texts");
  out->clear();
  for (const Json& item : value) {
    if (!item.is_string()) return Fault(name, "must be a list of texts");
    out->push_back(item.get<std::string>());
  }
}

void ObjectReader::Bool(std::string_view name, bool* out) {
  const Json& value = Get(name);
  if (value.is_null()) return;
  if (!value.is_boolean()) return Fault(name, "must be true or false");
  *out = value.get<bool>();
}

void ObjectReader::Int(std::string_view name, int64_t min, int64_t max, int64_t* out) {
  const Json& value = Get(name);
  if (value.is_null()) return;
  const bool too_large = value.is_number_unsigned() &&
                         value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()};
  if (!value.is_number_integer() || too_large || value.get<int64_t>() < min ||
      value.get<int64_t>() > max) {
    return Fault(name, fmt::format("must be a whole number from {} to {}", min, max));
  }
  *out = value.get<int64_t>();
}

void ObjectReader::Count(std::string_view name, uint64_t min, uint64_t* out) {
  auto value = static_cast<int64_t>(*out);
  Int(name, static_cast<int64_t>(min), 1'000'000'000, &value);
  *out = static_cast<uint64_t>(value);
}

void ObjectReader::Positive(std::string_view name, double max, double* out) {
  const Json& value = Get(name);
  if (value.is_null()) return;
  const double number = value.is_number() ? value.get<double>() : 0;
  if (!(number > 0 && number <= max)) {
    return Fault(name, fmt::format("must be a number above 0 and at most {}", max));
  }
  *out = number;
}

void ObjectReader::Time(std::string_view name, Duration* out) {
  const Json& value = Get(name);
  if (value.is_null()) return;
  const auto duration = ParseDuration(LenientString(value));
  if (!duration.has_value()) return Fault(name, "must be a duration such as \"90s\" or \"1m30s\"");
  if (*duration > kDurationMax) return Fault(name, "must be at most ten years");
  *out = *duration;
}

void ObjectReader::Time(std::string_view name, std::optional<Duration>* out) {
  if (object_.is_object() && object_.contains(name) && Member(object_, name).is_null()) {
    out->reset();
  }
  if (!Has(name)) return;
  Duration duration{0};
  Time(name, &duration);
  *out = duration;
}

void ObjectReader::CheckUnknown() {
  if (!object_.is_object()) return;
  for (const auto& [name, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    std::sort(known_.begin(), known_.end());
    known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
    return Fault(CleanText(name, kQuotedBytesMax),
                 fmt::format("is not a known field; known are {}", fmt::join(known_, ", ")));
  }
}

}  // namespace dtsop::simulator
