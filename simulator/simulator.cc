#include "simulator/simulator.h"

#include <algorithm>
#include <utility>

namespace dtsop::simulator {
namespace {

// Any duration of a job after it still fits into WallTime.
constexpr WallTime kJobTimeEnd{std::chrono::sys_days(std::chrono::year(2200) / 1 / 1)};

Delivery DeliveryOf(FaultEffect effect) {
  switch (effect) {
    case FaultEffect::kLostReply:
      return Delivery::kLostReply;
    case FaultEffect::kResetBefore:
      return Delivery::kResetBeforeEffect;
    case FaultEffect::kResetAfter:
      return Delivery::kResetAfterEffect;
    case FaultEffect::kTruncate:
      return Delivery::kTruncated;
    case FaultEffect::kNone:
    case FaultEffect::kError:
    case FaultEffect::kErrorAfter:
    case FaultEffect::kGarbage:
    case FaultEffect::kInterim:
    case FaultEffect::kGzip:
      return Delivery::kNormal;
  }
  return Delivery::kNormal;
}

}  // namespace

DtsSimulator::DtsSimulator(Settings settings, Random random, WallTime start)
    : random_(random),
      identity_(std::move(settings.identity)),
      behaviour_(std::move(settings.behaviour)),
      speed_(settings.speed),
      wall_anchor_(start),
      job_anchor_(start) {
  for (Account& account : settings.accounts) gateway_.PutAccount(std::move(account));
  for (const auto& [action, quota] : settings.quotas) gateway_.PutQuota(action, quota);
  for (FaultRule& rule : settings.faults) faults_.Add(std::move(rule));
  for (JobConfig& job : settings.jobs) PutJob(std::move(job), start);
}

SimulatedReply DtsSimulator::Handle(const HttpRequest& request, WallTime now) {
  identity_.ExpireDue(JobTime(now), &gateway_);
  ReceivedCall call = ReadCall(request);
  if (const std::string action = Identity::ActionOf(call); !action.empty()) call.action = action;
  AnswerContext context{call.action, call.format, call.host, NewRequestId(), now};
  if (behaviour_.format == ForcedFormat::kJson) context.format = "JSON";
  if (behaviour_.format == ForcedFormat::kXml) context.format = "XML";

  CallRecord record;
  record.time = now;
  record.action = call.action;
  record.job_id = call.Parameter("DtsJobId");
  record.access_key_id = call.access_key_id;
  record.nonce = call.nonce;
  record.signature = call.kind;
  record.request_id = context.request_id;
  SimulatedReply reply = Answer(call, std::move(context), &record);
  reply.latency += behaviour_.latency;
  record.http_status = reply.status;
  calls_.Add(std::move(record));
  return reply;
}

// The gateway's part: errors of the gateway come in its own shape, and only calls that it lets
// through are shown to the fault script.
SimulatedReply DtsSimulator::Answer(const ReceivedCall& call, AnswerContext context,
                                    CallRecord* record) {
  const auto refuse = [&](const ApiError& error) {
    record->verdict = error.code;
    return EncodeError(context, error, ErrorShape::kGateway, false);
  };
  const bool is_signed = Identity::ActionOf(call).empty() || call.action == "AssumeRole";
  if (is_signed) {
    const auto caller = gateway_.Verify(call, context.now);
    if (!caller.has_value()) return refuse(caller.error());
    record->account_id = (*caller)->account_id;
    if (const auto error = gateway_.TakeQuota(record->account_id, call.action, context.now)) {
      gateway_.RecordNonce(call, context.now);
      return refuse(*error);
    }
  }
  const FaultScript::Entry* fired = faults_.Match(call.action, record->job_id, &random_);
  const FaultRule* fault = fired == nullptr ? nullptr : &fired->rule;
  if (fault != nullptr) record->fault = FaultEffectName(fault->effect);
  SimulatedReply reply;
  if (fault != nullptr && fault->effect == FaultEffect::kResetBefore) {
    // The gateway has not seen the request: the nonce stays good.
    record->verdict = "unseen";
  } else {
    if (is_signed) gateway_.RecordNonce(call, context.now);
    reply = Decide(call, context, fault, record);
  }
  if (fault != nullptr) {
    reply.latency = fault->latency;
    reply.delivery = DeliveryOf(fault->effect);
    reply.interim = fault->effect == FaultEffect::kInterim;
    if (fault->effect == FaultEffect::kGzip) Compress(&reply);
  }
  return reply;
}

SimulatedReply DtsSimulator::Decide(const ReceivedCall& call, const AnswerContext& context,
                                    const FaultRule* fault, CallRecord* record) {
  const bool gives = !Identity::ActionOf(call).empty();
  const bool fails = fault != nullptr && fault->effect == FaultEffect::kErrorAfter;
  if (fault != nullptr && (fault->effect == FaultEffect::kError || (fails && gives))) {
    record->verdict = fault->error.code;
    return EncodeError(context, fault->error, fault->shape.value_or(behaviour_.error_shape),
                       behaviour_.service_errors_as_http_200);
  }
  if (gives) {
    SimulatedReply reply = GiveCredentials(call, context, record);
    const bool garbled = fault != nullptr && fault->effect == FaultEffect::kGarbage;
    return garbled ? EncodeGarbage(context, fault->garbage) : reply;
  }
  auto answer =
      Perform(call, record->account_id, behaviour_, JobTime(context.now), &jobs_, &random_);
  record->verdict = answer.has_value() ? "accepted" : answer.error().code;
  if (answer.has_value()) record->effect = answer->effect;
  if (fault != nullptr && fault->effect == FaultEffect::kGarbage) {
    return EncodeGarbage(context, fault->garbage);
  }
  if (fails) {
    return EncodeError(context, fault->error, fault->shape.value_or(behaviour_.error_shape),
                       behaviour_.service_errors_as_http_200);
  }
  if (answer.has_value()) return EncodeSuccess(context, std::move(answer->fields));
  return EncodeError(context, answer.error(), behaviour_.error_shape,
                     behaviour_.service_errors_as_http_200);
}

SimulatedReply DtsSimulator::GiveCredentials(const ReceivedCall& call, const AnswerContext& context,
                                             CallRecord* record) {
  auto given = identity_.Perform(call, context, {context.now, JobTime(context.now), speed_},
                                 &gateway_, &random_);
  if (!given.has_value()) {
    record->verdict = given.error().code;
    return EncodeError(context, given.error(), ErrorShape::kGateway, false);
  }
  record->verdict = given->status == 200 ? "accepted" : "refused";
  return std::move(*given);
}

WallTime DtsSimulator::JobTime(WallTime now) const {
  const double passed =
      static_cast<double>(std::max(Duration{0}, now - wall_anchor_).count()) * speed_;
  const Duration left = kJobTimeEnd - job_anchor_;
  return passed < static_cast<double>(left.count())
             ? job_anchor_ + Duration(static_cast<int64_t>(passed))
             : kJobTimeEnd;
}

void DtsSimulator::Advance(Duration duration) {
  job_anchor_ += std::min(duration, kJobTimeEnd - job_anchor_);
}

void DtsSimulator::SetSpeed(double factor, WallTime now) {
  job_anchor_ = JobTime(now);
  wall_anchor_ = std::max(wall_anchor_, now);
  speed_ = factor;
}

void DtsSimulator::PutJob(JobConfig config, WallTime now) {
  std::string id = config.job_id;
  jobs_.insert_or_assign(std::move(id), Job(std::move(config), JobTime(now)));
}

Job* DtsSimulator::FindJob(const std::string& job_id, WallTime now) {
  const auto found = jobs_.find(job_id);
  if (found == jobs_.end()) return nullptr;
  found->second.AdvanceTo(JobTime(now));
  return &found->second;
}

// The form of a UUID in upper case, as DTS writes it.
std::string DtsSimulator::NewRequestId() {
  std::string id = random_.Hex128();
  for (char& c : id) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  for (const size_t at : {8, 13, 18, 23}) id.insert(at, 1, '-');
  return id;
}

}  // namespace dtsop::simulator
