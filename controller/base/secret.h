// A string that can't be printed: it has no stream operator, no conversion and no JSON mapping, so
// logging it by accident does not compile. `Reveal` is the only way in, and easy to search for.
#pragma once

#include <string>
#include <utility>

namespace dtsop {

class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string value) : value_(std::move(value)) {}
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  friend bool operator==(const SecretString&, const SecretString&) = default;

 private:
  std::string value_;
};

}  // namespace dtsop
