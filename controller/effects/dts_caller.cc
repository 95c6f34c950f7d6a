#include "effects/dts_caller.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dts/job_list.h"

namespace dtsop {
namespace {

constexpr std::string_view kVersion = "2020-01-01";
constexpr Duration kCallTimeout = seconds(10);
constexpr size_t kBodyBytesMax = 1U << 20;
// Those that are stood in line for.
constexpr std::array kInLine = {DtsAction::kDescribe, DtsAction::kList, DtsAction::kStart,
                                DtsAction::kSuspend, DtsAction::kStop};
// DTS advises to repeat what it throttles after 15 to 30 s. Looking is slowed by its own pace.
constexpr Duration kThrottledFor = seconds(15);
// A region that an account does not use any more is forgotten.
constexpr Duration kForgetRegionAfter = hours(1);

// True: it is not known whether DTS is there at all.
bool IsNoAnswer(const CallFailure& failure) {
  return failure.error_class == ErrorClass::kTransient &&
         (failure.http_status == 0 || failure.http_status >= 500 ||
          failure.code.starts_with("Client."));
}

}  // namespace

QueryParameters JobParameters(DtsAction action, const DtsJobSpec& spec, const std::string& region) {
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

DtsCaller::DtsCaller(DtsCallerOptions options, Outbox& outbox, Random& random, Metrics& metrics,
                     Listeners listeners)
    : options_(std::move(options)),
      outbox_(outbox),
      random_(random),
      metrics_(metrics),
      listeners_(std::move(listeners)) {}

DtsAccount& DtsCaller::Account(const AccountKey& key, MonoTime now) {
  DtsAccount& account = accounts_.try_emplace(key, options_.quotas).first->second;
  account.used_at = now;
  return account;
}

bool DtsCaller::Take(DtsAction action, const AccountKey& key, const ObjectKey& who, MonoTime now) {
  DtsAccount& account = Account(key, now);
  return account.limiter(action).Take(who, now, account.Holds(action));
}

bool DtsCaller::TakeAtOnce(DtsAction action, const AccountKey& key, const ObjectKey& who,
                           MonoTime now) {
  const bool may = Take(action, key, who, now);
  if (!may) Leave(action, key, who);
  return may;
}

void DtsCaller::Leave(DtsAction action, const AccountKey& key, const ObjectKey& who) {
  const auto at = accounts_.find(key);
  if (at != accounts_.end()) at->second.limiter(action).Leave(who);
}

void DtsCaller::ForgetUnused(const AccountBook& book, MonoTime now) {
  const size_t forgotten = std::erase_if(accounts_, [&](const auto& item) {
    const auto& [key, account] = item;
    if (account.calls > 0) return false;
    const bool left = account.idle() && now - account.used_at > kForgetRegionAfter;
    return left || !book.Has(key.account);
  });
  if (forgotten > 0) CountBreakers();
}

const CallFailure* DtsCaller::Outage(const AccountKey& key) const {
  const auto at = accounts_.find(key);
  if (at == accounts_.end() || !at->second.breaker.open()) return nullptr;
  return &*at->second.last_failure;
}

bool DtsCaller::TakeProbe(const AccountKey& key, MonoTime now) {
  DtsAccount& account = Account(key, now);
  if (now < account.breaker.NextProbe()) return false;
  account.breaker.BeginProbe();
  return true;
}

void DtsCaller::Advance(Now now) {
  for (auto& [key, account] : accounts_) {
    for (const DtsAction action : kInLine) {
      while (!account.Holds(action)) {
        const auto who = account.limiter(action).Grant(now.mono);
        if (!who) break;
        if (!listeners_.on_turn(action, key, *who, now)) account.limiter(action).Return(*who);
      }
    }
  }
}

MonoTime DtsCaller::NextWakeup() const {
  MonoTime next = kNever;
  for (const auto& [key, account] : accounts_) {
    for (const DtsAction action : kInLine) {
      if (!account.Holds(action)) next = std::min(next, account.limiter(action).NextGrant());
    }
  }
  return next;
}

void DtsCaller::Send(Call call, OnReply on_reply, Now now) {
  const RpcCall rpc{std::string(DtsActionName(call.action)), std::string(kVersion),
                    std::move(call.parameters)};
  HttpRequest request = SignRpc(
      options_.signature, rpc, EndpointFor(options_.endpoints, call.account.region),
      call.credentials, clock_.Time(now), call.nonce.empty() ? random_.Hex128() : call.nonce);
  request.total_timeout = kCallTimeout;
  request.body_bytes_max = call.action == DtsAction::kList ? kJobPageBytesMax : kBodyBytesMax;
  request.not_after = call.not_after;
  request.exactly_once = !Reads(call.action);
  DtsAccount& account = Account(call.account, now.mono);
  ++account.calls;
  if (Looks(call.action)) ++account.looks;
  outbox_.Send(
      Remote::kDts, std::move(request),
      [this, sent = Sent{call.action, call.account, call.credentials.access_key_id, now.mono},
       on_reply = std::move(on_reply)](const HttpResult& result, Now then) {
        auto reply = DecodeReply(result, *options_.errors());
        const bool throttled = !reply && reply.error().error_class == ErrorClass::kThrottled;
        if (throttled && !Reads(sent.action) && reply.error().retry_after <= Duration{0}) {
          reply.error().retry_after = kThrottledFor;
        }
        LearnClock(result, sent.at, then);
        const std::string_view name = DtsActionName(sent.action);
        metrics_.Add(metric::kApiCalls,
                     {name, reply ? "Success" : ErrorClassName(reply.error().error_class)});
        metrics_.Observe(metric::kApiSeconds, {name},
                         std::chrono::duration<double>(then.mono - sent.at).count());
        OnEnded(sent, result, reply, then);
        on_reply(reply, then);
      });
}

void DtsCaller::OnEnded(const Sent& sent, const HttpResult& result,
                        const tl::expected<DtsReply, CallFailure>& reply, Now now) {
  DtsAccount& account = Account(sent.account, now.mono);
  --account.calls;
  if (Looks(sent.action)) --account.looks;
  // Ended by ourselves: that says nothing about DTS.
  if (result.error == HttpError::kExpired || result.error == HttpError::kCanceled) return;
  const LogFields fields = {{"accessKeyId", sent.access_key_id}, {"region", sent.account.region}};
  if (!reply && IsNoAnswer(reply.error())) {
    // Looking comes before all else, and has no effect: it alone is what DTS is judged by.
    if (!Looks(sent.action)) return;
    account.last_failure = reply.error();
    if (!account.breaker.OnFailed(now.mono)) return;
    metrics_.Add(metric::kBreakerOpened, {});
    CountBreakers();
    outbox_.Log(LogLevel::kWarn, "DTS does not answer; only probes are made until it does",
                {fields[0], fields[1], {"error", DescribeFailure(reply.error())}});
    return;
  }
  if (!reply && reply.error().error_class == ErrorClass::kThrottled) {
    account.limiter(sent.action).OnThrottled(reply.error().retry_after, sent.at, now.mono);
  } else {
    account.limiter(sent.action).OnServed();
  }
  if (!account.breaker.OnAnswered()) return;
  CountBreakers();
  outbox_.Log(LogLevel::kInfo, "DTS answers again", fields);
  listeners_.on_restored(sent.account, now);
}

void DtsCaller::CountBreakers() {
  const auto open = std::count_if(accounts_.begin(), accounts_.end(), [](const auto& account) {
    return account.second.breaker.open();
  });
  metrics_.Set(metric::kBreakersOpen, {}, static_cast<double>(open));
}

void DtsCaller::LearnClock(const HttpResult& result, MonoTime sent, Now now) {
  if (clock_.Learn(result, sent, now) && clock_.error() != Duration{0}) {
    outbox_.Log(LogLevel::kWarn,
                "this node's clock differs from that of DTS; requests are signed with the time of "
                "DTS, but the node's clock should be corrected",
                {{"seconds", std::to_string(clock_.error() / seconds(1))}});
  }
  metrics_.Set(metric::kClockError, {}, std::chrono::duration<double>(clock_.error()).count());
}

}  // namespace dtsop
