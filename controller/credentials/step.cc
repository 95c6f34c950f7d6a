#include "credentials/step.h"

#include <utility>

namespace dtsop {

Step AndThen(Step step, std::function<Step(const Grant&, Now)> next, Now now) {
  if (const auto* grant = std::get_if<Grant>(&step)) return next(*grant, now);
  auto* ask = std::get_if<Ask>(&step);
  if (ask == nullptr) return step;
  return Ask{std::move(ask->request),
             [then = std::move(ask->then), next = std::move(next)](
                 const HttpResult& result, Now at) { return AndThen(then(result, at), next, at); }};
}

}  // namespace dtsop
