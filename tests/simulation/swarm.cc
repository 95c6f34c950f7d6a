#include "tests/simulation/swarm.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "tests/simulation/liveness.h"
#include "tests/simulation/sim_world.h"
#include "tests/simulation/swarm_neighbour.h"
#include "tests/simulation/swarm_options.h"
#include "tests/simulation/swarm_pods.h"
#include "tests/simulation/swarm_policies.h"

namespace dtsop::sim {
namespace {

// Three attempts, each settled by looking, and what they have to wait for one another.
constexpr Duration kConvergeWithin = minutes(8);
constexpr Duration kLookEvery = seconds(5);
constexpr Duration kAftermath = seconds(150);  // settles an unknown start, by the slowest clock

// One run. Each family of faults is on in half of the runs, so that they meet in many combinations
// and none hides another.
class Swarm {
 public:
  Swarm(uint64_t seed, SwarmOptions options)
      : random_(seed ^ 0x5eedULL),
        late_random_(seed ^ 0xf11bULL),
        late_(options.late),
        policies_(seed, options.policies),
        world_(Draw(seed, options, random_)) {
    operators_ = 1 + random_.Below(2);
    jobs_ = 1 + random_.Below(6);
    kills_ = random_.Percent(50);
    pauses_ = operators_ > 1 && random_.Percent(50);
    edits_ = random_.Percent(70);
    console_ = random_.Percent(30);
    outages_ = random_.Percent(30);
    compacts_ = random_.Percent(50);
    task_failures_ = random_.Percent(20);
    same_identity_ = random_.Percent(50);
    twins_ = random_.Percent(20);
    secret_goes_ = random_.Percent(20);
    prechecks_fail_ = random_.Percent(20);
    if (options.tenants) neighbour_.emplace(seed, world_, jobs_);
    // Of another installation, which knows nothing of the others' Lease.
    rival_ = late_ && Random(seed ^ 0x217a1ULL).Percent(30);
  }

  SwarmResult Run() {
    Begin();
    const auto storm = seconds(20 + random_.Below(130));
    const MonoTime end = world_.clock().now() + storm;
    while (world_.clock().now() < end) {
      world_.Run(milliseconds(random_.Below(4'000)));
      Disturb();
    }
    Heal();
    const MonoTime converged_by = world_.clock().now() + kConvergeWithin;
    do {
      world_.Run(kLookEvery);
      RestartTheDead();
      failures_ = Unsettled(world_, meddled_);
    } while (!failures_.empty() && world_.clock().now() < converged_by);
    // What is settled already may still have an event or an old failure to write down.
    world_.Run(kAftermath);
    if (failures_.empty()) failures_ = Unsettled(world_, meddled_);
    if (failures_.empty()) CheckQuiet();
    for (const auto& process : world_.processes()) {
      if (process->alive() && process->stopping())
        failures_.push_back("L6: " + process->options().name + " was told to end, and runs");
    }
    SwarmResult result;
    for (const std::string& failure : world_.checker().failures())
      result.failures.push_back(failure);
    for (std::string& failure : failures_) result.failures.push_back(std::move(failure));
    result.hash = world_.hash();
    result.simulated = world_.clock().now().time_since_epoch();
    result.starts_sent = world_.checker().starts_sent();
    result.crashes = crashes_;
    return result;
  }

 private:
  static WorldOptions Draw(uint64_t seed, SwarmOptions options, Random& random) {
    WorldOptions world = DrawWorld(seed, options.trace, random);
    if (options.late) MakeLate(seed, &world);
    if (options.tenants) AddNeighbourAccounts(&world);
    return world;
  }
  static std::string Id(uint64_t n) { return fmt::format("job{}", n); }

  void Begin() {
    world_.PutSecret();
    if (neighbour_) neighbour_->Begin();
    for (uint64_t n = 0; n < jobs_; ++n) {
      simulator::JobConfig config;
      config.job_id = Id(n);
      config.timings.precheck = seconds(random_.Below(8));
      config.timings.initialize = seconds(random_.Below(15));
      if (task_failures_ && random_.Percent(50)) {
        config.fail_after = seconds(random_.Below(120));
        meddled_.insert(config.job_id);
      } else if (prechecks_fail_ && random_.Percent(50)) {
        config.precheck_passes = false;
        world_.checker().Relapses(config.job_id);
        meddled_.insert(config.job_id);
      }
      world_.AddDtsJob(config);
      if (random_.Percent(80)) Create(n);
    }
    for (uint64_t n = 0; n < operators_; ++n) {
      pods_.push_back(fmt::format("pod-{}", n));
      world_.AddOperator(pods_.back(), DrawClock(random_)).Start();
    }
    if (!rival_) return;
    pods_.emplace_back("rival-0");
    world_.AddOperator(pods_.back(), DrawClock(late_random_), "rival").Start();
  }

  void Create(uint64_t n) {
    Json spec = {{"pollInterval", random_.Percent(50) ? "10s" : "60s"}};
    if (random_.Percent(30)) spec["credentialsSecretRef"] = {{"name", "dts-credentials"}};
    world_.CreateDtsJob(Id(n), spec);
  }

  // One thing that somebody or something does.
  void Disturb() {
    const uint64_t n = random_.Below(jobs_);
    if (edits_ && random_.Percent(25)) Edit(n);
    if (console_ && random_.Percent(10)) Console(n);
    SimProcess& process = *world_.processes()[random_.Below(world_.processes().size())];
    if (kills_ && random_.Percent(5)) {
      process.Stop();
    } else if (kills_ && random_.Percent(15)) {
      // In the middle of something, wherever that is.
      if (random_.Percent(50)) {
        world_.KillAtStep(1 + random_.Below(30));
        world_.Run(milliseconds(random_.Below(3'000)));
      } else {
        process.Kill();
      }
      ++crashes_;
    }
    if (pauses_ && random_.Percent(10))
      random_.Percent(50) ? process.Pause() : process.PauseBeforeNextCall();
    if (random_.Percent(20)) process.Resume();
    if (twins_ && random_.Percent(10)) Twin(n);
    if (secret_goes_ && random_.Percent(10))
      random_.Percent(50) ? world_.DeleteSecret() : world_.PutSecret();
    if (outages_ && random_.Percent(5)) world_.BlockKubernetes(seconds(random_.Below(40)));
    if (outages_ && random_.Percent(5)) world_.BlockDts(seconds(random_.Below(40)));
    if (compacts_ && random_.Percent(10)) world_.kubernetes().Compact();
    if (random_.Percent(3)) process.network().BreakConnections();
    if (random_.Percent(3)) process.machine().JumpWall(seconds(random_.Below(60)));
    if (random_.Percent(60)) RestartTheDead();
    if (late_) Hurry(late_random_.Below(jobs_));
    if (neighbour_) neighbour_->Disturb(&meddled_);
    policies_.Disturb(world_, Id(n));
  }

  // People who do not wait until they see what they asked for.
  void Hurry(uint64_t n) {
    const auto wish = [&](const char* desired) {
      if (!world_.DtsJob(Id(n)).is_null())
        world_.PatchDtsJob(Id(n), {{"spec", {{"desiredState", desired}}}});
    };
    const auto soon = [&] { world_.Run(milliseconds(late_random_.Below(5'000))); };
    if (late_random_.Percent(30)) {
      wish("Running");
      soon();
      wish(late_random_.Percent(70) ? "Suspended" : "Stopped");
      soon();
      wish("Running");
    }
    if (late_random_.Percent(10)) {
      if (!world_.DtsJob(Id(n)).is_null()) world_.DeleteDtsJob(Id(n));
      soon();
      if (world_.DtsJob(Id(n)).is_null()) Create(n);
    }
    if (late_random_.Percent(5)) Twin(n);
  }

  void Annotate(uint64_t n, const char* name, const Json& value) {
    world_.PatchDtsJob(Id(n), {{"metadata", {{"annotations", {{name, value}}}}}});
  }

  void Edit(uint64_t n) {
    if (world_.DtsJob(Id(n)).is_null()) return Create(n);
    constexpr const char* kStates[] = {"Running", "Suspended", "Stopped"};
    switch (random_.Below(6)) {
      case 0:
        return world_.DeleteDtsJob(Id(n));
      case 1:
        return Annotate(n, "dts.aliyun.com/reconcile-requested-at",
                        std::to_string(random_.Below(1'000)));
      case 2:
        return Annotate(n, "dts.aliyun.com/paused", random_.Percent(50) ? Json("true") : Json());
      default:
        return world_.PatchDtsJob(Id(n), {{"spec", {{"desiredState", kStates[random_.Below(3)]}}}});
    }
  }

  // A second DtsJob for the same DTS job comes or goes.
  void Twin(uint64_t n) {
    const std::string name = Id(n) + "-twin";
    if (world_.DtsJob(name).is_null()) {
      world_.CreateDtsJob(name, {{"dtsJobId", Id(n)}});
    } else {
      world_.DeleteDtsJob(name);
    }
  }

  // Somebody handles the job past the operator.
  void Console(uint64_t n) {
    simulator::Job* job = world_.dts().FindJob(Id(n), world_.clock().wall());
    const WallTime time = world_.dts().JobTime(world_.clock().wall());
    meddled_.insert(Id(n));
    using simulator::JobAction;
    constexpr JobAction kActions[] = {JobAction::kStart, JobAction::kSuspend, JobAction::kStop};
    std::ignore = job->Act(kActions[random_.Below(3)], false, world_.dts().behaviour(), time);
    world_.checker().OnConsole(Id(n));
    world_.Note("console " + Id(n));
  }

  void RestartTheDead() { sim::RestartTheDead(world_, pods_, same_identity_); }

  void Heal() {
    world_.Note("heal");
    world_.PutSecret();
    world_.HealNetwork();
    world_.KillNobody();
    world_.BlockKubernetes(Duration::zero());
    world_.BlockDts(Duration::zero());
    for (size_t i = 0; i < world_.processes().size(); ++i) world_.processes()[i]->Resume();
    RestartTheDead();
    if (neighbour_) neighbour_->Heal();
    // Nothing can be expected of a DtsJob that is paused, or of a job that breaks down later.
    for (uint64_t n = 0; n < jobs_; ++n) {
      simulator::Job* job = world_.dts().FindJob(Id(n), world_.clock().wall());
      simulator::JobConfig sound = job->config();
      sound.failures = 0;
      job->Reconfigure(sound, world_.dts().JobTime(world_.clock().wall()));
      if (!world_.DtsJob(Id(n)).is_null()) Annotate(n, "dts.aliyun.com/paused", nullptr);
    }
  }

  void CheckQuiet() {
    const int64_t revision = world_.kubernetes().store().revision();
    const size_t calls = world_.checker().starts_sent();
    // The long silence is dear, so most runs are content with a short one.
    world_.Run(random_.Percent(5) ? minutes(30) : minutes(1));
    const std::vector<std::string> writes = WritesSince(world_, revision);
    if (!writes.empty())
      failures_.push_back(
          fmt::format("L2: {} writes at rest, such as {}", writes.size(), writes[0]));
    if (world_.checker().starts_sent() != calls) failures_.emplace_back("L2: a start at rest");
  }

  Random random_;
  Random late_random_;
  const bool late_;
  SwarmPolicies policies_;
  SimWorld world_;
  std::optional<Neighbour> neighbour_;
  std::vector<std::string> failures_;
  std::set<std::string> meddled_;
  uint64_t operators_ = 1;
  uint64_t jobs_ = 1;
  bool kills_ = false;
  bool pauses_ = false;
  bool edits_ = false;
  bool console_ = false;
  bool outages_ = false;
  bool compacts_ = false;
  bool task_failures_ = false;
  bool same_identity_ = false;
  bool twins_ = false;
  bool secret_goes_ = false;
  bool prechecks_fail_ = false;
  bool rival_ = false;
  std::vector<std::string> pods_;
  size_t crashes_ = 0;
};

}  // namespace

SwarmResult RunSwarm(uint64_t seed, SwarmOptions options) { return Swarm(seed, options).Run(); }

}  // namespace dtsop::sim
