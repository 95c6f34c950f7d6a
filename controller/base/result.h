// Errors that can happen are values. Exceptions never cross a folder boundary: a library's
// exceptions are caught in the file that calls it.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace dtsop {

// A failure a person can act on: the message names the object, the cause and the next step, and
// holds no secret.
struct Error {
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

// Wraps `message` for `return Fail("...")` from any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> Fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace dtsop
