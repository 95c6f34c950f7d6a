#include "simulator/service.h"

#include <algorithm>

#include "simulator/job_view.h"
#include "simulator/listing.h"

namespace dtsop::simulator {
namespace {

using Answer = tl::expected<ServiceAnswer, ApiError>;

tl::unexpected<ApiError> Refuse(std::string_view code, std::string dynamic_message) {
  ApiError error = MakeApiError(code);
  error.dynamic_message = std::move(dynamic_message);
  return tl::unexpected(std::move(error));
}

bool RegionKnown(const std::string& region, const Behaviour& behaviour) {
  const auto& known = behaviour.regions;
  return region.empty() || known.empty() ||
         std::find(known.begin(), known.end(), region) != known.end();
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

// From the first to the second; no randomness is drawn where nothing is left to chance.
Duration Draw(Duration from, Duration to, Random* random) {
  if (to <= from) return from;
  return from + Duration(static_cast<int64_t>(
                    random->Below(static_cast<uint64_t>((to - from).count()) + 1)));
}

Answer Change(const ReceivedCall& call, const Behaviour& behaviour, WallTime now, bool reverse,
              Job* job, Random* random) {
  const bool start = call.action == "StartDtsJob";
  const bool suspend = call.action == "SuspendDtsJob";
  const auto configured = behaviour.lags.find(call.action);
  const Lag lag = configured == behaviour.lags.end() ? Lag() : configured->second;
  const Duration effect_after = Draw(lag.effect_after, lag.effect_within, random);
  const Duration visible_after = Draw(lag.visible_after, lag.visible_within, random);
  const auto outcome = job->Act(start     ? JobAction::kStart
                                : suspend ? JobAction::kSuspend
                                          : JobAction::kStop,
                                reverse, behaviour, now, effect_after, visible_after);
  if (!outcome.has_value()) return tl::unexpected(outcome.error());
  if (start) ++job->starts_accepted;
  if (!outcome->empty()) {
    ++(start ? job->starts_effective : suspend ? job->suspends_effective : job->stops_effective);
  }
  return ServiceAnswer{Json::object(), *outcome};
}

// DescribePreCheckStatus: PageNo, where DescribeDtsJobs has PageNumber.
Answer Precheck(const ReceivedCall& call, const Job& job, WallTime now) {
  const std::string code = call.Parameter("JobCode");
  if (code.empty()) {
    ApiError error = MakeApiError("MissingJobCode");
    error.message = "JobCode is mandatory for this action.";
    return tl::unexpected(std::move(error));
  }
  if (code != "01" && code != "02" && code != "03" && code != "04") {
    return Refuse("InvalidParameter", "JobCode");
  }
  const auto page = ReadCount(call, "PageNo", 1, INT32_MAX);
  if (!page.has_value()) return tl::unexpected(page.error());
  const auto size = ReadCount(call, "PageSize", 20, 100);
  if (!size.has_value()) return tl::unexpected(size.error());
  Json fields = PrecheckStatusView(job, code, now);
  Json& items = fields["JobProgress"];
  const auto total = static_cast<int64_t>(items.size());
  const auto begin = items.begin() + std::min(total, (*page - 1) * *size);
  const auto end = items.begin() + std::min(total, *page * *size);
  items = Json(std::vector<Json>(begin, end));
  fields["Total"] = fields["TotalRecordCount"] = total;
  fields["PageNumber"] = *page;
  fields["PageRecordCount"] = *size;
  return ServiceAnswer{std::move(fields), ""};
}

}  // namespace

Answer Perform(const ReceivedCall& call, const std::string& account_id, const Behaviour& behaviour,
               WallTime now, JobTable* jobs, Random* random) {
  if (!RegionKnown(RegionOf(call), behaviour)) return Refuse("InvalidRegionId", RegionOf(call));
  if (call.action == "DescribeDtsJobs") {
    auto fields = ListJobs(call, account_id, behaviour, now, jobs);
    if (!fields.has_value()) return tl::unexpected(fields.error());
    return ServiceAnswer{std::move(*fields), ""};
  }
  const auto job = FindJob(call, account_id, jobs);
  if (!job.has_value()) return tl::unexpected(job.error());
  const auto reverse = ReadReverse(call, **job);
  if (!reverse.has_value()) return tl::unexpected(reverse.error());
  if (!call.action.starts_with("Describe")) {
    return Change(call, behaviour, now, *reverse, *job, random);
  }
  (*job)->AdvanceTo(now);
  if (call.action == "DescribePreCheckStatus") return Precheck(call, **job, now);
  return ServiceAnswer{DetailView(**job, *reverse, behaviour.delay_unit, now), ""};
}

}  // namespace dtsop::simulator
