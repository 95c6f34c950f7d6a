// What a DTS status word means for a decision. The words are those of DescribeDtsJobDetail and
// DescribeDtsJobs; they come in several cases and more of them may appear, so the word itself is
// always kept beside its meaning.
#pragma once

#include <string>
#include <string_view>

namespace dtsop {

enum class JobState {
  kNotConfigured,  // needs ConfigureDtsJob first; nothing here can start it
  kNotStarted,     // waits for a start
  kInProgress,     // on its way to something else: prechecking, starting, modifying, stopping
  kInitialLoad,    // running: structure or full data are being loaded
  kRunning,        // running
  kRetrying,       // running, but DTS itself is retrying after an error
  kPaused,         // suspended; a start resumes it
  kPrecheckFailed,
  kFailed,    // broke down; a start restarts it
  kFinished,  // a migration that is complete; never started again
  kStopped,
  kLocked,   // for billing reasons
  kUnknown,  // a word that this version does not know: report it, touch nothing
};

// The meaning of `word`, compared without case.
JobState JobStateOf(std::string_view word);
// The word as the manual spells it, or as it is when it is unknown: the actions of DTS disagree
// about capitals.
std::string_view ManualSpelling(std::string_view word);

// DTS runs the job: nothing has to be started.
bool IsRunning(JobState state);
// A start would have an effect and is not known to be useless.
bool IsStartable(JobState state);

}  // namespace dtsop
