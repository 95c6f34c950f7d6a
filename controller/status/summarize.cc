#include "status/summarize.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace dtsop {
namespace {

constexpr size_t kMessageBytesMax = 4096;
constexpr size_t kItemsNamed = 3;
constexpr size_t kReasonBytesMax = 300;
constexpr size_t kRepairBytesMax = 120;

// "CHECK_CONN_SRC (cannot connect; repair: CHECK_CONN_SRC_REPAIR)".
std::string DescribeItem(const PrecheckItem& item) {
  std::vector<std::string> said;
  if (!EqualsIgnoreCase(item.result, "Failed")) said.push_back(item.result);
  if (!item.reason.empty()) said.push_back(CleanText(item.reason, kReasonBytesMax));
  if (!item.repair.empty()) said.push_back("repair: " + CleanText(item.repair, kRepairBytesMax));
  const std::string name = item.name.empty() ? "an item without a name" : item.name;
  return said.empty() ? name : fmt::format("{} ({})", name, fmt::join(said, "; "));
}

struct Conditions {
  const DtsJob& job;
  std::string now;
  std::vector<Condition> list;

  void Add(const char* type, const char* value, const Verdict& verdict) {
    const Condition* previous = FindCondition(job.status, type);
    const bool same = previous != nullptr && previous->status == value;
    list.push_back({type, value, job.generation, same ? previous->last_transition_time : now,
                    verdict.reason, CleanText(verdict.message, kMessageBytesMax)});
  }
};

}  // namespace

void SummarizeInto(const DtsJob& job, const Verdict& verdict, WallTime now, DtsJobStatus* status) {
  if (verdict.kind == Verdict::Kind::kKeep) return;
  Conditions conditions{job, FormatRfc3339(now), {}};
  switch (verdict.kind) {
    case Verdict::Kind::kReady:
      conditions.Add("Ready", "True", verdict);
      break;
    case Verdict::Kind::kProgress:
      // "Unknown" until DTS has been heard of once.
      conditions.Add("Ready", status->job_status.empty() ? "Unknown" : "False", verdict);
      conditions.Add("Reconciling", "True", verdict);
      break;
    case Verdict::Kind::kStalled:
      conditions.Add("Ready", "False", verdict);
      conditions.Add("Stalled", "True", verdict);
      break;
    case Verdict::Kind::kUnclear:
    case Verdict::Kind::kKeep:
      conditions.Add("Ready", "Unknown", verdict);
      break;
  }
  if (verdict.synced) {
    conditions.Add("Synced", *verdict.synced ? "True" : "False", verdict);
  } else if (const Condition* synced = FindCondition(job.status, "Synced")) {
    conditions.list.push_back(*synced);
  }
  status->observed_generation = job.generation;
  status->conditions = std::move(conditions.list);
}

std::string DescribeTaskFailure(const std::string& task_error,
                                const std::vector<PrecheckItem>& failed_checks) {
  if (failed_checks.empty()) return task_error.empty() ? "DTS gives no details" : task_error;
  std::string items;
  for (size_t i = 0; i < std::min(failed_checks.size(), kItemsNamed); ++i) {
    items += (i > 0 ? ", " : "") + DescribeItem(failed_checks[i]);
  }
  if (failed_checks.size() > kItemsNamed) {
    items += fmt::format(" and {} more", failed_checks.size() - kItemsNamed);
  }
  // DTS often says the same in both places.
  const bool said = items.find(task_error) != std::string::npos;
  return said ? items : fmt::format("{}; failed: {}", task_error, items);
}

LastError LastErrorFrom(const FailureRecord& record) {
  const CallFailure& failure = record.failure;
  LastError error;
  error.source = "API";
  error.http_status_code = failure.http_status;
  error.err_code = failure.code;
  error.err_message = failure.err_message;
  error.dynamic_message = failure.dynamic_message;
  error.message = failure.message;
  error.dynamic_code = failure.dynamic_code;
  error.request_id = failure.request_id;
  error.recommend_url = failure.recommend_url;
  error.count = record.count;
  error.first_time = record.first_time;
  error.last_time = record.last_time;
  return error;
}

LastError TaskError(const std::string& message, const std::optional<LastError>& previous,
                    WallTime now) {
  if (previous && previous->source == "Task" && previous->message == message) return *previous;
  LastError error;
  error.source = "Task";
  // "DTS-070211: Connect Source DB failed": the part before the colon is DTS's code for it.
  const size_t colon = message.find(':');
  if (message.starts_with("DTS-") && colon != std::string::npos && colon <= 64) {
    error.err_code = message.substr(0, colon);
  }
  error.message = message;
  error.count = 1;
  error.first_time = FormatRfc3339(now);
  error.last_time = error.first_time;
  return error;
}

}  // namespace dtsop
