#include "simulator/listing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <vector>

#include "base/strings.h"
#include "simulator/job_view.h"

namespace dtsop::simulator {
namespace {

// By the manual 30, 50 and 100, with 30 as the default; by SDKs also 20; by the newest 10, 20 and
// 30, with 20 as the default.
constexpr std::array<int64_t, 5> kPageSizes = {10, 20, 30, 50, 100};
constexpr int64_t kPageSizeDefault = 20;

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

// Those that DtsJobId names; none: every job.
tl::expected<std::set<std::string>, ApiError> ReadIds(const ReceivedCall& call,
                                                      const Behaviour& behaviour) {
  const std::string text = call.Parameter("DtsJobId");
  if (text.empty()) return std::set<std::string>{};
  if (behaviour.ids_max == 0) return std::set<std::string>{text};
  std::set<std::string> ids;
  for (const std::string& id : Split(text, ',')) ids.emplace(Trim(id));
  if (static_cast<int64_t>(ids.size()) > behaviour.ids_max) return Invalid("DtsJobId");
  return ids;
}

bool Matches(const Job& job, const ReceivedCall& call, const std::set<std::string>& ids,
             WallTime now) {
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
         is("Status", job.Shown(false, now).status) &&
         (ids.empty() || ids.contains(config.job_id)) && is("DtsInstanceId", config.instance_id) &&
         (is("InstanceId", config.source_instance_id) ||
          is("InstanceId", config.destination_instance_id)) &&
         MatchesType(config, call.Parameter("Type"), call.Parameter("Params"));
}

tl::expected<int64_t, ApiError> ReadPageSize(const ReceivedCall& call, const Behaviour& behaviour) {
  auto size = ReadCount(call, "PageSize", kPageSizeDefault, INT32_MAX);
  if (!size.has_value()) return size;
  if (behaviour.too_large == TooLarge::kClamp) *size = std::min(*size, behaviour.page_size_max);
  const bool known = std::find(kPageSizes.begin(), kPageSizes.end(), *size) != kPageSizes.end();
  if (!known || *size > behaviour.page_size_max) return Invalid("PageSize");
  return size;
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
                                      const Behaviour& behaviour, WallTime now,
                                      std::map<std::string, Job>* jobs) {
  const auto page = ReadCount(call, "PageNumber", 1, INT32_MAX);
  if (!page.has_value()) return tl::unexpected(page.error());
  const auto size = ReadPageSize(call, behaviour);
  if (!size.has_value()) return tl::unexpected(size.error());
  const auto ids = ReadIds(call, behaviour);
  if (!ids.has_value()) return tl::unexpected(ids.error());
  std::vector<const Job*> found;
  for (auto& [id, job] : *jobs) {
    if (job.config().account_id != account_id) continue;
    job.AdvanceTo(now);
    if (Matches(job, call, *ids, now)) found.push_back(&job);
  }
  const bool lacks = ids->size() > 1 && found.size() < ids->size();
  if (lacks && behaviour.unknown_ids == UnknownIds::kFail) return Invalid("DtsJobId");
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
    items.push_back(ListView(*found[static_cast<size_t>(at)], behaviour.delay_unit, now));
  }
  return Json{{"PageNumber", *page},
              {"PageRecordCount", items.size()},
              {"TotalRecordCount", total},
              {"DtsJobList", std::move(items)}};
}

}  // namespace dtsop::simulator
