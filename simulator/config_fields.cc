#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simulator/config.h"
#include "simulator/config_words.h"
#include "simulator/object_reader.h"

namespace dtsop::simulator {
namespace {

constexpr int64_t kLargest = 1'000'000'000;
constexpr int64_t kPageSizeMin = 10;
constexpr int64_t kPageSizeMax = 100;
constexpr int64_t kIdsMax = 1000;
constexpr std::array<std::string_view, 3> kActing = {"StartDtsJob", "SuspendDtsJob", "StopDtsJob"};

void ReadSecret(ObjectReader* reader, std::string_view name, SecretString* out) {
  if (!reader->Has(name)) return;
  std::string text;
  reader->String(name, &text);
  *out = SecretString(std::move(text));
}

bool IsHeaderText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void ReadError(const Json& value, const std::string& where, FaultRule* rule, ObjectReader* parent) {
  ObjectReader reader(value, where);
  std::string code;
  reader.NonEmpty("code", &code);
  ApiError error = MakeApiError(code);
  int64_t status = error.http_status;
  reader.String("message", &error.message);
  reader.String("dynamicMessage", &error.dynamic_message);
  reader.Int("httpStatus", 200, 599, &status);
  reader.Time("timeLeft", &error.time_left);
  reader.String("retryAfter", &error.retry_after);
  if (!IsHeaderText(error.retry_after)) {
    reader.Fault("retryAfter", "must be printable ASCII text");
  }
  if (reader.Has("shape")) {
    ErrorShape shape = ErrorShape::kService;
    reader.Enum("shape", kErrorShapes, &shape);
    rule->shape = shape;
  }
  error.http_status = static_cast<int>(status);
  auto finished = reader.Finish(std::move(error));
  if (finished.has_value()) {
    rule->error = std::move(*finished);
  } else {
    parent->Fault(finished.error());
  }
}

// Of the actions that are named; the others stay as they are.
void ReadLags(ObjectReader* parent, std::map<std::string, Lag>* lags) {
  const Json& value = parent->Get("lags");
  if (value.is_null()) return;
  if (!value.is_object()) return parent->Fault("lags", "must be a mapping of actions");
  for (const auto& [action, fields] : value.items()) {
    if (std::find(kActing.begin(), kActing.end(), action) == kActing.end()) {
      return parent->Fault("lags", fmt::format("must be of {}", fmt::join(kActing, ", ")));
    }
    Lag lag;
    ObjectReader reader(fields, parent->Path("lags") + "." + action);
    reader.Time("effectAfter", &lag.effect_after);
    reader.Time("effectWithin", &lag.effect_within);
    reader.Time("visibleAfter", &lag.visible_after);
    reader.Time("visibleWithin", &lag.visible_within);
    const auto read = reader.Finish(lag);
    if (!read.has_value()) return parent->Fault(read.error());
    (*lags)[action] = *read;
  }
}

}  // namespace

Result<Account> ReadAccount(const Json& value, const std::string& where, Account base) {
  ObjectReader reader(value, where);
  reader.NonEmpty("accountId", &base.account_id);
  reader.NonEmpty("accessKeyId", &base.access_key_id);
  ReadSecret(&reader, "accessKeySecret", &base.access_key_secret);
  ReadSecret(&reader, "securityToken", &base.security_token);
  reader.Bool("tokenExpired", &base.token_expired);
  reader.Bool("active", &base.active);
  reader.Strings("deniedActions", &base.denied_actions);
  if (base.access_key_secret.empty()) {
    reader.Fault("accessKeySecret", "is required and must not be empty");
  }
  return reader.Finish(std::move(base));
}

Result<JobConfig> ReadJob(const Json& value, const std::string& where, JobConfig base) {
  ObjectReader reader(value, where);
  reader.NonEmpty("jobId", &base.job_id);
  reader.String("instanceId", &base.instance_id);
  reader.String("name", &base.name);
  reader.String("sourceInstanceId", &base.source_instance_id);
  reader.String("destinationInstanceId", &base.destination_instance_id);
  reader.NonEmpty("region", &base.region);
  reader.NonEmpty("accountId", &base.account_id);
  reader.Enum("type", kJobTypes, &base.type);
  reader.Bool("twoWay", &base.two_way);
  reader.NonEmpty("status", &base.status);
  reader.NonEmpty("reverseStatus", &base.reverse_status);
  reader.Enum("precheck", kPrecheckResults, &base.precheck_passes);
  reader.Time("precheckDuration", &base.timings.precheck);
  reader.Time("precheckPassDuration", &base.timings.precheck_pass);
  reader.Time("initializeDuration", &base.timings.initialize);
  reader.Time("migrateDuration", &base.timings.migrate);
  reader.Time("failAfter", &base.fail_after);
  reader.Int("failures", 0, kLargest, &base.failures);
  reader.String("failureMessage", &base.failure_message);
  reader.Bool("purchased", &base.purchased);
  reader.Time("delay", &base.delay);
  reader.String("stoppedStatus", &base.stopped_status);
  if (base.two_way && base.type != JobType::kSync) {
    reader.Fault("twoWay", "is possible for SYNC jobs only");
  }
  if (base.instance_id.empty()) base.instance_id = "dts" + base.job_id;
  if (base.name.empty()) base.name = base.job_id;
  return reader.Finish(std::move(base));
}

Result<FaultRule> ReadFault(const Json& value, const std::string& where) {
  FaultRule rule;
  ObjectReader reader(value, where);
  reader.String("action", &rule.action);
  reader.String("jobId", &rule.job_id);
  reader.Count("after", 0, &rule.after);
  reader.Count("count", 0, &rule.count);
  if (reader.Has("nth")) {
    if (reader.Has("after") || reader.Has("count")) {
      reader.Fault("nth", "excludes after and count");
    }
    uint64_t nth = 1;
    reader.Count("nth", 1, &nth);
    rule.after = nth - 1;
    rule.count = 1;
  }
  int64_t percent = 100;
  reader.Int("percent", 1, 100, &percent);
  rule.percent = static_cast<uint64_t>(percent);
  if (!reader.Has("effect")) reader.Fault("effect", "is required");
  reader.Enum("effect", kFaultEffects, &rule.effect);
  reader.Time("latency", &rule.latency);
  const bool is_error =
      rule.effect == FaultEffect::kError || rule.effect == FaultEffect::kErrorAfter;
  if (is_error != reader.Has("error")) {
    reader.Fault("error", is_error ? "is required with effect error" : "needs effect error");
  } else if (is_error) {
    ReadError(reader.Get("error"), reader.Path("error"), &rule, &reader);
  }
  const bool is_garbage = rule.effect == FaultEffect::kGarbage;
  if (is_garbage != reader.Has("garbage")) {
    reader.Fault("garbage",
                 is_garbage ? "is required with effect garbage" : "needs effect garbage");
  }
  reader.Enum("garbage", kGarbages, &rule.garbage);
  return reader.Finish(std::move(rule));
}

Result<Behaviour> ReadBehaviour(const Json& value, const std::string& where, Behaviour base) {
  ObjectReader reader(value, where);
  reader.Enum("repeatedStart", kRepeatedStarts, &base.repeated_start);
  reader.Enum("errorShape", kErrorShapes, &base.error_shape);
  reader.Bool("serviceErrorsAsHttp200", &base.service_errors_as_http_200);
  reader.Enum("format", kFormats, &base.format);
  reader.NonEmpty("stoppedStatus", &base.stopped_status);
  reader.Bool("stoppedJobsRestart", &base.stopped_jobs_restart);
  reader.Bool("subscribeSuspends", &base.subscribe_suspends);
  reader.Strings("regions", &base.regions);
  reader.Time("latency", &base.latency);
  ReadLags(&reader, &base.lags);
  reader.Int("maxPageSize", kPageSizeMin, kPageSizeMax, &base.page_size_max);
  reader.Enum("tooLarge", kTooLarges, &base.too_large);
  reader.Int("maxIds", 0, kIdsMax, &base.ids_max);
  reader.Enum("unknownIds", kUnknownIds, &base.unknown_ids);
  reader.Enum("delayUnit", kDelayUnits, &base.delay_unit);
  return reader.Finish(std::move(base));
}

Result<Quota> ReadQuota(const Json& value, const std::string& where) {
  Quota quota;
  ObjectReader reader(value, where);
  reader.Positive("perSecond", kLargest, &quota.per_second);
  quota.burst = std::max(1.0, quota.per_second);
  reader.Positive("burst", kLargest, &quota.burst);
  if (quota.burst < 1) reader.Fault("burst", "must be at least 1");
  return reader.Finish(quota);
}

Result<IdentitySettings> ReadIdentity(const Json& value, const std::string& where,
                                      IdentitySettings base) {
  ObjectReader reader(value, where);
  reader.NonEmpty("accountId", &base.account_id);
  reader.Time("lifetime", &base.lifetime);
  reader.Strings("roles", &base.roles);
  reader.Strings("oidcTokens", &base.oidc_tokens);
  reader.String("instanceRole", &base.instance_role);
  reader.Bool("metadataV1", &base.metadata_v1);
  reader.Bool("metadataV2", &base.metadata_v2);
  return reader.Finish(std::move(base));
}

Json ShowIdentity(const IdentitySettings& settings) {
  return {{"accountId", settings.account_id},
          {"lifetime", FormatDuration(settings.lifetime)},
          {"roles", settings.roles},
          {"instanceRole", settings.instance_role},
          {"metadataV1", settings.metadata_v1},
          {"metadataV2", settings.metadata_v2}};
}

Json ShowBehaviour(const Behaviour& behaviour) {
  Json lags = Json::object();
  for (const auto& [action, lag] : behaviour.lags) {
    lags[action] = {{"effectAfter", FormatDuration(lag.effect_after)},
                    {"effectWithin", FormatDuration(lag.effect_within)},
                    {"visibleAfter", FormatDuration(lag.visible_after)},
                    {"visibleWithin", FormatDuration(lag.visible_within)}};
  }
  return {{"lags", std::move(lags)},
          {"repeatedStart", WordOf(kRepeatedStarts, behaviour.repeated_start)},
          {"errorShape", WordOf(kErrorShapes, behaviour.error_shape)},
          {"serviceErrorsAsHttp200", behaviour.service_errors_as_http_200},
          {"format", WordOf(kFormats, behaviour.format)},
          {"stoppedStatus", behaviour.stopped_status},
          {"stoppedJobsRestart", behaviour.stopped_jobs_restart},
          {"subscribeSuspends", behaviour.subscribe_suspends},
          {"regions", behaviour.regions},
          {"maxPageSize", behaviour.page_size_max},
          {"tooLarge", WordOf(kTooLarges, behaviour.too_large)},
          {"maxIds", behaviour.ids_max},
          {"unknownIds", WordOf(kUnknownIds, behaviour.unknown_ids)},
          {"delayUnit", WordOf(kDelayUnits, behaviour.delay_unit)},
          {"latency", FormatDuration(behaviour.latency)}};
}

Json ShowFault(const FaultRule& rule) {
  Json out = {{"effect", WordOf(kFaultEffects, rule.effect)},
              {"after", rule.after},
              {"count", rule.count},
              {"percent", rule.percent},
              {"latency", FormatDuration(rule.latency)}};
  if (!rule.action.empty()) out["action"] = rule.action;
  if (!rule.job_id.empty()) out["jobId"] = rule.job_id;
  if (rule.effect == FaultEffect::kGarbage) out["garbage"] = WordOf(kGarbages, rule.garbage);
  if (rule.effect != FaultEffect::kError && rule.effect != FaultEffect::kErrorAfter) return out;
  out["error"] = {{"code", rule.error.code},
                  {"message", rule.error.message},
                  {"httpStatus", rule.error.http_status}};
  if (!rule.error.dynamic_message.empty()) {
    out["error"]["dynamicMessage"] = rule.error.dynamic_message;
  }
  if (rule.error.time_left.has_value()) {
    out["error"]["timeLeft"] = FormatDuration(*rule.error.time_left);
  }
  if (!rule.error.retry_after.empty()) out["error"]["retryAfter"] = rule.error.retry_after;
  if (rule.shape.has_value()) out["error"]["shape"] = WordOf(kErrorShapes, *rule.shape);
  return out;
}

}  // namespace dtsop::simulator
