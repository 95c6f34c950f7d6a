#include "api/dtsjob.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"

namespace dtsop {
namespace {

constexpr std::array<std::pair<DesiredState, std::string_view>, 4> kDesiredStates = {
    {{DesiredState::kRunning, "Running"},
     {DesiredState::kSuspended, "Suspended"},
     {DesiredState::kStopped, "Stopped"},
     {DesiredState::kUnmanaged, "Unmanaged"}}};

constexpr size_t kRequestBytesMax = 1024;
constexpr size_t kRestartTokenBytesMax = 512;  // 128 characters
constexpr size_t kOddPauseBytesMax = 64;

void PutText(Json* object, const char* name, const std::string& value) {
  if (!value.empty()) (*object)[name] = value;
}

void PutNumber(Json* object, const char* name, int64_t value) {
  if (value != 0) (*object)[name] = value;
}

Json ConditionToJson(const Condition& condition) {
  return {{"type", condition.type},
          {"status", condition.status},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", condition.last_transition_time},
          {"reason", condition.reason},
          {"message", condition.message}};
}

Condition ConditionFromJson(const Json& json) {
  return {StringOr(Member(json, "type")),
          StringOr(Member(json, "status")),
          IntOr(Member(json, "observedGeneration"), 0),
          StringOr(Member(json, "lastTransitionTime")),
          StringOr(Member(json, "reason")),
          StringOr(Member(json, "message"))};
}

Json StartToJson(const StartRecord& start) {
  Json json = Json::object();
  PutText(&json, "key", start.key);
  PutNumber(&json, "episode", start.episode);
  PutNumber(&json, "attempt", start.attempt);
  PutText(&json, "nonce", start.nonce);
  PutText(&json, "intentTime", start.intent_time);
  PutText(&json, "outcome", start.outcome);
  PutText(&json, "requestId", start.request_id);
  return json;
}

StartRecord StartFromJson(const Json& json) {
  return {StringOr(Member(json, "key")),        IntOr(Member(json, "episode"), 0),
          IntOr(Member(json, "attempt"), 0),    StringOr(Member(json, "nonce")),
          StringOr(Member(json, "intentTime")), StringOr(Member(json, "outcome")),
          StringOr(Member(json, "requestId"))};
}

Json ErrorToJson(const LastError& error) {
  Json json = Json::object();
  PutText(&json, "source", error.source);
  PutNumber(&json, "httpStatusCode", error.http_status_code);
  PutText(&json, "errCode", error.err_code);
  PutText(&json, "errMessage", error.err_message);
  PutText(&json, "dynamicMessage", error.dynamic_message);
  PutText(&json, "message", error.message);
  PutText(&json, "dynamicCode", error.dynamic_code);
  PutText(&json, "requestId", error.request_id);
  PutText(&json, "recommendUrl", error.recommend_url);
  PutNumber(&json, "count", error.count);
  PutText(&json, "firstTime", error.first_time);
  PutText(&json, "lastTime", error.last_time);
  return json;
}

LastError ErrorFromJson(const Json& json) {
  return {StringOr(Member(json, "source")),         IntOr(Member(json, "httpStatusCode"), 0),
          StringOr(Member(json, "errCode")),        StringOr(Member(json, "errMessage")),
          StringOr(Member(json, "dynamicMessage")), StringOr(Member(json, "message")),
          StringOr(Member(json, "dynamicCode")),    StringOr(Member(json, "requestId")),
          StringOr(Member(json, "recommendUrl")),   IntOr(Member(json, "count"), 0),
          StringOr(Member(json, "firstTime")),      StringOr(Member(json, "lastTime"))};
}

Json PrecheckToJson(const std::vector<PrecheckItem>& failed) {
  Json items = Json::array();
  for (const PrecheckItem& check : failed) {
    Json item = Json::object();
    PutText(&item, "item", check.name);
    PutText(&item, "result", check.result);
    PutText(&item, "reason", check.reason);
    PutText(&item, "repairMethod", check.repair);
    items.push_back(std::move(item));
  }
  return {{"failedItems", std::move(items)}};
}

std::vector<PrecheckItem> PrecheckFromJson(const Json& json) {
  std::vector<PrecheckItem> failed;
  const Json& items = Member(json, "failedItems");
  if (!items.is_array()) return failed;
  for (const Json& item : items) {
    failed.push_back({StringOr(Member(item, "item")), StringOr(Member(item, "result")),
                      StringOr(Member(item, "reason")), StringOr(Member(item, "repairMethod"))});
  }
  return failed;
}

Result<DtsJobSpec> SpecFromJson(const Json& json) {
  DtsJobSpec spec;
  spec.dts_job_id = StringOr(Member(json, "dtsJobId"));
  if (spec.dts_job_id.empty()) return Fail("spec.dtsJobId is missing");
  spec.dts_instance_id = StringOr(Member(json, "dtsInstanceId"));
  spec.region_id = StringOr(Member(json, "regionId"));
  spec.direction = StringOr(Member(json, "synchronizationDirection"), "Forward");
  const std::string desired = StringOr(Member(json, "desiredState"), "Running");
  bool known = false;
  for (const auto& [state, name] : kDesiredStates) {
    if (name == desired) {
      spec.desired_state = state;
      known = true;
    }
  }
  // Never guess what to do to a job: a word of a newer CRD is an error.
  if (!known) return Fail("spec.desiredState \"" + desired + "\" is unknown to this version");
  spec.credentials_secret = StringOr(Member(json, "credentialsSecretRef", "name"));
  const auto interval = ParseDuration(StringOr(Member(json, "pollInterval"), "60s"));
  if (!interval) return Fail("spec.pollInterval is " + interval.error().message);
  spec.poll_interval = std::max<Duration>(*interval, seconds(1));
  return spec;
}

// Whoever writes "yes" means that nothing is to be done to the job: what is not understood pauses.
void ReadPause(const Json& annotation, DtsJob* job) {
  if (annotation.is_null()) return;
  const std::string text(Trim(StringOr(annotation)));
  job->paused = !EqualsIgnoreCase(text, "false");
  if (job->paused && !EqualsIgnoreCase(text, "true"))
    job->odd_pause = CleanText(text, kOddPauseBytesMax);
}

}  // namespace

std::string_view DesiredStateName(DesiredState state) {
  return kDesiredStates[static_cast<size_t>(state)].second;
}

Result<DtsJob> DtsJobFromJson(const Json& object) {
  const Json& metadata = Member(object, "metadata");
  DtsJob job;
  job.key = {StringOr(Member(metadata, "namespace")), StringOr(Member(metadata, "name"))};
  job.uid = StringOr(Member(metadata, "uid"));
  job.resource_version = StringOr(Member(metadata, "resourceVersion"));
  if (job.key.name.empty() || job.key.namespace_name.empty() || job.uid.empty() ||
      job.resource_version.empty()) {
    return Fail("DtsJob " + job.key.ToString() + " lacks name, namespace, uid or resourceVersion");
  }
  job.generation = IntOr(Member(metadata, "generation"), 0);
  job.creation_time = StringOr(Member(metadata, "creationTimestamp"));
  job.deleting = Member(metadata, "deletionTimestamp").is_string();
  const Json& annotations = Member(metadata, "annotations");
  ReadPause(Member(annotations, kPausedAnnotation), &job);
  // Echoed in the status, whose schema bounds it.
  job.reconcile_requested =
      CleanText(StringOr(Member(annotations, kReconcileAnnotation),
                         StringOr(Member(annotations, kFluxReconcileAnnotation))),
                kRequestBytesMax);
  job.restart = {CleanText(StringOr(Member(object, "spec", "restartToken")), kRestartTokenBytesMax),
                 CleanText(StringOr(Member(annotations, kRestartAnnotation)), kRequestBytesMax)};
  auto spec = SpecFromJson(Member(object, "spec"));
  if (!spec) return Fail("DtsJob " + job.key.ToString() + ": " + spec.error().message);
  job.spec = std::move(*spec);
  job.status = StatusFromJson(Member(object, "status"));
  return job;
}

Result<DtsJob> DtsJobFromRecord(const Json& object, const JsonSieve::Record& record) {
  if (record.cut) {
    const Json& metadata = Member(object, "metadata");
    return Fail(fmt::format(
        "DtsJob {}/{} is too large: of its {} bytes more than {} are spec and status; correct it, "
        "or delete it",
        StringOr(Member(metadata, "namespace")), StringOr(Member(metadata, "name")), record.bytes,
        kDtsJobBytesKeptMax));
  }
  auto job = DtsJobFromJson(object);
  if (job) job->json_bytes = record.bytes;
  return job;
}

const JsonShape& DtsJobShape() {
  static const JsonShape kShape = {"",
                                   {{"metadata",
                                     {{"name"},
                                      {"namespace"},
                                      {"uid"},
                                      {"resourceVersion"},
                                      {"generation"},
                                      {"creationTimestamp"},
                                      {"deletionTimestamp"},
                                      {"annotations",
                                       {{kPausedAnnotation},
                                        {kReconcileAnnotation},
                                        {kFluxReconcileAnnotation},
                                        {kRestartAnnotation}}}}},
                                    {"spec",
                                     {{"dtsJobId"},
                                      {"dtsInstanceId"},
                                      {"regionId"},
                                      {"synchronizationDirection"},
                                      {"desiredState"},
                                      {"restartToken"},
                                      {"credentialsSecretRef"},
                                      {"pollInterval"}}},
                                    {"status"}}};
  return kShape;
}

Json StatusToJson(const DtsJobStatus& status) {
  Json json = {{"observedGeneration", status.observed_generation}, {"conditions", Json::array()}};
  for (const Condition& condition : status.conditions) {
    json["conditions"].push_back(ConditionToJson(condition));
  }
  PutText(&json, "jobStatus", status.job_status);
  PutText(&json, "lastHandledReconcileAt", status.last_handled_reconcile_at);
  PutText(&json, "lastHandledRestartToken", status.last_handled_restart.token);
  PutText(&json, "lastHandledRestartAt", status.last_handled_restart.requested_at);
  if (status.start) json["start"] = StartToJson(*status.start);
  if (status.last_error) json["lastError"] = ErrorToJson(*status.last_error);
  if (!status.failed_checks.empty()) json["precheck"] = PrecheckToJson(status.failed_checks);
  return json;
}

DtsJobStatus StatusFromJson(const Json& json) {
  DtsJobStatus status;
  status.observed_generation = IntOr(Member(json, "observedGeneration"), -1);
  status.job_status = StringOr(Member(json, "jobStatus"));
  const Json& conditions = Member(json, "conditions");
  if (conditions.is_array()) {
    for (const Json& condition : conditions) {
      status.conditions.push_back(ConditionFromJson(condition));
    }
  }
  if (Member(json, "start").is_object()) status.start = StartFromJson(Member(json, "start"));
  if (Member(json, "lastError").is_object()) {
    status.last_error = ErrorFromJson(Member(json, "lastError"));
  }
  status.failed_checks = PrecheckFromJson(Member(json, "precheck"));
  status.last_handled_reconcile_at = StringOr(Member(json, "lastHandledReconcileAt"));
  status.last_handled_restart = {StringOr(Member(json, "lastHandledRestartToken")),
                                 StringOr(Member(json, "lastHandledRestartAt"))};
  return status;
}

Json StatusUpdateBody(const DtsJob& job, const DtsJobStatus& status) {
  return {{"apiVersion", kApiVersion},
          {"kind", "DtsJob"},
          {"metadata",
           {{"namespace", job.key.namespace_name},
            {"name", job.key.name},
            {"uid", job.uid},
            {"resourceVersion", job.resource_version}}},
          {"status", StatusToJson(status)}};
}

const Condition* FindCondition(const DtsJobStatus& status, std::string_view type) {
  for (const Condition& condition : status.conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

}  // namespace dtsop
