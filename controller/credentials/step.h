// What a provider of credentials says. Providers are pure functions: they never send anything, but
// say what is to be asked and what the answer will mean; OwnCredentials does the asking.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/time.h"
#include "dts/credentials.h"
#include "net/http.h"

namespace dtsop {

// Credentials, and how long they last from now on; no lifetime: until somebody changes them.
struct Grant {
  Credentials credentials;
  std::optional<Duration> lifetime;
};

// The provider is not configured here. `why` names what would configure it.
struct Skipped {
  std::string why;
};

// The provider is configured and gives nothing, and the SDKs pass it over too. `why` holds no
// secret, and says the same for the same cause, since it becomes part of a status.
struct Failed {
  std::string why;
};

// The provider is configured in a way that the operator does not take, such as a sign-in that has
// expired. Nobody behind it is asked: that would be an identity that nobody meant. `why` is as
// that of Failed and says what to do.
struct Refused {
  std::string why;
};

struct Step;

// `request` is to be sent; `then` makes the next step of its answer and is called once.
struct Ask {
  HttpRequest request;
  std::function<Step(const HttpResult&, Now)> then;
};

struct Step : std::variant<Grant, Skipped, Failed, Refused, Ask> {
  using variant::variant;
};

// Why `step` grants nothing; "" when it does, or may.
std::string WhyNot(const Step& step);

// `step` with `prefix` before what it says when it fails or refuses, now or after an answer.
Step Named(Step step, const std::string& prefix);

// `step`, followed by `next` with what it grants.
Step AndThen(Step step, std::function<Step(const Grant&, Now)> next, Now now);

}  // namespace dtsop
