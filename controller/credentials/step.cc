#include "credentials/step.h"

#include <utility>

namespace dtsop {

std::string WhyNot(const Step& step) {
  if (const auto* skipped = std::get_if<Skipped>(&step)) return skipped->why;
  if (const auto* failed = std::get_if<Failed>(&step)) return failed->why;
  if (const auto* refused = std::get_if<Refused>(&step)) return refused->why;
  return "";
}

Step Named(Step step, const std::string& prefix) {
  if (auto* failed = std::get_if<Failed>(&step)) return Failed{prefix + failed->why};
  if (auto* refused = std::get_if<Refused>(&step)) return Refused{prefix + refused->why};
  auto* ask = std::get_if<Ask>(&step);
  if (ask == nullptr) return step;
  return Ask{std::move(ask->request),
             [then = std::move(ask->then), prefix](const HttpResult& result, Now now) {
               return Named(then(result, now), prefix);
             }};
}

Step AndThen(Step step, std::function<Step(const Grant&, Now)> next, Now now) {
  if (const auto* grant = std::get_if<Grant>(&step)) return next(*grant, now);
  auto* ask = std::get_if<Ask>(&step);
  if (ask == nullptr) return step;
  return Ask{std::move(ask->request),
             [then = std::move(ask->then), next = std::move(next)](
                 const HttpResult& result, Now at) { return AndThen(then(result, at), next, at); }};
}

}  // namespace dtsop
