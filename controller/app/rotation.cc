#include "app/rotation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace dtsop {
namespace {

constexpr Duration kLookEvery = seconds(10);

}  // namespace

void Rotation::Add(std::string what, WatchedFiles& files, Renew renew) {
  parts_.push_back({std::move(what), files, std::move(renew)});
}

void Rotation::Look() {
  const MonoTime now = clock_.Read().mono;
  if (looked_at_ && now - *looked_at_ < kLookEvery) return;
  looked_at_ = now;
  for (const Part& part : parts_) LookAt(part);
}

void Rotation::LookAt(const Part& part) {
  const bool first = part.files.empty();
  std::vector<std::string> changed = part.files.Changed();
  if (!first && changed.empty()) return;
  part.files.Forget();
  const Result<bool> renewed = part.renew(part.files.reader());
  if (first) changed = part.files.Paths();
  const std::string paths = fmt::format("{}", fmt::join(changed, ", "));
  if (!renewed) {
    log_(LogLevel::kWarn, "cannot use a changed file; what was read before stays in use",
         {{"what", part.what}, {"files", paths}, {"error", renewed.error().message}});
  } else if (*renewed) {
    log_(LogLevel::kInfo, "using what was read from files",
         {{"what", part.what}, {"files", paths}});
  }
}

}  // namespace dtsop
