#include "dts/job_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "base/strings.h"

namespace dtsop {
namespace {

constexpr size_t kWordBytesMax = 128;
constexpr size_t kReasonBytesMax = 1024;
constexpr size_t kFailedChecksMax = 32;
constexpr size_t kRecordsMax = 1000;
constexpr int64_t kJobsMax = 1'000'000'000;
// A delay or checkpoint beyond it is no such thing.
constexpr int64_t kSecondsMax = int64_t{100} * 365 * 86'400;
// Checkpoints come now and then, and in whole seconds.
constexpr Duration kDelayTolerance = seconds(10);

std::string Word(const Json& value) { return CleanText(StringOr(value), kWordBytesMax); }

std::string Text(const Json& value, size_t bytes_max) {
  return CleanText(Trim(LenientString(value)), bytes_max);
}

// The first text that is not empty, or "".
std::string FirstText(std::initializer_list<std::string> texts) {
  const auto found =
      std::find_if(texts.begin(), texts.end(), [](const auto& t) { return !t.empty(); });
  return found == texts.end() ? "" : *found;
}

// The words of DescribeDtsJobs, of DescribeDtsJobDetail and of sub-tasks.
JobType TypeOf(const Json& value) {
  const std::string word = StringOr(value);
  const auto is = [&word](std::string_view known) { return EqualsIgnoreCase(word, known); };
  if (is("MIGRATION") || is("online")) return JobType::kMigration;
  if (is("SYNC") || is("subSync")) return JobType::kSync;
  return is("SUBSCRIBE") ? JobType::kSubscribe : JobType::kUnknown;
}

// By the papers DTS counts in seconds, in milliseconds, or in either by the type of the job. So a
// delay is one only if it agrees, in one of the units, with how old the checkpoint was at `date`.
std::optional<Duration> DelayOf(const Json& value, std::optional<WallTime> checkpoint,
                                std::optional<WallTime> date) {
  const auto number = LenientInt(value);
  // A negative one means that nobody knows.
  if (!number || *number < 0 || *number > kSecondsMax * 1000 || !checkpoint || !date) {
    return std::nullopt;
  }
  const Duration age = *date - *checkpoint;
  const Duration in_seconds = seconds(std::min(*number, kSecondsMax));
  const Duration in_milliseconds = milliseconds(*number);
  const bool is_seconds =
      std::chrono::abs(in_seconds - age) < std::chrono::abs(in_milliseconds - age);
  const Duration nearest = is_seconds ? in_seconds : in_milliseconds;
  if (std::chrono::abs(nearest - age) > std::max<Duration>(kDelayTolerance, age / 10)) {
    return std::nullopt;
  }
  return nearest;
}

// A count of seconds since 1970; 0 stands for none.
std::optional<WallTime> CheckpointOf(const Json& value) {
  const auto number = LenientInt(value);
  if (!number || *number <= 0 || *number > kSecondsMax) return std::nullopt;
  return WallTime(seconds(*number));
}

std::vector<const Json*> ItemsOf(const Json& list) {
  std::vector<const Json*> items;
  if (!list.is_array()) return items;
  for (const Json& item : list) {
    if (item.is_object() && items.size() < kRecordsMax) items.push_back(&item);
  }
  return items;
}

bool IsFailed(std::string_view result) { return EqualsIgnoreCase(result, "Failed"); }
bool IsWarning(std::string_view result) { return EqualsIgnoreCase(result, "Warning"); }

// Failures before warnings, and otherwise by name, so that equal answers in any order look the
// same.
std::vector<PrecheckItem> WorstFirst(std::vector<PrecheckItem> items) {
  std::sort(items.begin(), items.end(), [](const PrecheckItem& a, const PrecheckItem& b) {
    if (IsFailed(a.result) != IsFailed(b.result)) return IsFailed(a.result);
    return std::tie(a.name, a.reason, a.repair) < std::tie(b.name, b.reason, b.repair);
  });
  if (items.size() > kFailedChecksMax) items.resize(kFailedChecksMax);
  return items;
}

std::optional<std::vector<PrecheckItem>> FailedChecks(const Json& details) {
  std::vector<PrecheckItem> failed;
  for (const Json* item : ItemsOf(details)) {
    PrecheckItem check;
    check.result = Word(Member(*item, "CheckResult"));
    if (!IsFailed(check.result) && !IsWarning(check.result)) continue;
    check.name = Word(Member(*item, "CheckItem"));
    check.reason = Text(Member(*item, "FailedReason"), kReasonBytesMax);
    check.repair = Text(Member(*item, "RepairMethod"), kReasonBytesMax);
    failed.push_back(std::move(check));
  }
  if (failed.empty()) return std::nullopt;
  return WorstFirst(std::move(failed));
}

// The task's failure: of several places the one that is written for people comes first.
void ReadFailure(const Json& item, ObservedJob* job) {
  const Json& retry = Member(item, "RetryState");
  const bool retrying = LenientBool(Member(retry, "Retrying")).value_or(false);
  job->error_message =
      FirstText({Text(Member(item, "ErrorMessage"), kDtsMessageBytesMax),
                 retrying ? Text(Member(retry, "ErrMessage"), kDtsMessageBytesMax) : "",
                 Text(Member(item, "MigrationErrMsg"), kDtsMessageBytesMax)});
  const auto details = ItemsOf(Member(item, "ErrorDetails"));
  job->error_code = FirstText({Word(Member(item, "MigrationErrHelpDocKey")),
                               details.empty() ? "" : Word(Member(*details[0], "ErrorCode")),
                               Word(Member(item, "MigrationErrCode"))});
  job->workaround = Text(Member(item, "MigrationErrWorkaround"), kReasonBytesMax);
  job->help_doc_id = Text(Member(item, "MigrationErrHelpDocId"), kWordBytesMax);
}

// One leg; its status is empty when `item` does not say.
ObservedJob ReadLeg(const Json& item, JobType type, std::optional<WallTime> date) {
  ObservedJob job;
  job.job_id = Word(Member(item, "DtsJobId"));
  job.instance_id =
      FirstText({Word(Member(item, "DtsInstanceID")), Word(Member(item, "DtsInstanceId"))});
  if (EqualsIgnoreCase(StringOr(Member(item, "DtsJobDirection")), "Reverse")) {
    job.direction = "Reverse";
  }
  job.type = type;
  job.status = Word(Member(item, "Status"));
  job.checkpoint = CheckpointOf(Member(item, "Checkpoint"));
  job.delay = DelayOf(Member(item, "Delay"), job.checkpoint, date);
  job.failed_checks = FailedChecks(Member(item, "PrecheckStatus", "Detail"));
  ReadFailure(item, &job);
  return job;
}

void AddRecord(const Json& item, std::optional<WallTime> date, JobPage* page) {
  ++page->records;
  ObservedJob job = ReadLeg(item, TypeOf(Member(item, "JobType")), date);
  if (job.job_id.empty() || job.status.empty()) {
    ++page->unreadable;
    return;
  }
  const Json& other = Member(item, "ReverseJob");
  ObservedJob reverse = ReadLeg(other, job.type, date);
  reverse.job_id = job.job_id;
  if (reverse.instance_id.empty()) reverse.instance_id = job.instance_id;
  reverse.direction = "Reverse";
  page->jobs.push_back(std::move(job));
  if (!reverse.status.empty()) page->jobs.push_back(std::move(reverse));
}

const char* JobTypeWord(JobType type) {
  return type == JobType::kSync ? "SYNC" : type == JobType::kSubscribe ? "SUBSCRIBE" : "MIGRATION";
}

bool IsIgnored(const Json& item) {
  return LenientBool(Member(item, "Skip")).value_or(false) ||
         EqualsIgnoreCase(StringOr(Member(item, "IgnoreFlag")), "Y");
}

}  // namespace

QueryParameters JobPageParameters(JobType type, std::string_view region, int64_t page,
                                  int64_t size) {
  return {{"JobType", JobTypeWord(type)},     {"OrderColumn", "CreateTime"},
          {"OrderDirection", "ASC"},          {"PageNumber", std::to_string(page)},
          {"PageSize", std::to_string(size)}, {"Region", std::string(region)},
          {"RegionId", std::string(region)},  {"WithoutDbList", "true"}};
}

QueryParameters JobListParameters(JobType type, std::string_view region,
                                  const std::set<std::string>& ids) {
  std::string list;
  for (const std::string& id : ids) list.append(list.empty() ? "" : ",").append(id);
  QueryParameters parameters = JobPageParameters(type, region, 1, kSmallPage);
  parameters.insert(parameters.begin(), {"DtsJobId", std::move(list)});
  return parameters;
}

QueryParameters PrecheckParameters(std::string_view job_id, std::string_view region) {
  return {{"DtsJobId", std::string(job_id)},
          {"JobCode", "01"},  // the precheck, not the transfer of structure or data
          {"PageNo", "1"},
          {"PageSize", "100"},
          {"RegionId", std::string(region)},
          {"StructType", "before"}};  // without meaning here, but mandatory by the manual
}

tl::expected<JobPage, CallFailure> DecodeJobPage(const DtsReply& reply) {
  JobPage page;
  page.total = LenientInt(Member(reply.body, "TotalRecordCount"));
  if (page.total) page.total = std::min(*page.total, kJobsMax);
  if (page.total && *page.total < 0) page.total.reset();
  const Json& list = Member(reply.body, "DtsJobList");
  if (!list.is_array() && page.total != 0) {
    return tl::unexpected(UnreadableAnswer("it has no DtsJobList"));
  }
  for (const Json* item : ItemsOf(list)) AddRecord(*item, reply.date, &page);
  return page;
}

bool HasNextPage(const JobPage& answer, int64_t arrived, int64_t served) {
  if (answer.records == 0) return false;
  return answer.total ? arrived < *answer.total : answer.records >= served;
}

int64_t ServedPageSize(const JobPage& first, int64_t asked) {
  constexpr std::array<int64_t, 4> kSizes = {10, 20, 30, 50};
  const bool known = std::find(kSizes.begin(), kSizes.end(), first.records) != kSizes.end();
  const bool clamped = first.records < asked && first.total && first.records < *first.total;
  return known && clamped ? first.records : asked;
}

tl::expected<ObservedJob, CallFailure> DecodeJobDetail(const DtsReply& reply) {
  ObservedJob job = ReadLeg(reply.body, TypeOf(Member(reply.body, "JobType")), reply.date);
  if (job.status.empty()) return tl::unexpected(UnreadableAnswer("it has no Status"));
  return job;
}

tl::expected<PrecheckReport, CallFailure> DecodePrecheck(const DtsReply& reply) {
  PrecheckReport report;
  report.state = Word(Member(reply.body, "State"));
  if (report.state.empty()) return tl::unexpected(UnreadableAnswer("it has no State"));
  for (const Json* item : ItemsOf(Member(reply.body, "JobProgress"))) {
    PrecheckItem check;
    check.result = Word(Member(*item, "State"));
    const bool passed = !IsFailed(check.result) && !IsWarning(check.result);
    if (passed || IsIgnored(*item)) continue;
    check.name = FirstText({Word(Member(*item, "Item")), Word(Member(*item, "Names"))});
    const std::string message = Text(Member(*item, "ErrMsg"), kReasonBytesMax);
    const std::string detail = Text(Member(*item, "ErrDetail"), kReasonBytesMax);
    check.reason = message.empty() || detail.empty() || message == detail
                       ? FirstText({message, detail})
                       : CleanText(fmt::format("{}: {}", message, detail), kReasonBytesMax);
    check.repair = Text(Member(*item, "RepairMethod"), kReasonBytesMax);
    report.failed.push_back(std::move(check));
  }
  report.failed = WorstFirst(std::move(report.failed));
  return report;
}

}  // namespace dtsop
