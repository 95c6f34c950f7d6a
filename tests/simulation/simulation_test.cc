// The whole operator in its simulated world.
//
//   simulation                     all tests; SIMULATION_SEEDS=n and SIMULATION_FIRST_SEED=n choose
//                                  the random runs
//   simulation --seed N [--late] [--trace]  one random run, with everything that happens in it
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/simulation/liveness.h"
#include "tests/simulation/sim_world.h"
#include "tests/simulation/swarm.h"

namespace dtsop::sim {
namespace {

constexpr char kJob[] = "l3m1213ye7l1234";

std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

uint64_t FromEnvironment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

simulator::JobConfig Job(const std::string& id) {
  simulator::JobConfig config;
  config.job_id = id;
  return config;
}

TEST(Simulation, AJobIsStartedOnceAndItsStatusSaysSo) {
  SimWorld world({});
  world.AddDtsJob(Job(kJob));
  world.CreateDtsJob(kJob);
  world.AddOperator("pod-a").Start();
  world.Run(minutes(2));
  EXPECT_EQ(world.checker().starts_sent(), 1U);
  EXPECT_EQ(world.dts().FindJob(kJob, world.clock().wall())->starts_effective, 1U);
  EXPECT_EQ(Join(Unsettled(world, {})), "");
  EXPECT_EQ(Join(world.checker().failures()), "");
}

TEST(Simulation, NothingIsWrittenForHalfAnHourOnceAllIsWell) {
  SimWorld world({});
  for (int i = 0; i < 5; ++i) {
    world.AddDtsJob(Job(fmt::format("job{}", i)));
    world.CreateDtsJob(fmt::format("job{}", i));
  }
  world.AddOperator("pod-a").Start();
  world.AddOperator("pod-b").Start();
  world.Run(minutes(2));
  const int64_t revision = world.kubernetes().store().revision();
  world.Run(minutes(30));
  EXPECT_EQ(Join(WritesSince(world, revision)), "");
  EXPECT_EQ(world.checker().starts_sent(), 5U);
  EXPECT_EQ(Join(world.checker().failures()), "");
}

TEST(Simulation, OneSeedGivesTheSameTraceTwice) {
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
    EXPECT_EQ(RunSwarm(seed, {}).hash, RunSwarm(seed, {}).hash) << seed;
  }
  EXPECT_NE(RunSwarm(1, {}).hash, RunSwarm(2, {}).hash);
}

// One start, with the process killed at its given steps; then another process of the same pod
// carries on. Gives the number of steps that were taken.
class CrashRun {
 public:
  explicit CrashRun(simulator::RepeatedStart repeated) {
    options_.behaviour.repeated_start = repeated;
  }

  uint64_t Run(const std::vector<uint64_t>& kill_at, const std::string& next_identity) {
    SimWorld world(options_);
    world.AddDtsJob(Job(kJob));
    world.CreateDtsJob(kJob);
    world.AddOperator("pod-a").Start();
    uint64_t taken = 0;
    for (const uint64_t step : kill_at) {
      world.KillAtStep(step);
      taken = world.steps();
      while (world.steps() < taken + step) world.Run(milliseconds(10));
      world.TakeKilled();
      world.Run(milliseconds(200));
      world.AddOperator(next_identity).Start();
    }
    const uint64_t before = world.steps();
    world.Run(kill_at.empty() ? seconds(5) : minutes(3));
    const std::string what =
        fmt::format("killed at {}, then {}", fmt::join(kill_at, " and "), next_identity);
    if (!kill_at.empty()) {
      EXPECT_EQ(Join(Unsettled(world, {})), "") << what;
      EXPECT_LE(world.checker().StartsEffective(kJob), 1U) << what;
    }
    EXPECT_EQ(Join(world.checker().failures()), "") << what;
    return world.steps() - before;
  }

 private:
  WorldOptions options_;
};

class CrashTest : public testing::TestWithParam<simulator::RepeatedStart> {};

TEST_P(CrashTest, ACrashAtAnyStepOfAStartNeverStartsTwice) {
  CrashRun run(GetParam());
  const uint64_t steps = run.Run({}, "pod-a");
  ASSERT_GT(steps, 20U);
  for (uint64_t step = 1; step <= steps; ++step) {
    run.Run({step}, "pod-a");
    run.Run({step}, "pod-b");
  }
}

TEST_P(CrashTest, TwoCrashesAtAnyTwoStepsNeverStartTwice) {
  CrashRun run(GetParam());
  const uint64_t steps = run.Run({}, "pod-a");
  // All pairs, thinned out by a number that every position meets in time.
  const uint64_t stride = FromEnvironment("SIMULATION_PAIR_STRIDE", 7);
  uint64_t pair = 0;
  for (uint64_t first = 1; first <= steps; ++first) {
    for (uint64_t second = 1; second <= steps; ++second) {
      if (pair++ % stride == 0) run.Run({first, second}, "pod-a");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(RepeatedStart, CrashTest,
                         testing::Values(simulator::RepeatedStart::kSuccess,
                                         simulator::RepeatedStart::kInvalidJobStatus,
                                         simulator::RepeatedStart::kJobStatusModifying));

void RunSeeds(uint64_t first, uint64_t seeds, SwarmOptions options) {
  Duration simulated{};
  size_t starts = 0;
  size_t crashes = 0;
  size_t failed = 0;
  for (uint64_t seed = first; seed < first + seeds && failed < 20; ++seed) {
    options.policies = true;
    const SwarmResult result = RunSwarm(seed, options);
    simulated += result.simulated;
    starts += result.starts_sent;
    crashes += result.crashes;
    if (result.failures.empty()) continue;
    ++failed;
    ADD_FAILURE() << "seed " << seed << ":\n"
                  << Join(result.failures) << "  replay: build/asan/bin/simulation --seed " << seed
                  << (options.late ? " --late" : "") << (options.tenants ? " --tenants" : "")
                  << " --trace";
  }
  fmt::print("{} seeds, {:.1f} simulated hours, {} starts, {} crashes\n", seeds,
             std::chrono::duration<double>(simulated).count() / 3600, starts, crashes);
}

TEST(Simulation, RandomRunsKeepEveryPromise) {
  RunSeeds(FromEnvironment("SIMULATION_FIRST_SEED", 1), FromEnvironment("SIMULATION_SEEDS", 1'000),
           {});
}

TEST(Simulation, RandomRunsWithALateDtsKeepEveryPromise) {
  RunSeeds(FromEnvironment("SIMULATION_FIRST_SEED", 1),
           FromEnvironment("SIMULATION_SEEDS", 1'000) / 2, {.late = true});
}

TEST(Simulation, RandomRunsWithTwoTenantsKeepEveryPromise) {
  const uint64_t first = FromEnvironment("SIMULATION_FIRST_SEED", 1);
  const uint64_t seeds = FromEnvironment("SIMULATION_SEEDS", 1'000) / 8;
  RunSeeds(first, seeds, {.tenants = true});
  RunSeeds(first, seeds, {.late = true, .tenants = true});
}

int RunOne(uint64_t seed, SwarmOptions options) {
  const SwarmResult result = RunSwarm(seed, options);
  fmt::print("seed {}: trace {:016x}\n{}", seed, result.hash, Join(result.failures));
  return result.failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace dtsop::sim

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  dtsop::sim::SwarmOptions options{.policies = true};
  const char* seed = nullptr;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--trace") == 0) options.trace = true;
    if (std::strcmp(argv[i], "--late") == 0) options.late = true;
    if (std::strcmp(argv[i], "--tenants") == 0) options.tenants = true;
    if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) seed = argv[++i];
  }
  if (seed != nullptr) return dtsop::sim::RunOne(std::strtoull(seed, nullptr, 10), options);
  return RUN_ALL_TESTS();
}
