// The promises about wishes: nothing is done to a job that nobody asked for.
#include <fmt/format.h>

#include <algorithm>

#include "tests/simulation/safety_checker.h"

namespace dtsop::sim {
namespace {

bool Wishes(const SimVersion& version, std::string_view desired) {
  const Json& metadata = Member(version.object, "metadata");
  return !version.deleted && !metadata.contains("deletionTimestamp") &&
         StringOr(Member(metadata, "annotations", kPausedAnnotation)) != "true" &&
         StringOr(Member(version.object, "spec", "desiredState"), "Running") == desired;
}

}  // namespace

// Whether a version of the object that was current at `since`, or later, is so.
bool SafetyChecker::WasSo(const std::string& key, WallTime since,
                          const std::function<bool(const SimVersion&)>& condition) const {
  const auto history = store_.History(key);
  for (size_t i = 0; i < history.size(); ++i) {
    const bool current_then = i + 1 == history.size() || history[i + 1]->time >= since;
    if (current_then && condition(*history[i])) return true;
  }
  return false;
}

// S5: somebody wished the job to run, not long before the start was announced.
void SafetyChecker::CheckWished(const Announced& announced) {
  const StartEntry& entry = announced.entry;
  const std::string key =
      SimStore::Key(DtsJobs().plural, entry.object.namespace_name, entry.object.name);
  const auto wished = [&](const SimVersion& version) {
    return StringOr(Member(version.object, "metadata", "uid")) == entry.uid &&
           Wishes(version, "Running");
  };
  if (WasSo(key, announced.at - allowance_.stale_object, wished)) return;
  Fail(
      fmt::format("S5: {} is started although nobody wishes it any more", entry.object.ToString()));
}

// S17: somebody wished the job to be suspended or stopped, not long before the call.
void SafetyChecker::CheckQuietWished(const std::string& action, const std::string& dts_job_id) {
  const std::string_view desired = action == "SuspendDtsJob" ? "Suspended" : "Stopped";
  const WallTime since = clock_.wall() - allowance_.stale_object;
  const auto wished = [&](const SimVersion& version) { return Wishes(version, desired); };
  const std::set<std::string>& keys = objects_of_[dts_job_id];
  if (std::any_of(keys.begin(), keys.end(),
                  [&](const std::string& key) { return WasSo(key, since, wished); })) {
    return;
  }
  Fail(fmt::format("S17: {} of {} although nobody wishes it", action, dts_job_id));
}

}  // namespace dtsop::sim
