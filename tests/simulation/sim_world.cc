#include "tests/simulation/sim_world.h"

#include <fmt/format.h>

#include <utility>

#include "tests/simulation/crd.h"

namespace dtsop::sim {
namespace {

constexpr char kOrigin[] = "https://dts.aliyuncs.com";

simulator::Settings DtsSettings(const WorldOptions& options) {
  simulator::Settings settings;
  simulator::Account account;
  account.access_key_id = kAccessKeyId;
  account.access_key_secret = SecretString(kAccessKeySecret);
  settings.accounts = options.accounts;
  settings.accounts.push_back(account);
  settings.behaviour = options.behaviour;
  settings.faults = options.dts_rules;
  return settings;
}

SimApiOptions ApiOptions(const WorldOptions& options) {
  SimApiOptions api;
  api.dtsjob_schema = DtsJobSchema();
  api.expired_watch_as_http = options.seed % 2 == 0;
  return api;
}

// The environment of every process: the credentials, and no file.
Surroundings WithCredentials() {
  return {[](const std::string& name) -> std::optional<std::string> {
            if (name == "ALIBABA_CLOUD_ACCESS_KEY_ID") return kAccessKeyId;
            if (name == "ALIBABA_CLOUD_ACCESS_KEY_SECRET") return kAccessKeySecret;
            return std::nullopt;
          },
          [](const std::string&) { return std::nullopt; }};
}

}  // namespace

SimWorld::SimWorld(WorldOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      trace_(options_.trace),
      kubernetes_(ApiOptions(options_)),
      dts_(DtsSettings(options_), Random(random_.Next()), clock_.wall()),
      checker_(clock_, kubernetes_.store(), options_.allowance) {
  checker_.AddSecret(kAccessKeySecret);
  checker_.Grant(kOwnCredentialsNamespace, {kAccessKeyId, kAccessKeySecret});
  for (const simulator::Account& account : options_.accounts)
    checker_.AddSecret(std::string(account.access_key_secret.Reveal()));
  kubernetes_.OnChange([this](int64_t) {
    const SimVersion& version = kubernetes_.store().log().back();
    trace_.Add(clock_.now(), "etcd", version.text);
    checker_.OnVersion(version);
  });
}

SimWorld::~SimWorld() = default;

SimProcess& SimWorld::AddOperator(const std::string& identity, MachineClock::Error clock,
                                  const std::string& installation) {
  SimProcess::Options options;
  options.core.identity = identity;
  options.core.lease_namespace = kLeaseNamespace;
  options.core.lease_name = installation;
  if (options_.lease) {
    options.core.lease_duration = options_.lease->duration;
    options.core.renew_deadline = options_.lease->renew_deadline;
    options.core.retry_period = options_.lease->retry_period;
  }
  options.core.default_region = "cn-hangzhou";
  options.core.endpoints.everywhere = kOrigin;
  options.core.own_credentials_namespaces = {kOwnCredentialsNamespace};
  options.clock = clock;
  return Launch(std::move(options));
}

SimProcess& SimWorld::Restart(const SimProcess& dead) { return Launch(dead.options()); }

SimProcess& SimWorld::Launch(SimProcess::Options options) {
  options.name = fmt::format("op{}", processes_.size() + 1);
  options.seed = random_.Next();
  ProcessObserver& observer = *this;
  processes_.push_back(std::make_unique<SimProcess>(
      clock_, kubernetes_, [this](const HttpRequest& request) { return ServeDts(request); },
      [this](const HttpRequest& request) { return DrawFault(request); }, WithCredentials(), trace_,
      observer, std::move(options)));
  return *processes_.back();
}

void SimWorld::AddDtsJob(simulator::JobConfig config) {
  dts_.PutJob(std::move(config), clock_.wall());
}

void SimWorld::CreateDtsJob(const std::string& name, const Json& spec) {
  CreateDtsJobIn("shop", name, spec);
}

void SimWorld::CreateDtsJobIn(const std::string& ns, const std::string& name, const Json& spec) {
  Json whole = {{"dtsJobId", name}, {"desiredState", "Running"}, {"pollInterval", "30s"}};
  whole.update(spec);
  Note("create " + name);
  kubernetes_.CreateDtsJob(ns, name, whole, clock_.wall());
}

void SimWorld::PatchDtsJob(const std::string& name, const Json& patch) {
  Note("patch " + name);
  kubernetes_.PatchDtsJob("shop", name, patch, clock_.wall());
}

void SimWorld::DeleteDtsJob(const std::string& name) {
  Note("delete " + name);
  kubernetes_.DeleteDtsJob("shop", name, clock_.wall());
}

void SimWorld::PutSecret() { PutSecretIn("shop", kAccessKeyId, kAccessKeySecret); }

void SimWorld::PutSecretIn(const std::string& ns, const std::string& id,
                           const std::string& secret) {
  kubernetes_.PutSecret(ns, "dts-credentials", {{"accessKeyId", id}, {"accessKeySecret", secret}},
                        clock_.wall());
}

void SimWorld::DeleteSecret() {
  Note("delete the Secret");
  kubernetes_.DeleteSecret("shop", "dts-credentials", clock_.wall());
}

void SimWorld::Run(Duration duration) { clock_.RunFor(duration); }

void SimWorld::OnDecided(const SimProcess& process, const SendRequest& send) {
  checker_.OnDecided(process, send);
}
void SimWorld::OnSent(const SimProcess& process, const SendRequest& send) {
  checker_.OnSent(process, send);
}
void SimWorld::OnEnded(const SimProcess& process, const HttpRequest& request) {
  checker_.OnEnded(process, request);
}
void SimWorld::OnLog(const SimProcess& process, const LogLine& line) {
  checker_.OnLog(process, line);
}

void SimWorld::OnStep(SimProcess& process) {
  if (++steps_ != kill_at_step_) return;
  killed_ = &process;
  process.Kill();
}

HttpResult SimWorld::ServeDts(const HttpRequest& request) {
  const simulator::SimulatedReply reply = dts_.Handle(request, clock_.wall());
  checker_.OnDtsCall(dts_.calls().records().back(), dts_);
  HttpResult result;
  result.status = reply.status;
  result.headers = reply.headers;
  result.body = reply.body;
  return result;
}

void SimWorld::DrawLoss(const FaultRates& rates, CallFault* fault) {
  if (random_.Percent(rates.refused)) {
    fault->loss = CallFault::Loss::kRefused;
  } else if (random_.Percent(rates.lost_before)) {
    fault->loss = CallFault::Loss::kBeforeEffect;
  } else if (random_.Percent(rates.lost_after)) {
    fault->loss = CallFault::Loss::kAfterEffect;
  }
  fault->silent = random_.Percent(rates.silent);
}

CallFault SimWorld::DrawFault(const HttpRequest& request) {
  const bool kubernetes = request.origin.empty();
  CallFault fault;
  // Some spread always, so that answers overtake each other.
  fault.latency = std::chrono::microseconds(500 + random_.Below(kubernetes ? 3'000 : 30'000));
  const MonoTime blocked_until = kubernetes ? kubernetes_blocked_until_ : dts_blocked_until_;
  if (clock_.now() < blocked_until) fault.loss = CallFault::Loss::kRefused;
  if (!faults_on_) return fault;
  const FaultRates& rates = kubernetes ? options_.kubernetes : options_.dts;
  DrawLoss(rates, &fault);
  if (random_.Percent(rates.slow)) fault.latency = milliseconds(random_.Below(3'000));
  if (random_.Percent(rates.error)) {
    constexpr int kStatuses[] = {429, 500, 503};
    fault.status = kStatuses[random_.Below(3)];
    if (fault.status == 429) fault.retry_after = seconds(random_.Below(3));
  }
  if (random_.Percent(rates.cut)) fault.cut_at = random_.Below(4'000);
  if (random_.Percent(rates.deaf)) fault.deaf_after = milliseconds(random_.Below(10'000));
  if (random_.Percent(rates.late))
    fault.watch_delay = Duration(static_cast<int64_t>(
        random_.Below(static_cast<uint64_t>(options_.watch_delay_max.count()))));
  if (random_.Percent(rates.stale))
    fault.frozen_at = std::max<int64_t>(
        kubernetes_.store().revision() - static_cast<int64_t>(random_.Below(20)), 1);
  return fault;
}

}  // namespace dtsop::sim
