#include "simulator/job.h"

#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

// The statuses that a job shows when it is looked at each second after a start.
std::vector<std::string> WordsAfterStart(Rig& rig, const std::string& id, int for_seconds) {
  EXPECT_EQ(rig.Code("StartDtsJob", id), "");
  std::vector<std::string> words;
  for (int i = 0; i <= for_seconds; ++i, rig.now += seconds(1)) {
    const std::string word = rig.Status(id);
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  return words;
}

using testing::ElementsAre;

TEST(Job, EachTypeWalksThroughItsOwnWords) {
  Rig rig;
  EXPECT_THAT(WordsAfterStart(rig, "sync", 100),
              ElementsAre("Prechecking", "Initializing", "Synchronizing"));
  EXPECT_THAT(WordsAfterStart(rig, "migration", 100),
              ElementsAre("Prechecking", "Migrating", "Finished"));
  EXPECT_THAT(WordsAfterStart(rig, "subscribe", 100),
              ElementsAre("Prechecking", "Starting", "Normal"));
}

TEST(Job, TransitionsComeAtTheirTimes) {
  Rig rig;
  rig.Call("StartDtsJob", "sync");
  rig.now += seconds(5) - Duration(1);
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
  rig.now += Duration(1);
  EXPECT_EQ(rig.Status("sync"), "Initializing");
  rig.now += hours(1);
  EXPECT_EQ(rig.Status("sync"), "Synchronizing");
}

TEST(Job, ShowsPreCheckPassWhenAsked) {
  Settings settings = RigSettings();
  JobIn(settings, "sync").timings.precheck_pass = seconds(2);
  Rig rig(settings);
  EXPECT_THAT(WordsAfterStart(rig, "sync", 30),
              ElementsAre("Prechecking", "PreCheckPass", "Initializing", "Synchronizing"));
}

TEST(Job, AFailedPrecheckIsReportedAndCanBeStartedAgain) {
  Settings settings = RigSettings();
  JobIn(settings, "sync").precheck_passes = false;
  Rig rig(settings);
  EXPECT_THAT(WordsAfterStart(rig, "sync", 10), ElementsAre("Prechecking", "PrecheckFailed"));
  const Json list = BodyOf(rig.Call("DescribeDtsJobs", {{"JobType", "SYNC"}}))["DtsJobList"];
  const Json& precheck = list[0]["PrecheckStatus"];
  EXPECT_EQ(precheck["Status"], "Failed");
  EXPECT_EQ(precheck["Detail"][0]["CheckResult"], "Failed");
  EXPECT_THAT(StringOr(precheck["Detail"][0]["FailedReason"]), testing::HasSubstr("DTS-070211"));
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
  EXPECT_EQ(rig.sim.FindJob("sync", rig.now)->starts_effective, 2U);
}

TEST(Job, FailsAsConfiguredAndARestartContinues) {
  Settings settings = RigSettings();
  JobIn(settings, "sync").fail_after = seconds(20);
  JobIn(settings, "migration").fail_after = seconds(20);
  JobIn(settings, "subscribe").fail_after = seconds(3);
  Rig rig(settings);
  EXPECT_THAT(WordsAfterStart(rig, "sync", 100),
              ElementsAre("Prechecking", "Initializing", "Synchronizing", "Failed"));
  EXPECT_THAT(WordsAfterStart(rig, "migration", 100),
              ElementsAre("Prechecking", "Migrating", "MigrationFailed"));
  EXPECT_THAT(WordsAfterStart(rig, "subscribe", 100),
              ElementsAre("Prechecking", "Starting", "Abnormal"));
  const Json detail = BodyOf(rig.Call("DescribeDtsJobDetail", "sync"));
  EXPECT_THAT(StringOr(detail["ErrorMessage"]), testing::HasSubstr("DTS-070211"));
  EXPECT_FALSE(detail.contains("ErrMessage"));
  EXPECT_THAT(WordsAfterStart(rig, "sync", 100), ElementsAre("Synchronizing"));
  EXPECT_EQ(BodyOf(rig.Call("DescribeDtsJobDetail", "sync"))["ErrorMessage"], "");
}

TEST(Job, AFailureWhileLoadingIsInitializeFailed) {
  Settings settings = RigSettings();
  JobIn(settings, "sync").fail_after = seconds(3);
  JobIn(settings, "sync").failures = 2;
  Rig rig(settings);
  EXPECT_THAT(WordsAfterStart(rig, "sync", 20),
              ElementsAre("Prechecking", "Initializing", "InitializeFailed"));
  EXPECT_THAT(WordsAfterStart(rig, "sync", 20), ElementsAre("Initializing", "InitializeFailed"));
  EXPECT_THAT(WordsAfterStart(rig, "sync", 20), ElementsAre("Initializing", "Synchronizing"));
}

TEST(Job, SuspendPausesAndStartResumes) {
  Rig rig;
  rig.Call("StartDtsJob", "sync");
  rig.now += seconds(6);
  EXPECT_EQ(rig.Code("SuspendDtsJob", "sync"), "");
  EXPECT_EQ(rig.LastCall().effect, "suspended");
  rig.now += hours(1);
  EXPECT_EQ(rig.Status("sync"), "Suspending");
  EXPECT_EQ(rig.Code("SuspendDtsJob", "sync"), "");
  EXPECT_EQ(rig.LastCall().effect, "");
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
  EXPECT_EQ(rig.LastCall().effect, "resumed");
  EXPECT_EQ(rig.Status("sync"), "Initializing");
}

TEST(Job, SuspendNeedsARunningJob) {
  Rig rig;
  EXPECT_EQ(rig.Code("SuspendDtsJob", "sync"), "InvalidJobStatus");
}

TEST(Job, SuspendOfASubscriptionIsHollowUnlessConfigured) {
  Rig rig;
  rig.Call("StartDtsJob", "subscribe");
  rig.now += minutes(1);
  EXPECT_EQ(rig.Code("SuspendDtsJob", "subscribe"), "");
  EXPECT_EQ(rig.Status("subscribe"), "Normal");
  rig.sim.behaviour().subscribe_suspends = true;
  EXPECT_EQ(rig.Code("SuspendDtsJob", "subscribe"), "");
  EXPECT_EQ(rig.Status("subscribe"), "Abnormal");
}

TEST(Job, StopGivesTheConfiguredWord) {
  Rig rig;
  rig.sim.behaviour().stopped_status = "Stopped";
  rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(rig.Code("StopDtsJob", "sync"), "");
  EXPECT_EQ(rig.Status("sync"), "Stopped");
  EXPECT_EQ(rig.Code("StopDtsJob", "sync"), "");
  EXPECT_EQ(rig.LastCall().effect, "");
  rig.sim.behaviour().stopped_jobs_restart = false;
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "InvalidJobStatus");
  rig.sim.behaviour().stopped_jobs_restart = true;
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
}

TEST(Job, ARepeatedStartAnswersInThreeWaysAndChangesNothing) {
  const std::vector<std::pair<RepeatedStart, std::string>> variants = {
      {RepeatedStart::kSuccess, ""},
      {RepeatedStart::kInvalidJobStatus, "InvalidJobStatus"},
      {RepeatedStart::kJobStatusModifying, "OperationDenied.JobStatusModifying"}};
  for (const auto& [variant, code] : variants) {
    Rig rig;
    rig.sim.behaviour().repeated_start = variant;
    rig.Call("StartDtsJob", "sync");
    EXPECT_EQ(rig.Code("StartDtsJob", "sync"), code) << "while prechecking";
    rig.now += minutes(1);
    const SimulatedReply reply = rig.Call("StartDtsJob", "sync");
    EXPECT_EQ(Rig::CodeOf(reply), code) << "while running";
    EXPECT_EQ(reply.status, code.empty() ? 200 : 403);
    EXPECT_EQ(rig.Status("sync"), "Synchronizing");
    const Job* job = rig.sim.FindJob("sync", rig.now);
    EXPECT_EQ(job->starts_accepted, code.empty() ? 3U : 1U);
    EXPECT_EQ(job->starts_effective, 1U);
  }
}

TEST(Job, StartAnswersEachConfiguredWord) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"NotConfigured", "InvalidJobStatus"},
      {"NotStarted", ""},
      {"PreCheckPass", ""},
      {"PrecheckFailed", ""},
      {"Suspending", ""},
      {"Failed", ""},
      {"Modifying", "OperationDenied.JobStatusModifying"},
      {"Upgrade", "OperationDenied.JobStatusModifying"},
      {"Locked", "OperationDenied.NotPurchased"},
      {"Finished", "InvalidJobStatus"},
      {"Retrying", "InvalidJobStatus"},
      {"SomethingNew", "InvalidJobStatus"}};
  for (const auto& [status, code] : expected) {
    Settings settings = RigSettings();
    JobIn(settings, "sync").status = status;
    Rig rig(settings);
    rig.now += hours(1);
    EXPECT_EQ(rig.Status("sync"), status);
    EXPECT_EQ(rig.Code("StartDtsJob", "sync"), code) << status;
  }
}

TEST(Job, AJobThatIsNotPaidForDoesNotStart) {
  Settings settings = RigSettings();
  JobIn(settings, "sync").purchased = false;
  Rig rig(settings);
  const SimulatedReply reply = rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(BodyOf(reply)["ErrMessage"],
            "The instance has not been purchased and the task cannot be started.");
}

TEST(Job, DirectionsOfATwoWayJobAreIndependent) {
  Settings settings = RigSettings();
  JobIn(settings, "sync").two_way = true;
  Rig rig(settings);
  const QueryParameters reverse = {{"DtsJobId", "sync"}, {"SynchronizationDirection", "Reverse"}};
  EXPECT_EQ(Rig::CodeOf(rig.Call("StartDtsJob", reverse)), "");
  rig.now += minutes(1);
  EXPECT_EQ(rig.Status("sync", false), "NotStarted");
  EXPECT_EQ(rig.Status("sync", true), "Synchronizing");
  EXPECT_EQ(BodyOf(rig.Call("DescribeDtsJobDetail", reverse))["Status"], "synchronizing");
  EXPECT_EQ(BodyOf(rig.Call("DescribeDtsJobDetail", "sync"))["Status"], "NotStarted");
  const Json list = BodyOf(rig.Call("DescribeDtsJobs", {{"JobType", "SYNC"}}))["DtsJobList"];
  EXPECT_EQ(list[0]["Status"], "NotStarted");
  EXPECT_EQ(list[0]["ReverseJob"]["Status"], "Synchronizing");
}

TEST(Job, AOneWayJobHasNoReverse) {
  Rig rig;
  EXPECT_EQ(Rig::CodeOf(rig.Call("StartDtsJob",
                                 {{"DtsJobId", "sync"}, {"SynchronizationDirection", "Reverse"}})),
            "InvalidParameter");
}

TEST(JobTime, FlowsAtTheGivenSpeedAndJumps) {
  Rig rig;
  rig.sim.SetSpeed(60, rig.now);
  rig.Call("StartDtsJob", "migration");
  rig.now += milliseconds(500);
  EXPECT_EQ(rig.Status("migration"), "Migrating");
  rig.sim.SetSpeed(1, rig.now);
  rig.now += seconds(34);
  EXPECT_EQ(rig.Status("migration"), "Migrating");
  rig.sim.Advance(seconds(1));
  EXPECT_EQ(rig.Status("migration"), "Finished");
}

TEST(JobTime, NeverLeavesItsRange) {
  Rig rig;
  for (int i = 0; i < 100; ++i) rig.sim.Advance(hours(24 * 3660));
  rig.sim.SetSpeed(1e6, rig.now);
  rig.now += hours(24 * 365 * 100);
  EXPECT_EQ(FormatRfc3339(rig.sim.JobTime(rig.now)), "2200-01-01T00:00:00Z");
}

}  // namespace
}  // namespace dtsop::simulator
