#include "simulator/listing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/strings.h"
#include "simulator/job_view.h"

namespace dtsop::simulator {
namespace {

// By the manual 30, 50 and 100, by the SDK also 20; the manual's default.
constexpr std::array<int64_t, 4> kPageSizes = {20, 30, 50, 100};
constexpr int64_t kPageSizeDefault = 30;

tl::unexpected<ApiError> Invalid(std::string_view parameter) {
  ApiError error = MakeApiError("InvalidParameter");
  error.dynamic_message = parameter;
  return tl::unexpected(std::move(error));
}

// `Params`, in the sense that `Type` gives it.
bool MatchesType(const JobConfig& config, std::string_view type, std::string_view value) {
  if (type == "instance") return config.instance_id == value;
  if (type == "name") return config.name.find(value) != std::string::npos;
  if (type == "srcRds") return config.source_instance_id == value;
  if (type == "rds") return config.destination_instance_id == value;
  return true;
}

bool Matches(const Job& job, const ReceivedCall& call, WallTime now) {
  const JobConfig& config = job.config();
  const auto is = [&call](std::string_view parameter, const std::string& value) {
    const std::string wanted = call.Parameter(parameter);
    return wanted.empty() || EqualsIgnoreCase(wanted, value);
  };
  const std::string type = call.Parameter("JobType");
  const std::string region = RegionOf(call);
  return (type.empty() ? config.type == JobType::kMigration
                       : EqualsIgnoreCase(type, JobTypeName(config.type))) &&
         (region.empty() || region == config.region) &&
         is("Status", job.Shown(false, now).status) && is("DtsJobId", config.job_id) &&
         is("DtsInstanceId", config.instance_id) &&
         (is("InstanceId", config.source_instance_id) ||
          is("InstanceId", config.destination_instance_id)) &&
         MatchesType(config, call.Parameter("Type"), call.Parameter("Params"));
}

}  // namespace

std::string RegionOf(const ReceivedCall& call) {
  const std::string region = call.Parameter("RegionId");
  return region.empty() ? call.Parameter("Region") : region;
}

tl::expected<int64_t, ApiError> ReadCount(const ReceivedCall& call, std::string_view name,
                                          int64_t fallback, int64_t max) {
  const std::string text = call.Parameter(name);
  if (text.empty()) return fallback;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > max) {
    return Invalid(name);
  }
  return value;
}

tl::expected<Json, ApiError> ListJobs(const ReceivedCall& call, const std::string& account_id,
                                      WallTime now, std::map<std::string, Job>* jobs) {
  const auto page = ReadCount(call, "PageNumber", 1, INT32_MAX);
  if (!page.has_value()) return tl::unexpected(page.error());
  const auto size = ReadCount(call, "PageSize", kPageSizeDefault, kPageSizes.back());
  if (!size.has_value()) return tl::unexpected(size.error());
  if (std::find(kPageSizes.begin(), kPageSizes.end(), *size) == kPageSizes.end()) {
    return Invalid("PageSize");
  }
  std::vector<const Job*> found;
  for (auto& [id, job] : *jobs) {
    if (job.config().account_id != account_id) continue;
    job.AdvanceTo(now);
    if (Matches(job, call, now)) found.push_back(&job);
  }
  const std::string column = call.Parameter("OrderColumn");
  if (column == "CreateTime") {
    std::stable_sort(found.begin(), found.end(),
                     [](const Job* a, const Job* b) { return a->created_at() < b->created_at(); });
  } else if (column == "FinishTime") {
    std::stable_sort(found.begin(), found.end(), [](const Job* a, const Job* b) {
      return a->leg(false).finish_time < b->leg(false).finish_time;
    });
  }
  if (call.Parameter("OrderDirection") == "DESC") std::reverse(found.begin(), found.end());

  Json items = Json::array();
  const auto total = static_cast<int64_t>(found.size());
  for (int64_t at = (*page - 1) * *size; at < std::min(total, *page * *size); ++at) {
    items.push_back(ListView(*found[static_cast<size_t>(at)], now));
  }
  return Json{{"PageNumber", *page},
              {"PageRecordCount", items.size()},
              {"TotalRecordCount", total},
              {"DtsJobList", std::move(items)}};
}

}  // namespace dtsop::simulator
