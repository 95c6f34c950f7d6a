// What a simulation is told: accounts, jobs, quotas, behaviour and faults. Plain data; config.h
// reads it from YAML and JSON, tests fill it directly.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "simulator/api_error.h"
#include "simulator/reply.h"

namespace dtsop::simulator {

// Longer durations would leave the range of WallTime.
inline constexpr Duration kDurationMax = hours(24 * 366 * 10);
// So long, or kDurationMax where that is shorter.
inline Duration Bounded(std::chrono::duration<double> duration) {
  return duration < kDurationMax ? std::chrono::ceil<Duration>(duration) : kDurationMax;
}

// One access key. Several may belong to one account.
struct Account {
  std::string account_id = "100000000000";
  std::string access_key_id;
  SecretString access_key_secret;
  SecretString security_token;  // when not empty, requests must carry exactly this one
  bool token_expired = false;
  bool active = true;
  std::vector<std::string> denied_actions;  // answered with Forbidden.RAM
};

// A token bucket per account and action.
struct Quota {
  double per_second = 5;
  double burst = 5;
};

enum class JobType { kMigration, kSync, kSubscribe };

// How long a job stays in a state, in job time (see DtsSimulator::SetSpeed).
struct JobTimings {
  Duration precheck = seconds(5);
  Duration precheck_pass{0};          // 0: PreCheckPass is never seen
  Duration initialize = seconds(10);  // Initializing of SYNC, Starting of SUBSCRIBE
  std::optional<Duration> migrate;    // none: MIGRATION keeps migrating increments
};

struct JobConfig {
  std::string job_id;
  std::string instance_id;
  std::string name;
  std::string source_instance_id;  // of the databases, for filters
  std::string destination_instance_id;
  std::string region = "cn-hangzhou";
  std::string account_id = "100000000000";
  JobType type = JobType::kSync;
  bool two_way = false;               // SYNC only: the job has a Reverse leg as well
  std::string status = "NotStarted";  // any word; one that the state machine does not know stays
  std::string reverse_status = "NotStarted";
  JobTimings timings;
  bool precheck_passes = true;
  std::optional<Duration> fail_after;  // in a running state
  int64_t failures = 1;                // how often fail_after strikes
  std::string failure_message =
      "DTS-070211: Connect Source DB failed. cause by [connection refused]";
  bool purchased = true;
  Duration delay{0};           // how far a running job is behind: Delay and Checkpoint
  std::string stopped_status;  // empty: Behaviour::stopped_status
};

enum class RepeatedStart { kSuccess, kInvalidJobStatus, kJobStatusModifying };
enum class ErrorShape { kGateway, kService, kBoth };
enum class ForcedFormat { kNone, kJson, kXml };
enum class TooLarge { kRefuse, kClamp };
enum class UnknownIds { kSkip, kFail };
enum class DelayUnit { kByType, kSeconds, kMilliseconds };

// How late an accepted StartDtsJob, SuspendDtsJob or StopDtsJob acts, and how long after that
// DescribeDtsJobs and the like still show the job as if it had not; in job time. Each is drawn anew
// for each call, from the first to the second, or is the first where that is longer.
struct Lag {
  Duration effect_after{0};
  Duration effect_within{0};
  Duration visible_after{0};
  Duration visible_within{0};
};

// Where Alibaba's pages say nothing or contradict each other, a switch.
struct Behaviour {
  RepeatedStart repeated_start = RepeatedStart::kInvalidJobStatus;
  ErrorShape error_shape = ErrorShape::kService;  // of errors of DTS; the gateway's are its own
  bool service_errors_as_http_200 = false;
  ForcedFormat format = ForcedFormat::kNone;
  std::string stopped_status = "Finished";
  bool stopped_jobs_restart = true;
  bool subscribe_suspends = false;   // false: success and no effect, as the manual says
  std::vector<std::string> regions;  // empty: every region is known
  Duration latency{0};
  std::map<std::string, Lag> lags;         // by action
  int64_t page_size_max = 100;             // of DescribeDtsJobs
  TooLarge too_large = TooLarge::kRefuse;  // larger pages
  int64_t ids_max = 30;  // in DtsJobId of DescribeDtsJobs; 0: a list is taken for one id
  UnknownIds unknown_ids = UnknownIds::kSkip;  // one of several
  DelayUnit delay_unit = DelayUnit::kByType;
};

enum class FaultEffect {
  kNone,  // latency only
  kError,
  kErrorAfter,  // the job acts, and the client gets an error
  kLostReply,
  kResetBefore,
  kResetAfter,
  kTruncate,
  kGarbage,
  kInterim,  // 1xx answers come before the answer
  kGzip,     // the answer is compressed, whether the client can read that or not
};
enum class Garbage { kEmpty, kHtml, kWrongTypes, kHuge, kTruncatedJson, kDeepJson };

// A scripted fault. Every call that passed the gateway is shown to the rules in order, until one
// fires on it.
struct FaultRule {
  std::string action;  // empty: any
  std::string job_id;  // empty: any
  uint64_t after = 0;  // the first so many matching calls pass
  uint64_t count = 1;  // fires so often; 0: forever
  uint64_t percent = 100;
  FaultEffect effect = FaultEffect::kNone;
  Duration latency{0};
  ApiError error;                   // of kError and kErrorAfter
  std::optional<ErrorShape> shape;  // of them; none: Behaviour::error_shape
  Garbage garbage = Garbage::kEmpty;
};

// STS, instance metadata and the credentials URI.
struct IdentitySettings {
  std::string account_id = "100000000000";  // of the temporary keys
  Duration lifetime = hours(1);             // in job time; STS gives less when it is asked for less
  std::vector<std::string> roles;           // ARNs that STS knows; empty: every role
  std::vector<std::string> oidc_tokens;     // that STS accepts; empty: every token
  std::string instance_role = "dts-simulator";  // of the metadata service; empty: none
  bool metadata_v1 = true;                      // without a session token
  bool metadata_v2 = true;
};

struct Settings {
  std::vector<Account> accounts;
  std::vector<JobConfig> jobs;
  std::vector<FaultRule> faults;
  // Per action. Start, Suspend and Stop have no published figure.
  std::map<std::string, Quota> quotas = {{"DescribeDtsJobDetail", {40, 40}},
                                         {"DescribeDtsJobs", {20, 20}},
                                         {"StartDtsJob", {5, 5}},
                                         {"SuspendDtsJob", {5, 5}},
                                         {"StopDtsJob", {5, 5}}};
  Behaviour behaviour;
  IdentitySettings identity;
  double speed = 1;
};

}  // namespace dtsop::simulator
