#include "simulator/control.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/strings.h"
#include "simulator/config.h"
#include "simulator/config_words.h"
#include "simulator/object_reader.h"

namespace dtsop::simulator {
namespace {

// One answer of GET /calls; the caller asks again with `since` of the last one.
constexpr size_t kCallsPerAnswer = 1000;
// The newest temporary keys in one answer of /identity.
constexpr size_t kKeysPerAnswer = 100;

struct ControlCall {
  std::string method;
  std::string collection;  // "/jobs/x" is collection "jobs", id "x"
  std::string id;
  QueryParameters query;
  Json body;
  WallTime now;
};

ControlReply Failed(int status, std::string message) {
  return {status, {{"error", std::move(message)}}};
}

ControlReply BadMethod(const ControlCall& call) {
  return Failed(405, fmt::format("{} is not possible here", CleanText(call.method, 20)));
}

Json ShowJob(const Job& job) {
  const JobConfig& config = job.config();
  Json out = {{"jobId", config.job_id},
              {"instanceId", config.instance_id},
              {"name", config.name},
              {"type", JobTypeName(config.type)},
              {"region", config.region},
              {"accountId", config.account_id},
              {"twoWay", config.two_way},
              {"status", job.leg(false).status},
              {"since", FormatRfc3339(job.leg(false).since)},
              {"errorMessage", job.leg(false).error_message},
              {"startsAccepted", job.starts_accepted},
              {"startsEffective", job.starts_effective},
              {"suspendsEffective", job.suspends_effective},
              {"stopsEffective", job.stops_effective}};
  if (config.two_way) out["reverseStatus"] = job.leg(true).status;
  return out;
}

ControlReply Jobs(const ControlCall& call, DtsSimulator* simulator) {
  if (call.id.empty()) {
    if (call.method != "GET") return BadMethod(call);
    Json list = Json::array();
    for (const auto& entry : simulator->jobs()) {
      list.push_back(ShowJob(*simulator->FindJob(entry.first, call.now)));
    }
    return {200, {{"jobs", std::move(list)}}};
  }
  Job* job = simulator->FindJob(call.id, call.now);
  const bool put = call.method == "PUT";
  if (job == nullptr && !put) return Failed(404, fmt::format("no job {}", call.id));
  if (call.method == "GET") return {200, ShowJob(*job)};
  if (call.method == "DELETE") {
    simulator->RemoveJob(call.id);
    return {200, Json::object()};
  }
  if (!put && call.method != "PATCH") return BadMethod(call);
  JobConfig base;
  if (!put) base = job->config();
  base.job_id = call.id;
  auto config = ReadJob(call.body, "", std::move(base));
  if (!config.has_value()) return Failed(400, config.error().message);
  if (config->job_id != call.id) return Failed(400, "jobId: differs from the path");
  if (put) {
    simulator->PutJob(std::move(*config), call.now);
  } else {
    const WallTime job_time = simulator->JobTime(call.now);
    job->Reconfigure(std::move(*config), job_time);
    if (call.body.contains("status")) job->Force(false, job->config().status, job_time);
    if (call.body.contains("reverseStatus")) {
      job->Force(true, job->config().reverse_status, job_time);
    }
  }
  return {200, ShowJob(*simulator->FindJob(call.id, call.now))};
}

ControlReply AddFaults(const ControlCall& call, DtsSimulator* simulator) {
  const Json list = call.body.is_array() ? call.body : Json::array({call.body});
  std::vector<FaultRule> rules;
  for (size_t i = 0; i < list.size(); ++i) {
    auto rule = ReadFault(list[i], call.body.is_array() ? fmt::format("[{}]", i) : "");
    if (!rule.has_value()) return Failed(400, rule.error().message);
    rules.push_back(std::move(*rule));
  }
  Json ids = Json::array();
  for (FaultRule& rule : rules) ids.push_back(simulator->faults().Add(std::move(rule)));
  return {200, {{"ids", std::move(ids)}}};
}

ControlReply Faults(const ControlCall& call, DtsSimulator* simulator) {
  if (call.method == "DELETE" && call.id.empty()) {
    simulator->faults().Clear();
    return {200, Json::object()};
  }
  if (call.method == "DELETE") {
    uint64_t id = 0;
    std::from_chars(call.id.data(), call.id.data() + call.id.size(), id);
    if (!simulator->faults().Remove(id)) return Failed(404, fmt::format("no fault {}", call.id));
    return {200, Json::object()};
  }
  if (!call.id.empty()) return BadMethod(call);
  if (call.method == "POST") return AddFaults(call, simulator);
  if (call.method != "GET") return BadMethod(call);
  Json list = Json::array();
  for (const FaultScript::Entry& entry : simulator->faults().entries()) {
    Json item = ShowFault(entry.rule);
    item["id"] = entry.id;
    item["matched"] = entry.matched;
    item["fired"] = entry.fired;
    list.push_back(std::move(item));
  }
  return {200, {{"faults", std::move(list)}}};
}

ControlReply Calls(const ControlCall& call, DtsSimulator* simulator) {
  if (call.method != "GET") return BadMethod(call);
  uint64_t since = 0;
  for (const auto& [name, value] : call.query) {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), since);
    if (name != "since" || error != std::errc() || end != value.data() + value.size()) {
      return Failed(400, "since: must be a whole number, and is the only parameter");
    }
  }
  Json list = Json::array();
  const auto& records = simulator->calls().records();
  const uint64_t first = records.empty() ? 1 : records.front().seq;
  for (size_t i = since < first ? 0 : since - first + 1;
       i < records.size() && list.size() < kCallsPerAnswer; ++i) {
    list.push_back(ShowCall(records[i]));
  }
  return {200, {{"calls", std::move(list)}, {"last", simulator->calls().last_seq()}}};
}

ControlReply SetBehaviour(const ControlCall& call, DtsSimulator* simulator) {
  if (call.method == "PATCH") {
    auto behaviour = ReadBehaviour(call.body, "", simulator->behaviour());
    if (!behaviour.has_value()) return Failed(400, behaviour.error().message);
    simulator->behaviour() = std::move(*behaviour);
  } else if (call.method != "GET") {
    return BadMethod(call);
  }
  return {200, ShowBehaviour(simulator->behaviour())};
}

ControlReply SetClock(const ControlCall& call, DtsSimulator* simulator) {
  if (call.method == "POST") {
    Duration advance{0};
    double speed = simulator->speed();
    ObjectReader reader(call.body, "");
    reader.Time("advance", &advance);
    reader.Positive("speed", kSpeedMax, &speed);
    if (auto read = reader.Finish(0); !read.has_value()) return Failed(400, read.error().message);
    simulator->SetSpeed(speed, call.now);
    simulator->Advance(advance);
  } else if (call.method != "GET") {
    return BadMethod(call);
  }
  return {200,
          {{"jobTime", FormatRfc3339(simulator->JobTime(call.now))},
           {"time", FormatRfc3339(call.now)},
           {"speed", simulator->speed()}}};
}

// Secrets go in and never come out.
ControlReply Accounts(const ControlCall& call, DtsSimulator* simulator) {
  if (call.id.empty() || call.method != "PUT") return BadMethod(call);
  const std::vector<Account>& known = simulator->gateway().AccountsOf(call.id);
  const std::string wanted = LenientString(Member(call.body, "accountId"));
  if (wanted.empty() && known.size() > 1) {
    return Failed(400, "accountId: is required, as several accounts have this access key id");
  }
  const auto old = std::find_if(known.begin(), known.end(), [&](const Account& account) {
    return wanted.empty() || account.account_id == wanted;
  });
  Account base;
  if (old != known.end()) base = *old;
  base.access_key_id = call.id;
  auto account = ReadAccount(call.body, "", std::move(base));
  if (!account.has_value()) return Failed(400, account.error().message);
  if (account->access_key_id != call.id) return Failed(400, "accessKeyId: differs from the path");
  simulator->gateway().PutAccount(std::move(*account));
  return {200, Json::object()};
}

ControlReply Temporary(const ControlCall& call, DtsSimulator* simulator) {
  Identity& identity = simulator->identity();
  if (call.method == "POST" && (call.id == "expire" || call.id == "revoke")) {
    identity.EndAll(call.id == "revoke", &simulator->gateway());
  } else if (call.method == "PATCH" && call.id.empty()) {
    auto settings = ReadIdentity(call.body, "", identity.settings());
    if (!settings.has_value()) return Failed(400, settings.error().message);
    identity.settings() = std::move(*settings);
  } else if (call.method != "GET" || !call.id.empty()) {
    return BadMethod(call);
  }
  identity.ExpireDue(simulator->JobTime(call.now), &simulator->gateway());
  Json out = ShowIdentity(identity.settings());
  out["issued"] = Json::array();
  const auto& issued = identity.issued();
  for (size_t i = issued.size() - std::min(issued.size(), kKeysPerAnswer); i < issued.size(); ++i) {
    out["issued"].push_back({{"accessKeyId", issued[i].access_key_id},
                             {"action", issued[i].action},
                             {"expiresAt", FormatRfc3339(issued[i].expires_at)},
                             {"over", issued[i].over}});
  }
  return {200, std::move(out)};
}

ControlReply Quotas(const ControlCall& call, DtsSimulator* simulator) {
  if (call.id.empty() || call.method != "PUT") return BadMethod(call);
  const auto quota = ReadQuota(call.body, "");
  if (!quota.has_value()) return Failed(400, quota.error().message);
  simulator->gateway().PutQuota(call.id, *quota);
  return {200, Json::object()};
}

ControlReply Route(const ControlCall& call, DtsSimulator* simulator) {
  if (call.collection == "jobs") return Jobs(call, simulator);
  if (call.collection == "faults") return Faults(call, simulator);
  if (call.collection == "accounts") return Accounts(call, simulator);
  if (call.collection == "identity") return Temporary(call, simulator);
  if (call.collection == "quotas") return Quotas(call, simulator);
  if (!call.id.empty()) return Failed(404, "no such path");
  if (call.collection == "healthz") return {200, {{"status", "ok"}}};
  if (call.collection == "calls") return Calls(call, simulator);
  if (call.collection == "behaviour") return SetBehaviour(call, simulator);
  if (call.collection == "clock") return SetClock(call, simulator);
  return Failed(404,
                "no such path; known are /healthz /jobs /faults /calls /behaviour /clock "
                "/identity /accounts/ID /quotas/ACTION");
}

}  // namespace

Json ShowCall(const CallRecord& record) {
  return {{"seq", record.seq},
          {"time", FormatRfc3339Micro(record.time)},
          {"action", record.action},
          {"jobId", record.job_id},
          {"accessKeyId", record.access_key_id},
          {"accountId", record.account_id},
          {"nonce", record.nonce},
          {"signature", record.signature == SignatureKind::kV1 ? "v1" : "acs3"},
          {"verdict", record.verdict},
          {"effect", record.effect},
          {"fault", record.fault},
          {"httpStatus", record.http_status},
          {"requestId", record.request_id}};
}

ControlReply HandleControl(const HttpRequest& request, WallTime now, DtsSimulator* simulator) {
  ControlCall call;
  call.method = request.method;
  call.now = now;
  const size_t question = request.target.find('?');
  const std::string path = request.target.substr(0, question);
  if (question != std::string::npos) call.query = DecodeQuery(request.target.substr(question + 1));
  const std::vector<std::string> parts = Split(path, '/');
  if (parts.size() < 2 || parts.size() > 3 || !parts[0].empty()) return Failed(404, "no such path");
  call.collection = parts[1];
  if (parts.size() == 3) call.id = PercentDecode(parts[2], false);
  if (!request.body.empty()) {
    auto body = ParseJson(request.body);
    if (!body.has_value()) return Failed(400, "the body is " + body.error().message);
    call.body = std::move(*body);
  } else if (call.method == "PUT") {
    call.body = Json::object();
  }
  return Route(call, simulator);
}

}  // namespace dtsop::simulator
