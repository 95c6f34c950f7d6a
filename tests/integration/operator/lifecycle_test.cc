// What a person does to a DtsJob after it runs.
#include <thread>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class Lifecycle : public OperatorTest {
 protected:
  void Want(const std::string& name, const std::string& state) {
    PatchJob(name, {{"spec", {{"desiredState", state}}}});
  }
  void Annotate(const std::string& name, const std::string& key, const Json& value) {
    PatchJob(name, {{"metadata", {{"annotations", {{key, value}}}}}});
  }
  std::string StatusOf(const std::string& job) {
    return StringOr(Member(dts().Job(job), "status"));
  }
};

TEST_F(Lifecycle, SuspendsStopsAndStartsAgainOncePerWish) {
  Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  Want("orders", "Suspended");
  EXPECT_TRUE(Becomes("orders", "True", "Suspended"));
  EXPECT_EQ(StatusOf("orders"), "Suspending");
  EXPECT_EQ(dts().Calls("SuspendDtsJob").size(), 1U);

  Want("orders", "Running");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_EQ(dts().StartsOf("orders"), 2);

  Want("orders", "Stopped");
  EXPECT_TRUE(Becomes("orders", "True"));
  EXPECT_EQ(dts().Calls("StopDtsJob").size(), 1U);
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 2U);
}

TEST_F(Lifecycle, ReportsAJobThatFailsLaterAndDoesNotStartItAgain) {
  Start();
  CreateJob("orders", {{"pollInterval", "10s"}});
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(Eventually([&] { return StatusOf("orders") == "Synchronizing"; }));
  // Past the time in which the job may still be coming up.
  std::this_thread::sleep_for(seconds(11));
  dts().Control("PATCH", "/jobs/orders", {{"status", "Failed"}});
  EXPECT_TRUE(Becomes("orders", "False", "TaskFailed"));
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 1U);
}

TEST_F(Lifecycle, IgnoresEditsThatChangeNothingAboutTheJob) {
  Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  PatchJob("orders", {{"spec", {{"pollInterval", "30s"}}}});
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 1U);
}

TEST_F(Lifecycle, MakesNoCallWhilePaused) {
  Start();
  dts().AddJob("orders");
  Api().Must(
      "POST", JobPath(),
      {{"apiVersion", "dts.aliyun.com/v1alpha1"},
       {"kind", "DtsJob"},
       {"metadata", {{"name", "orders"}, {"annotations", {{"dts.aliyun.com/paused", "true"}}}}},
       {"spec", {{"dtsJobId", "orders"}}}});
  CreateJob("witness");
  EXPECT_TRUE(Becomes("orders", "Unknown", "ReconciliationPaused"));
  EXPECT_TRUE(BecomesReady("witness"));
  for (const Json& call : dts().Calls()) EXPECT_NE(Member(call, "jobId"), "orders");

  Annotate("orders", "dts.aliyun.com/paused", nullptr);
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_EQ(dts().StartsOf("orders"), 1);
}

TEST_F(Lifecycle, EchoesARequestToReconcile) {
  Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  const size_t asked = dts().Calls("DescribeDtsJobDetail").size();
  Annotate("orders", "dts.aliyun.com/reconcile-requested-at", "2026-11-24T13:35:41Z");
  EXPECT_TRUE(Eventually([&] {
    return Member(GetJob("orders"), "status", "lastHandledReconcileAt") == "2026-11-24T13:35:41Z";
  }));
  EXPECT_GT(dts().Calls("DescribeDtsJobDetail").size(), asked);
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 1U);
}

TEST_F(Lifecycle, AllowsDeletionAtAnyMoment) {
  OperatorProcess& process = Start();
  for (int i = 0; i < 20; ++i) {
    const std::string name = fmt::format("job-{}", i);
    dts().AddJob(name);
    CreateJob(name);
    std::this_thread::sleep_for(milliseconds(i * 15));
    DeleteJob(name);
    EXPECT_TRUE(GetJob(name).is_null()) << "a finalizer holds " << name;
  }
  CreateJob("witness");
  EXPECT_TRUE(BecomesReady("witness"));
  for (int i = 0; i < 20; ++i) EXPECT_LE(dts().StartsOf(fmt::format("job-{}", i)), 1);
  EXPECT_TRUE(Eventually([&] { return process.Metric("dts_starts_in_flight") == 0; }, seconds(60)));
}

TEST_F(Lifecycle, AdoptsTheRunningJobOfADtsJobThatIsCreatedAgain) {
  Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  const std::string uid = StringOr(Member(GetJob("orders"), "metadata", "uid"));
  DeleteJob("orders");
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_NE(StringOr(Member(GetJob("orders"), "metadata", "uid")), uid);
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 1U);
}

TEST_F(Lifecycle, GivesTheJobToTheOlderOfTwoDtsJobs) {
  Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  CreateJob("again", {{"dtsJobId", "orders"}, {"desiredState", "Stopped"}});
  EXPECT_TRUE(Becomes("again", "False", "Conflict"));
  EXPECT_THAT(ReadyMessage("again"), HasSubstr(space() + "/orders"));
  EXPECT_TRUE(dts().Calls("StopDtsJob").empty());

  DeleteJob("orders");
  EXPECT_TRUE(Becomes("again", "True"));
  EXPECT_EQ(dts().Calls("StopDtsJob").size(), 1U);
}

}  // namespace
}  // namespace dtsop
