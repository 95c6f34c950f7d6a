#include "effects/dts_caller.h"

#include <algorithm>
#include <utility>

namespace dtsop {
namespace {

constexpr std::string_view kVersion = "2020-01-01";
constexpr Duration kCallTimeout = seconds(10);
constexpr size_t kBodyBytesMax = 1U << 20;
constexpr Duration kBlockWhenThrottled = seconds(1);

// Parameter names as DTS spells them; DescribeDtsJobDetail alone has "ID" in capitals.
QueryParameters Parameters(DtsAction action, const DtsJobSpec& spec, const std::string& region) {
  QueryParameters parameters = {{"DtsJobId", spec.dts_job_id}, {"RegionId", region}};
  if (!spec.dts_instance_id.empty()) {
    parameters.emplace_back(action == DtsAction::kDescribe ? "DtsInstanceID" : "DtsInstanceId",
                            spec.dts_instance_id);
  }
  // Forward is the default, and one-way jobs need not know the parameter.
  if (spec.direction != "Forward") {
    parameters.emplace_back("SynchronizationDirection", spec.direction);
  }
  return parameters;
}

}  // namespace

std::string_view DtsActionName(DtsAction action) {
  switch (action) {
    case DtsAction::kDescribe:
      return "DescribeDtsJobDetail";
    case DtsAction::kStart:
      return "StartDtsJob";
    case DtsAction::kSuspend:
      return "SuspendDtsJob";
    case DtsAction::kStop:
      return "StopDtsJob";
  }
  return "";
}

DtsCaller::DtsCaller(DtsCallerOptions options, Outbox& outbox, Random& random, Metrics& metrics)
    : options_(std::move(options)), outbox_(outbox), random_(random), metrics_(metrics) {}

RateLimiter& DtsCaller::Limiter(DtsAction action, const Credentials& credentials,
                                const std::string& region) {
  const bool reads = action == DtsAction::kDescribe;
  const int rate = reads ? options_.describe_calls_per_second : options_.start_calls_per_second;
  return limiters_.try_emplace({credentials.access_key_id, region, reads}, std::max(1, rate))
      .first->second;
}

MonoTime DtsCaller::Reserve(DtsAction action, const Credentials& credentials,
                            const std::string& region, MonoTime now) {
  return Limiter(action, credentials, region).Reserve(now);
}

bool DtsCaller::Blocked(DtsAction action, const Credentials& credentials, const std::string& region,
                        MonoTime now) {
  return Limiter(action, credentials, region).Blocked(now);
}

void DtsCaller::Send(const Call& call, OnReply on_reply, Now now) {
  const RpcCall rpc{std::string(DtsActionName(call.action)), std::string(kVersion),
                    Parameters(call.action, call.spec, call.region)};
  HttpRequest request = SignRpc(options_.signature, rpc, options_.origin, call.credentials,
                                now.wall, call.nonce.empty() ? random_.Hex128() : call.nonce);
  request.total_timeout = kCallTimeout;
  request.body_bytes_max = kBodyBytesMax;
  request.not_after = call.not_after;
  request.exactly_once = call.action != DtsAction::kDescribe;
  outbox_.Send(
      Remote::kDts, std::move(request),
      [this, action = call.action, id = call.credentials.access_key_id, region = call.region,
       sent = now.mono, on_reply = std::move(on_reply)](const HttpResult& result, Now then) {
        const auto reply = DecodeReply(result);
        const std::string_view name = DtsActionName(action);
        metrics_.Add(metric::kApiCalls,
                     {name, reply ? "Success" : ErrorClassName(reply.error().error_class)});
        metrics_.Observe(metric::kApiSeconds, {name},
                         std::chrono::duration<double>(then.mono - sent).count());
        if (!reply && reply.error().error_class == ErrorClass::kThrottled) {
          const Duration wait = std::max<Duration>(reply.error().retry_after, kBlockWhenThrottled);
          const auto at = limiters_.find({id, region, action == DtsAction::kDescribe});
          if (at != limiters_.end()) at->second.BlockUntil(then.mono + wait);
        }
        on_reply(reply, then);
      });
}

}  // namespace dtsop
