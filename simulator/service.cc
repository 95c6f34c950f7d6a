#include "simulator/service.h"

#include <algorithm>
#include <charconv>

#include "base/strings.h"
#include "simulator/job_view.h"

namespace dtsop::simulator {
namespace {

using Answer = tl::expected<ServiceAnswer, ApiError>;

constexpr int64_t kPageSizeDefault = 30;
constexpr int64_t kPageSizeMax = 100;

tl::unexpected<ApiError> Refuse(std::string_view code, std::string dynamic_message) {
  ApiError error = MakeApiError(code);
  error.dynamic_message = std::move(dynamic_message);
  return tl::unexpected(std::move(error));
}

std::string RegionOf(const ReceivedCall& call) {
  const std::string region = call.Parameter("RegionId");
  return region.empty() ? call.Parameter("Region") : region;
}

bool RegionKnown(const std::string& region, const Behaviour& behaviour) {
  const auto& known = behaviour.regions;
  return region.empty() || known.empty() ||
         std::find(known.begin(), known.end(), region) != known.end();
}

// Reads a decimal parameter between 1 and `max`; `fallback` when it is not given.
tl::expected<int64_t, ApiError> ReadCount(const ReceivedCall& call, std::string_view name,
                                          int64_t fallback, int64_t max) {
  const std::string text = call.Parameter(name);
  if (text.empty()) return fallback;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > max) {
    return Refuse("InvalidParameter", std::string(name));
  }
  return value;
}

// The job that `call` names, if `account_id` may see it there.
tl::expected<Job*, ApiError> FindJob(const ReceivedCall& call, const std::string& account_id,
                                     JobTable* jobs) {
  const std::string id = call.Parameter("DtsJobId");
  if (id.empty()) {
    ApiError error = MakeApiError("MissingDtsJobId");
    error.message = "DtsJobId is mandatory for this action.";
    return tl::unexpected(std::move(error));
  }
  const auto found = jobs->find(id);
  if (found == jobs->end() || found->second.config().account_id != account_id) {
    return Refuse("InvalidJobId", id);
  }
  const JobConfig& config = found->second.config();
  // DescribeDtsJobDetail spells it DtsInstanceID, everything else DtsInstanceId.
  std::string instance = call.Parameter("DtsInstanceId");
  if (instance.empty()) instance = call.Parameter("DtsInstanceID");
  if (!instance.empty() && instance != config.instance_id) {
    return Refuse("Forbidden.InstanceNotFound", instance);
  }
  const std::string region = RegionOf(call);
  if (!region.empty() && region != config.region) return Refuse("Forbidden.InstanceNotFound", id);
  return &found->second;
}

tl::expected<bool, ApiError> ReadReverse(const ReceivedCall& call, const Job& job) {
  const std::string direction = call.Parameter("SynchronizationDirection");
  if (direction.empty() || direction == "Forward") return false;
  if (direction == "Reverse" && job.config().two_way) return true;
  return Refuse("InvalidParameter", "SynchronizationDirection");
}

Answer Change(const ReceivedCall& call, const Behaviour& behaviour, WallTime now, bool reverse,
              Job* job) {
  const bool start = call.action == "StartDtsJob";
  const bool suspend = call.action == "SuspendDtsJob";
  const auto outcome = start     ? job->Start(reverse, behaviour, now)
                       : suspend ? job->Suspend(reverse, behaviour, now)
                                 : job->Stop(reverse, behaviour, now);
  if (!outcome.has_value()) return tl::unexpected(outcome.error());
  if (start) ++job->starts_accepted;
  if (!outcome->empty()) {
    ++(start ? job->starts_effective : suspend ? job->suspends_effective : job->stops_effective);
  }
  return ServiceAnswer{Json::object(), *outcome};
}

bool Matches(const Job& job, const ReceivedCall& call, const std::string& account_id,
             std::string_view type) {
  const JobConfig& config = job.config();
  const std::string region = RegionOf(call);
  const std::string status = call.Parameter("Status");
  const std::string instance = call.Parameter("DtsInstanceId");
  const std::string by = call.Parameter("Type");
  const std::string value = call.Parameter("Params");
  return config.account_id == account_id && JobTypeName(config.type) == type &&
         (region.empty() || region == config.region) &&
         (status.empty() || EqualsIgnoreCase(status, job.leg(false).status)) &&
         (instance.empty() || instance == config.instance_id) &&
         (by != "instance" || value == config.instance_id) &&
         (by != "name" || config.name.find(value) != std::string::npos);
}

Answer List(const ReceivedCall& call, const std::string& account_id, WallTime now, JobTable* jobs) {
  const auto page = ReadCount(call, "PageNumber", 1, INT32_MAX);
  if (!page.has_value()) return tl::unexpected(page.error());
  const auto page_size = ReadCount(call, "PageSize", kPageSizeDefault, kPageSizeMax);
  if (!page_size.has_value()) return tl::unexpected(page_size.error());
  std::string type = call.Parameter("JobType");
  if (type.empty()) type = JobTypeName(JobType::kMigration);

  Json items = Json::array();
  int64_t total = 0;
  const auto visit = [&](Job& job) {
    job.AdvanceTo(now);
    if (!Matches(job, call, account_id, type)) return;
    if (total / *page_size == *page - 1) items.push_back(ListView(job, now));
    ++total;
  };
  const std::string id = call.Parameter("DtsJobId");
  if (id.empty()) {
    for (auto& [job_id, job] : *jobs) visit(job);
  } else if (const auto found = jobs->find(id); found != jobs->end()) {
    visit(found->second);
  }
  ServiceAnswer answer;
  answer.fields = {{"PageNumber", *page},
                   {"PageRecordCount", items.size()},
                   {"TotalRecordCount", total},
                   {"DtsJobList", std::move(items)}};
  return answer;
}

}  // namespace

Answer Perform(const ReceivedCall& call, const std::string& account_id, const Behaviour& behaviour,
               WallTime now, JobTable* jobs) {
  if (!RegionKnown(RegionOf(call), behaviour)) return Refuse("InvalidRegionId", RegionOf(call));
  if (call.action == "DescribeDtsJobs") return List(call, account_id, now, jobs);
  const auto job = FindJob(call, account_id, jobs);
  if (!job.has_value()) return tl::unexpected(job.error());
  const auto reverse = ReadReverse(call, **job);
  if (!reverse.has_value()) return tl::unexpected(reverse.error());
  if (call.action != "DescribeDtsJobDetail") {
    return Change(call, behaviour, now, *reverse, *job);
  }
  (*job)->AdvanceTo(now);
  return ServiceAnswer{DetailView(**job, *reverse, now), ""};
}

}  // namespace dtsop::simulator
