#include "simulator/job_view.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace dtsop::simulator {
namespace {

std::string TimeOrEmpty(const std::optional<WallTime>& time) {
  return time.has_value() ? FormatRfc3339(*time) : "";
}

bool IsStatus(const Leg& leg, std::string_view word) { return EqualsIgnoreCase(leg.status, word); }

Json PartStatus(std::string_view status, std::string_view percent, const std::string& error) {
  return {{"Status", status}, {"Percent", percent}, {"ErrorMessage", error}};
}

Json PrecheckView(const Job& job, const Leg& leg) {
  const Phase phase = PhaseOf(leg.status);
  if (IsStatus(leg, "PrecheckFailed")) {
    Json view = PartStatus("Failed", "100", leg.error_message);
    view["Detail"] = Json::array({{{"CheckItem", "CHECK_CONN_SRC"},
                                   {"CheckItemDescription", "CHECK_CONN_SRC_DETAIL"},
                                   {"CheckResult", "Failed"},
                                   {"FailedReason", job.config().failure_message},
                                   {"RepairMethod", "CHECK_ERROR_DB_CONN_REPAIR1"}}});
    return view;
  }
  if (phase == Phase::kPrechecking) return PartStatus("Checking", "50", "");
  if (IsStatus(leg, "NotStarted") || phase == Phase::kNotConfigured) {
    return PartStatus("NotStarted", "0", "");
  }
  return PartStatus("Finished", "100", "");
}

// An item of the precheck as DescribePreCheckStatus shows it.
Json CheckView(const Job& job, std::string_view item, std::string_view state, int order) {
  const bool failed = state == "Failed";
  return {{"Item", item},
          {"Names", std::string(item) + "_DETAIL"},
          {"State", state},
          {"JobId", job.config().job_id},
          {"OrderNum", order},
          {"CanSkip", false},
          {"Skip", false},
          {"IgnoreFlag", "N"},
          {"ErrMsg", failed ? job.config().failure_message : ""},
          {"ErrDetail", failed ? "CHECK_ERROR_DB_CONN_DETAIL" : ""},
          {"RepairMethod", failed ? "CHECK_ERROR_DB_CONN_REPAIR1" : ""},
          {"Logs", Json::array()}};
}

// The State of sub-task 02 (structure), 03 (full data) or 04 (increments).
std::string_view SubtaskState(const Leg& leg, std::string_view code) {
  const bool loading = IsStatus(leg, "Initializing") || IsStatus(leg, "Starting");
  if (PhaseOf(leg.status) != Phase::kRunning) return "NotStarted";
  if (code == "02") return "Finished";
  if (code == "03") return loading ? "Migrating" : "Finished";
  return loading ? "NotStarted" : "Catched";
}

// By the older papers migrations count in milliseconds and other jobs in seconds.
int64_t DelayCount(const JobConfig& config, DelayUnit unit) {
  const bool milli = unit == DelayUnit::kMilliseconds ||
                     (unit == DelayUnit::kByType && config.type == JobType::kMigration);
  return config.delay / (milli ? Duration(milliseconds(1)) : Duration(seconds(1)));
}

// What both actions say of one leg.
Json CommonView(const Job& job, const Leg& leg, bool reverse, DelayUnit unit, WallTime now) {
  const JobConfig& config = job.config();
  const bool loading = IsStatus(leg, "Initializing");
  const bool streaming =
      IsStatus(leg, "Synchronizing") || IsStatus(leg, "Normal") || IsStatus(leg, "Migrating");
  const bool failed = PhaseOf(leg.status) == Phase::kFailed;
  Json view = {
      {"DtsJobId", config.job_id},
      {"DtsInstanceID", config.instance_id},
      {"DtsJobName", config.name},
      {"DtsJobClass", "medium"},
      {"DtsJobDirection", reverse ? "Reverse" : "Forward"},
      {"Status", leg.status},
      {"PayType", "PostPaid"},
      {"CreateTime", FormatRfc3339(job.created_at())},
      {"BootTime", TimeOrEmpty(leg.boot_time)},
      {"FinishTime", TimeOrEmpty(leg.finish_time)},
      {"Delay", streaming ? DelayCount(config, unit) : 0},
      {"ErrorMessage", leg.error_message},
      {"MigrationMode",
       {{"StructureInitialization", true},
        {"DataInitialization", true},
        {"DataSynchronization",
         config.type != JobType::kMigration || !config.timings.migrate.has_value()}}},
      {"SourceEndpoint",
       {{"EngineName", "MySQL"},
        {"InstanceID", config.source_instance_id},
        {"InstanceType", "RDS"},
        {"Region", config.region}}},
      {"DestinationEndpoint",
       {{"EngineName", "MySQL"},
        {"InstanceID", config.destination_instance_id},
        {"InstanceType", "RDS"},
        {"Region", config.region}}},
  };
  view["DataSynchronizationStatus"] = PartStatus(streaming ? "Migrating"
                                                 : failed  ? "Failed"
                                                           : "NotStarted",
                                                 streaming ? "100" : "0", leg.error_message);
  view["DataSynchronizationStatus"]["Progress"] = "0.00RPS/(0.000MB/s)";
  view["DataSynchronizationStatus"]["NeedUpgrade"] = false;
  view["DataInitializationStatus"] = PartStatus(loading     ? "Migrating"
                                                : streaming ? "Finished"
                                                            : "NotStarted",
                                                loading     ? "50"
                                                : streaming ? "100"
                                                            : "0",
                                                loading ? leg.error_message : "");
  if (streaming) {
    view["Checkpoint"] = std::chrono::floor<seconds>(now - config.delay).time_since_epoch().count();
  }
  if (IsStatus(leg, "Retrying")) {
    view["RetryState"] = {{"Retrying", true},       {"RetryCount", 3},
                          {"RetryTime", 30},        {"MaxRetryTime", 7200},
                          {"RetryTarget", "srcDB"}, {"ErrMessage", config.failure_message},
                          {"JobId", config.job_id}};
  }
  return view;
}

Json ListLeg(const Job& job, bool reverse, DelayUnit unit, WallTime now) {
  const Leg leg = job.Shown(reverse, now);
  Json view = CommonView(job, leg, reverse, unit, now);
  view["JobType"] = JobTypeName(job.config().type);
  view["PrecheckStatus"] = PrecheckView(job, leg);
  view["Performance"] = {{"Rps", "0.00"}, {"Flow", "0.00"}};
  view["TagList"] = Json::array();
  if (PhaseOf(leg.status) == Phase::kFailed) {
    view["MigrationErrCode"] = "dts.retry.err.0046";
    view["MigrationErrMsg"] = "dts.retry.err.0046.msg";
    view["MigrationErrWorkaround"] = "dts.retry.err.0046.workaround";
    view["MigrationErrHelpDocId"] = "462133";
    view["MigrationErrHelpDocKey"] = "DTS-RETRY-ERR-0046";
  }
  return view;
}

}  // namespace

Json DetailView(const Job& job, bool reverse, DelayUnit unit, WallTime now) {
  const Leg leg = job.Shown(reverse, now);
  Json view = CommonView(job, leg, reverse, unit, now);
  view["JobType"] = ToLower(JobTypeName(job.config().type));
  if (IsStatus(leg, "Synchronizing")) view["Status"] = "synchronizing";
  view["SubSyncJob"] = Json::array();
  view["SubDistributedJob"] = Json::array();
  return view;
}

Json PrecheckStatusView(const Job& job, std::string_view code, WallTime now) {
  const Leg leg = job.Shown(false, now);
  Json fields = {{"Code", code},
                 {"JobId", job.config().job_id},
                 {"JobName", job.config().name},
                 {"ErrorItem", 0},
                 {"JobProgress", Json::array()}};
  if (code != "01") {
    fields["State"] = SubtaskState(leg, code);
    return fields;
  }
  fields["State"] = PrecheckView(job, leg)["Status"];
  const bool failed = fields["State"] == "Failed";
  const bool over = failed || fields["State"] == "Finished";
  const std::string_view waiting = fields["State"] == "Checking" ? "Checking" : "NotStarted";
  fields["JobProgress"] = {CheckView(job, "CHECK_CONN_SRC",
                                     failed ? "Failed"
                                     : over ? "Success"
                                            : waiting,
                                     1),
                           CheckView(job, "CHECK_CONN_DEST", over ? "Success" : waiting, 2)};
  if (failed) fields["ErrorItem"] = 1;
  return fields;
}

Json ListView(const Job& job, DelayUnit unit, WallTime now) {
  Json view = ListLeg(job, false, unit, now);
  if (job.config().two_way) view["ReverseJob"] = ListLeg(job, true, unit, now);
  return view;
}

}  // namespace dtsop::simulator
