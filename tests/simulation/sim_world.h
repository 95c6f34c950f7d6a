// The world of a simulated run: true time, the API server, DTS, the operators, the users and what
// goes wrong. All of it follows from a seed.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulator/simulator.h"
#include "tests/simulation/safety_checker.h"
#include "tests/simulation/sim_api_server.h"
#include "tests/simulation/sim_clock.h"
#include "tests/simulation/sim_process.h"
#include "tests/simulation/trace.h"

namespace dtsop::sim {

// How often a call to one server meets what, in percent.
struct FaultRates {
  uint64_t refused = 0;
  uint64_t lost_before = 0;
  uint64_t lost_after = 0;
  uint64_t silent = 0;  // of the losses: seen only as silence
  uint64_t error = 0;   // 429, 500 or 503 from something in between
  uint64_t cut = 0;     // the body breaks off
  uint64_t slow = 0;    // seconds of latency
  uint64_t deaf = 0;    // of watches: no byte any more after some time
  uint64_t late = 0;    // of watches: the cache is late
  uint64_t stale = 0;   // of reads that allow it: an old view
};

struct LeaseTimes {
  Duration duration;
  Duration renew_deadline;
  Duration retry_period;
};

struct WorldOptions {
  uint64_t seed = 1;
  bool trace = false;
  FaultRates kubernetes;
  FaultRates dts;
  Duration watch_delay_max = seconds(5);
  std::optional<LeaseTimes> lease;           // none: the operator's own
  std::vector<simulator::Account> accounts;  // besides that of the default credentials
  simulator::Behaviour behaviour;
  std::vector<simulator::FaultRule> dts_rules;  // what DTS itself does wrong; ends with HealNetwork
  SafetyAllowance allowance;
};

// The credentials of every job in these runs, of the default chain or of a Secret.
inline constexpr char kAccessKeyId[] = "LTAI0000000000000000";
inline constexpr char kAccessKeySecret[] = "canary-secret-7d1f";
// The first tenant, whom alone the default chain serves.
inline constexpr char kOwnCredentialsNamespace[] = "shop";
inline constexpr char kLeaseNamespace[] = "dts-system";

class SimWorld final : private ProcessObserver {
 public:
  explicit SimWorld(WorldOptions options);
  ~SimWorld() override;
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  // A new process, not started. It stays valid to the end of the run, also dead. Those of one
  // installation share the leader's Lease of that name.
  SimProcess& AddOperator(const std::string& identity, MachineClock::Error clock = {},
                          const std::string& installation = "dts-operator");
  // A new process in the place of a dead one: the same pod on the same machine.
  SimProcess& Restart(const SimProcess& dead);

  // A job in DTS, and a DtsJob "shop/<name>" that wishes the job of that name to run, or whatever
  // `spec` says instead.
  void AddDtsJob(simulator::JobConfig config);
  void CreateDtsJob(const std::string& name, const Json& spec = Json::object());
  void PatchDtsJob(const std::string& name, const Json& patch);
  void DeleteDtsJob(const std::string& name);
  // The same in any namespace, whose Secret is named dts-credentials too.
  void CreateDtsJobIn(const std::string& ns, const std::string& name, const Json& spec);
  void PutSecretIn(const std::string& ns, const std::string& id, const std::string& secret);
  Json DtsJob(const std::string& name) const { return kubernetes_.DtsJob("shop", name); }
  void PutSecret();
  void DeleteSecret();

  void Run(Duration duration);
  // Faults strike from the first moment until this is called.
  void HealNetwork() {
    faults_on_ = false;
    dts_.faults().Clear();
  }
  // Everybody is unreachable for everybody until the time is over.
  void BlockKubernetes(Duration duration) { kubernetes_blocked_until_ = clock_.now() + duration; }
  void BlockDts(Duration duration) { dts_blocked_until_ = clock_.now() + duration; }

  // Kills the process at its n-th step from now on; see ProcessObserver::OnStep.
  void KillAtStep(uint64_t n) { kill_at_step_ = steps_ + n; }
  void KillNobody() { kill_at_step_ = 0; }
  uint64_t steps() const { return steps_; }
  // The process that KillAtStep has hit, once.
  SimProcess* TakeKilled() { return std::exchange(killed_, nullptr); }

  SimClock& clock() { return clock_; }
  SimApiServer& kubernetes() { return kubernetes_; }
  simulator::DtsSimulator& dts() { return dts_; }
  SafetyChecker& checker() { return checker_; }
  Random& random() { return random_; }
  const std::vector<std::unique_ptr<SimProcess>>& processes() const { return processes_; }
  uint64_t hash() const { return trace_.hash(); }
  void Note(std::string_view text) { trace_.Add(clock_.now(), "world", text); }

 private:
  void OnDecided(const SimProcess& process, const SendRequest& send) override;
  void OnSent(const SimProcess& process, const SendRequest& send) override;
  void OnEnded(const SimProcess& process, const HttpRequest& request) override;
  void OnLog(const SimProcess& process, const LogLine& line) override;
  void OnSpin(const SimProcess& process) override { checker_.OnSpin(process); }
  void OnStep(SimProcess& process) override;
  CallFault DrawFault(const HttpRequest& request);
  void DrawLoss(const FaultRates& rates, CallFault* fault);
  HttpResult ServeDts(const HttpRequest& request);
  SimProcess& Launch(SimProcess::Options options);

  const WorldOptions options_;
  Random random_;
  Trace trace_;
  SimClock clock_;
  SimApiServer kubernetes_;
  simulator::DtsSimulator dts_;
  SafetyChecker checker_;
  std::vector<std::unique_ptr<SimProcess>> processes_;
  bool faults_on_ = true;
  MonoTime kubernetes_blocked_until_{};
  MonoTime dts_blocked_until_{};
  uint64_t steps_ = 0;
  uint64_t kill_at_step_ = 0;
  SimProcess* killed_ = nullptr;
};

}  // namespace dtsop::sim
