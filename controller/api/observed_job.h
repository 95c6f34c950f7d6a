// What DTS says of one leg of a job, whichever action was asked: DescribeDtsJobDetail,
// DescribeDtsJobs and DescribePreCheckStatus fill the same values. Texts are cleaned and bounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace dtsop {

enum class JobType {
  kUnknown,  // not said, or a word that this version does not know
  kMigration,
  kSync,
  kSubscribe,
};

// An item of the precheck that did not pass.
struct PrecheckItem {
  std::string name;    // such as CHECK_CONN_SRC
  std::string result;  // DTS's own word: Failed or Warning
  std::string reason;
  std::string repair;  // how to fix it, often a key of DTS's manual
  friend bool operator==(const PrecheckItem&, const PrecheckItem&) = default;
};

struct ObservedJob {
  std::string job_id;       // empty when DescribeDtsJobDetail does not repeat it
  std::string instance_id;  // DTS may leave it empty
  std::string direction = "Forward";
  JobType type = JobType::kUnknown;
  std::string status;         // DTS's own word, never empty
  std::string error_message;  // the task's failure, or why it retries; empty when there is none
  std::string error_code;     // of that failure, such as DTS-RETRY-ERR-0046
  std::string workaround;
  std::string help_doc_id;
  std::optional<WallTime> checkpoint;  // the source data up to here has arrived
  // How far the target is behind. DTS's papers contradict each other about its unit: none, unless
  // `checkpoint` says the same.
  std::optional<Duration> delay;
  // Why the precheck failed, worst first; none: that is not known.
  std::optional<std::vector<PrecheckItem>> failed_checks;
  friend bool operator==(const ObservedJob&, const ObservedJob&) = default;
};

}  // namespace dtsop
