// What the operator remembers of a DtsJob beyond the object itself. All of it can be lost: after a
// restart it is found out again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "decide/decide.h"
#include "effects/dts_account.h"
#include "effects/start_table.h"

namespace dtsop {

// What a DtsJob can show for being the one that manages its DTS job.
enum class Claim {
  kNone,    // it is going, or has no credentials that may see the job
  kOpen,    // nobody knows yet
  kProven,  // DTS has shown the job to its credentials
};

// Whether DTS has said by this error that the credentials are not to see the job.
bool DeniesTheJob(ErrorClass error_class);

// Whether DTS has shown the job to the credentials of this DtsJob, as far as its status tells,
// which outlives the process and is written by the operator only.
bool SaysItIsSynced(const DtsJobStatus& status);

struct JobMemory {
  std::string uid;
  Leg leg;  // what `observation` is about; its job is still needed when the object has gone

  // What woke the job last; a change clears failures, so that a person's correction acts at once.
  int64_t generation = 0;
  std::string reconcile_requested;
  RestartRequest restart;
  uint64_t keys_version = 0;

  AccountId account = 0;  // that the job was last looked at with

  // Since when DTS shows the job to the credentials of the DtsJob; none: it does not, or nobody
  // knows.
  std::optional<MonoTime> proven_at;
  Claim claim = Claim::kNone;  // as others have been told
  // To be shown anew, by a new look.
  void Unprove() {
    proven_at.reset();
    if (observation) observe_after = std::max(observe_after, observation->at + Duration(1));
  }

  std::optional<Observation> observation;
  MonoTime observe_after = MonoTime::min();
  // When DTS was asked for the failed items of the precheck in `observation`; none: it was not.
  std::optional<MonoTime> prechecked_at;
  bool KnowsPrecheck() const { return prechecked_at >= observe_after; }
  std::optional<FailureRecord> observe_failure;
  std::optional<FailureRecord> act_failure;
  std::optional<AcceptedAction> accepted;
  // How the job looked when StartDtsJob was called, until it looks otherwise.
  std::optional<std::pair<std::string, std::string>> before_start;  // status word and task's error
  std::string start_nonce;  // of status.start, and when this process learned of it
  MonoTime start_known_at;

  std::optional<AccountKey> observing;  // the account that is asked
  bool writing = false;
  bool reading_live = false;
  bool must_read_live = false;         // a write was refused or unanswered
  MonoTime live_at = MonoTime::min();  // when the last live read was sent

  // A status of which the API server kept only a part, as with a CRD older than the operator, and
  // the version that came of it: writing it again would change nothing.
  struct Pruned {
    DtsJobStatus status;
    std::string resource_version;
  };
  std::optional<Pruned> pruned;

  MonoTime unwritten_since = kNever;  // since when the status should say that calls are under way
};

}  // namespace dtsop
