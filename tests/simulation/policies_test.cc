// How a job is treated, in a whole world: an operator, its API server and DTS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/liveness.h"
#include "tests/simulation/sim_world.h"

namespace dtsop::sim {
namespace {

using testing::IsEmpty;

constexpr char kPolicyJob[] = "l3m1213ye7l1234";

class Policies : public testing::Test {
 protected:
  Policies() {
    simulator::JobConfig config;
    config.job_id = kPolicyJob;
    world_.AddDtsJob(config);
  }
  ~Policies() override {
    EXPECT_THAT(world_.checker().failures(), IsEmpty());
    EXPECT_THAT(Unsettled(world_, {kPolicyJob}), IsEmpty());
  }

  void Spec(const Json& fields) { world_.PatchDtsJob(kPolicyJob, {{"spec", fields}}); }
  // Somebody acts in the console.
  void Console(simulator::JobAction action) {
    simulator::Job* job = world_.dts().FindJob(kPolicyJob, world_.clock().wall());
    std::ignore = job->Act(action, false, world_.dts().behaviour(),
                           world_.dts().JobTime(world_.clock().wall()));
    world_.checker().OnConsole(kPolicyJob);
  }
  std::string Reason() {
    const DtsJobStatus status = StatusFromJson(Member(world_.DtsJob(kPolicyJob), "status"));
    const Condition* ready = FindCondition(status, "Ready");
    return ready == nullptr ? "" : ready->reason;
  }
  size_t Acts() {
    size_t acts = 0;
    for (const simulator::CallRecord& call : world_.dts().calls().records())
      acts += call.action.starts_with("Describe") ? 0 : 1;
    return acts;
  }

  SimWorld world_{{}};
};

TEST_F(Policies, AnUnmanagedJobIsToldOfAndLeftAloneInEveryState) {
  world_.CreateDtsJob(kPolicyJob, {{"desiredState", "Unmanaged"}});
  world_.AddOperator("pod-a").Start();
  using simulator::JobAction;
  for (const JobAction action : {JobAction::kStart, JobAction::kSuspend, JobAction::kStart}) {
    world_.Run(minutes(2));
    EXPECT_EQ(Reason(), "Unmanaged");
    Console(action);
  }
  world_.Run(minutes(2));
  EXPECT_EQ(Acts(), 0U);
}

TEST_F(Policies, AnUnmanagedJobThatWasPausedRunsOnceRunningIsWished) {
  world_.CreateDtsJob(kPolicyJob, {{"desiredState", "Unmanaged"}});
  world_.AddOperator("pod-a").Start();
  Console(simulator::JobAction::kStart);
  world_.Run(minutes(2));
  Console(simulator::JobAction::kSuspend);
  world_.Run(minutes(2));
  Spec({{"desiredState", "Running"}});
  world_.Run(minutes(2));
  EXPECT_EQ(Reason(), "Running");
  EXPECT_EQ(Acts(), 1U);
}

// Two commits between two looks, or a request while nobody leads: the value is what counts.
TEST_F(Policies, ARestartThatIsAskedForWhileNobodyLeadsIsMadeOnce) {
  world_.CreateDtsJob(kPolicyJob);
  SimProcess& first = world_.AddOperator("pod-a");
  first.Start();
  world_.Run(minutes(2));
  EXPECT_EQ(Acts(), 1U);
  first.Kill();
  Console(simulator::JobAction::kSuspend);
  Spec({{"restartToken", "one"}});
  Spec({{"restartToken", "two"}});
  world_.Restart(first).Start();
  world_.Run(minutes(3));
  EXPECT_EQ(Reason(), "Running");
  EXPECT_EQ(Acts(), 2U);
  // What somebody pauses after it is reported again, until the next value.
  Console(simulator::JobAction::kSuspend);
  world_.Run(minutes(3));
  EXPECT_EQ(Reason(), "ExternalChange");
  EXPECT_EQ(Acts(), 2U);
  world_.PatchDtsJob(kPolicyJob,
                     {{"metadata", {{"annotations", {{std::string(kRestartAnnotation), "1"}}}}}});
  world_.Run(seconds(30));
  EXPECT_EQ(Reason(), "Running");
  EXPECT_EQ(Acts(), 3U);
}

}  // namespace
}  // namespace dtsop::sim
