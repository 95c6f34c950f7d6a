// Folds a verdict and the failures behind it into the status that users, kubectl and GitOps tools
// read. Pure: the same input gives the same status, so an unchanged situation causes no write.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call_failure.h"
#include "api/dtsjob.h"
#include "status/verdict.h"

namespace dtsop {

// The last failure of one kind of call, with its history. What is shown stands as of the 1st, 2nd,
// 4th, 8th, ... occurrence, so that a lasting failure changes the status less and less often.
struct FailureRecord {
  CallFailure failure;
  int64_t count = 0;
  std::string first_time;
  std::string last_time;
  int64_t times = 0;  // all occurrences
  int64_t tries = 0;  // since the operator started or something changed: backoff grows with it
  MonoTime next_try;  // before this the call is not repeated
};

// Sets observedGeneration and the conditions after `verdict`, by kstatus' rules: Ready and Synced
// stand always, Reconciling and Stalled only while they are true, never both. lastTransitionTime
// moves only when a condition's status does. Verdict kKeep changes nothing.
void SummarizeInto(const DtsJob& job, const Verdict& verdict, WallTime now, DtsJobStatus* status);

// Why DTS broke off, on one line: the task's own message and the first failed items of the
// precheck, with what DTS says of each. Bounded, so that a message has room for the next step.
std::string DescribeTaskFailure(const std::string& task_error,
                                const std::vector<PrecheckItem>& failed_checks);

LastError LastErrorFrom(const FailureRecord& record);

// The failure that DTS reports for the task itself ("DTS-070211: Connect Source DB failed ...").
// `previous` keeps its firstTime when it says the same.
LastError TaskError(const std::string& message, const std::optional<LastError>& previous,
                    WallTime now);

}  // namespace dtsop
