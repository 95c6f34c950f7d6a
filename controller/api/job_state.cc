#include "api/job_state.h"

#include <array>
#include <utility>

#include "base/strings.h"

namespace dtsop {
namespace {

// Source: the status enumerations of DescribeDtsJobs and DescribeDtsJobDetail, API version
// 2020-01-01.
constexpr std::array<std::pair<std::string_view, JobState>, 24> kWords = {{
    {"NotConfigured", JobState::kNotConfigured},
    {"NotStarted", JobState::kNotStarted},
    {"PreCheckPass", JobState::kNotStarted},
    {"Prechecking", JobState::kInProgress},
    {"Starting", JobState::kInProgress},
    {"Modifying", JobState::kInProgress},
    {"Upgrade", JobState::kInProgress},
    {"Downgrade", JobState::kInProgress},
    {"Stopping", JobState::kInProgress},
    {"Initializing", JobState::kInitialLoad},
    {"Migrating", JobState::kRunning},
    {"Synchronizing", JobState::kRunning},
    {"Normal", JobState::kRunning},
    {"Retrying", JobState::kRetrying},
    {"Suspending", JobState::kPaused},  // DTS's word for "is paused"
    {"PrecheckFailed", JobState::kPrecheckFailed},
    {"InitializeFailed", JobState::kFailed},
    {"MigrationFailed", JobState::kFailed},
    {"ModifyFailed", JobState::kFailed},  // a synchronization whose objects were to be changed
    {"Failed", JobState::kFailed},
    {"Abnormal", JobState::kFailed},
    {"Finished", JobState::kFinished},
    {"Stopped", JobState::kStopped},
    {"Locked", JobState::kLocked},
}};

}  // namespace

JobState JobStateOf(std::string_view word) {
  for (const auto& [known, state] : kWords) {
    if (EqualsIgnoreCase(word, known)) return state;
  }
  return JobState::kUnknown;
}

std::string_view ManualSpelling(std::string_view word) {
  for (const auto& [known, state] : kWords) {
    if (EqualsIgnoreCase(word, known)) return known;
  }
  return word;
}

bool IsRunning(JobState state) {
  return state == JobState::kRunning || state == JobState::kInitialLoad ||
         state == JobState::kRetrying;
}

bool IsStartable(JobState state) {
  return state == JobState::kNotStarted || state == JobState::kPaused ||
         state == JobState::kPrecheckFailed || state == JobState::kFailed ||
         state == JobState::kStopped;
}

}  // namespace dtsop
