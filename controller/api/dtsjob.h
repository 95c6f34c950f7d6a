// The DtsJob resource (dts.aliyun.com/v1alpha1) as typed values, and its JSON form.
// crds/dtsjobs.yaml is the schema; the API server validates against it, so reading here is lenient
// and never fails hard.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/observed_job.h"
#include "base/json.h"
#include "base/json_sieve.h"
#include "base/time.h"

namespace dtsop {

inline constexpr std::string_view kApiVersion = "dts.aliyun.com/v1alpha1";
inline constexpr std::string_view kPausedAnnotation = "dts.aliyun.com/paused";
inline constexpr std::string_view kReconcileAnnotation = "dts.aliyun.com/reconcile-requested-at";
inline constexpr std::string_view kRestartAnnotation = "dts.aliyun.com/restart-requested-at";
inline constexpr std::string_view kFluxReconcileAnnotation = "reconcile.fluxcd.io/requestedAt";

struct ObjectKey {
  std::string namespace_name;
  std::string name;
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
  std::string ToString() const { return namespace_name + "/" + name; }
};

enum class DesiredState {
  kRunning,
  kSuspended,
  kStopped,
  kUnmanaged,  // the job is looked at and told of; nothing is ever done to it
};
std::string_view DesiredStateName(DesiredState state);

struct DtsJobSpec {
  std::string dts_job_id;
  std::string dts_instance_id;
  std::string region_id;
  std::string direction = "Forward";  // or "Reverse": the leg of a two-way synchronization
  DesiredState desired_state = DesiredState::kRunning;
  std::string credentials_secret;        // name of a Secret in the job's namespace, or empty
  Duration poll_interval = seconds(60);  // between observations of a job that needs nothing
};

// What a person asks for another start with; each new value that is not empty asks for one.
struct RestartRequest {
  std::string token;         // spec.restartToken
  std::string requested_at;  // the annotation
  friend bool operator==(const RestartRequest&, const RestartRequest&) = default;
};

// metav1.Condition.
struct Condition {
  std::string type;
  std::string status;  // "True", "False" or "Unknown"
  int64_t observed_generation = 0;
  std::string last_transition_time;  // RFC 3339
  std::string reason;
  std::string message;
  friend bool operator==(const Condition&, const Condition&) = default;
};

// What became of the last StartDtsJob. An episode is one stretch of desiredState: Running; a new
// one begins after desiredState was something else, or when another start is asked for, and with it
// a new start key.
struct StartRecord {
  std::string key;  // empty: nothing has been started in this episode
  int64_t episode = 0;
  int64_t attempt = 0;  // grows only when an attempt's outcome stayed unknown and had no effect
  std::string nonce;
  std::string intent_time;
  std::string outcome;  // see namespace start_outcome
  std::string request_id;
  friend bool operator==(const StartRecord&, const StartRecord&) = default;
};

namespace start_outcome {
inline constexpr std::string_view kSucceeded = "Succeeded";  // acknowledged, or seen to have worked
inline constexpr std::string_view kAdopted = "Adopted";      // found running; no call was made
inline constexpr std::string_view kRejected = "Rejected";    // refused by DTS, without effect
inline constexpr std::string_view kUnknown = "Unknown";  // unanswered, later seen without effect
}  // namespace start_outcome

struct LastError {
  std::string
      source;  // "API": a call was refused or failed; "Task": DTS reports the task's failure
  int64_t http_status_code = 0;
  std::string err_code;
  std::string err_message;      // as DTS sent it, %s included
  std::string dynamic_message;  // what DTS wants in place of %s
  std::string message;          // the two put together
  std::string dynamic_code;
  std::string request_id;
  std::string recommend_url;
  int64_t count = 0;  // written at 1, 2, 4, 8, ... so that a lasting error costs few writes
  std::string first_time;
  std::string last_time;
  friend bool operator==(const LastError&, const LastError&) = default;
};

inline constexpr size_t kFailedChecksShown = 10;

struct DtsJobStatus {
  int64_t observed_generation = -1;
  std::string job_status;  // DTS's own word, verbatim
  std::vector<Condition> conditions;
  std::optional<StartRecord> start;
  std::optional<LastError> last_error;
  std::vector<PrecheckItem> failed_checks;  // of a failed precheck; at most kFailedChecksShown
  std::string last_handled_reconcile_at;
  RestartRequest last_handled_restart;
  friend bool operator==(const DtsJobStatus&, const DtsJobStatus&) = default;
};

struct DtsJob {
  ObjectKey key;
  std::string uid;
  std::string resource_version;
  int64_t generation = 0;
  std::string creation_time;
  size_t json_bytes = 0;  // of the whole object, as it was last read; 0: not known
  bool deleting = false;
  bool paused = false;                   // by annotation; also by a value that is not understood
  std::optional<std::string> odd_pause;  // that value, neither true nor false
  std::string reconcile_requested;  // value of the reconcile annotation, Flux's if ours is absent
  RestartRequest restart;
  DtsJobSpec spec;
  DtsJobStatus status;
};

// Reads an object as the API server sends it. Fails, naming the object, when it has no name,
// namespace, uid, resourceVersion or dtsJobId, or a pollInterval that is no duration.
Result<DtsJob> DtsJobFromJson(const Json& object);

// What DtsJobFromJson reads. Labels, most annotations, managedFields and whatever else an object
// carries can be left unread.
const JsonShape& DtsJobShape();

// From a record that was cut out by DtsJobShape, with at most kDtsJobBytesKeptMax: `object` is the
// record's JSON, or a part of it. The schema bounds what is kept to much less.
inline constexpr size_t kDtsJobBytesKeptMax = 2U << 20;
Result<DtsJob> DtsJobFromRecord(const Json& object, const JsonSieve::Record& record);

// The status subresource's JSON; empty members are left out, observedGeneration and conditions
// never.
Json StatusToJson(const DtsJobStatus& status);
DtsJobStatus StatusFromJson(const Json& status);

// The body of PUT .../status: identity, the resourceVersion that must still be current, and
// `status`.
Json StatusUpdateBody(const DtsJob& job, const DtsJobStatus& status);

// The condition of that type, or nullptr.
const Condition* FindCondition(const DtsJobStatus& status, std::string_view type);

}  // namespace dtsop
