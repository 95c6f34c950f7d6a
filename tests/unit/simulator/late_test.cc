// What is accepted and acts late, or shows late.
#include <set>

#include "base/strings.h"
#include "simulator/config.h"
#include "simulator/control.h"
#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

struct LateRig : Rig {
  explicit LateRig(const std::string& lags) {
    sim.behaviour() = ReadBehaviour({{"lags", *ParseJson(lags)}}, "", Behaviour()).value();
  }
  // As DescribeDtsJobDetail and DescribeDtsJobs say it; both say the same.
  std::string Shown() {
    const std::string detail =
        StringOr(Member(BodyOf(Call("DescribeDtsJobDetail", "sync")), "Status"));
    const Json list = BodyOf(Call("DescribeDtsJobs", {{"JobType", "SYNC"}}));
    EXPECT_TRUE(EqualsIgnoreCase(StringOr(list["DtsJobList"][0]["Status"]), detail)) << detail;
    return detail;
  }
};

TEST(LateVisibility, TheJobActsAtOnceAndShowsItLater) {
  LateRig rig(R"({"StartDtsJob":{"visibleAfter":"6s"}})");
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
  EXPECT_EQ(rig.Shown(), "NotStarted");
  rig.now += milliseconds(5'999);
  EXPECT_EQ(rig.Status("sync"), "Initializing");
  EXPECT_EQ(rig.Shown(), "NotStarted");
  rig.now += milliseconds(1);
  EXPECT_EQ(rig.Shown(), "Initializing");
  EXPECT_EQ(rig.LastCall().effect, "");
}

TEST(LateVisibility, OfEachActionByItself) {
  LateRig rig(R"({"SuspendDtsJob":{"visibleAfter":"10s"},"StopDtsJob":{"visibleAfter":"20s"}})");
  rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(rig.Shown(), "Prechecking");
  rig.now += seconds(20);
  EXPECT_EQ(rig.Code("SuspendDtsJob", "sync"), "");
  EXPECT_EQ(rig.Status("sync"), "Suspending");
  EXPECT_EQ(rig.Shown(), "synchronizing");
  rig.now += seconds(10);
  EXPECT_EQ(rig.Shown(), "Suspending");
  EXPECT_EQ(rig.Code("StopDtsJob", "sync"), "");
  rig.now += seconds(19);
  EXPECT_EQ(rig.Shown(), "Suspending");
  rig.now += seconds(1);
  EXPECT_EQ(rig.Shown(), "Finished");
}

// Two actions within the first one's time: what shows is always what was, never what will be.
TEST(LateVisibility, OverlapsShowOneAfterTheOther) {
  LateRig rig(R"({"StartDtsJob":{"visibleAfter":"6s"},"StopDtsJob":{"visibleAfter":"6s"}})");
  rig.Call("StartDtsJob", "sync");
  rig.now += seconds(3);
  rig.Call("StopDtsJob", "sync");
  EXPECT_EQ(rig.Shown(), "NotStarted");
  rig.now += seconds(3);
  EXPECT_EQ(rig.Shown(), "Initializing");
  rig.now += seconds(3);
  EXPECT_EQ(rig.Shown(), "Finished");
}

TEST(LateVisibility, WhatIsShownMeanwhileGoesOnByItself) {
  LateRig rig(R"({"SuspendDtsJob":{"visibleAfter":"30s"}})");
  rig.Call("StartDtsJob", "sync");
  rig.now += seconds(6);
  rig.Call("SuspendDtsJob", "sync");
  EXPECT_EQ(rig.Shown(), "Initializing");
  rig.now += seconds(20);
  EXPECT_EQ(rig.Shown(), "synchronizing") << "nobody has told it that the job is paused";
}

TEST(LateEffect, TheCallIsAcceptedAndTheJobChangesLater) {
  LateRig rig(R"({"StartDtsJob":{"effectAfter":"10s","visibleAfter":"1s"}})");
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
  EXPECT_EQ(rig.LastCall().effect, "started");
  rig.now += milliseconds(9'999);
  EXPECT_EQ(rig.Status("sync"), "NotStarted");
  EXPECT_EQ(rig.Code("SuspendDtsJob", "sync"), "InvalidJobStatus");
  rig.now += milliseconds(1);
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
  EXPECT_EQ(rig.Shown(), "NotStarted");
  rig.now += seconds(1);
  EXPECT_EQ(rig.Shown(), "Prechecking");
}

TEST(LateEffect, StrikesWhatTheJobHasBecomeMeanwhileIfItCan) {
  LateRig rig(R"({"SuspendDtsJob":{"effectAfter":"10s"}})");
  rig.Call("StartDtsJob", "sync");
  rig.now += seconds(20);
  EXPECT_EQ(rig.Code("SuspendDtsJob", "sync"), "");
  EXPECT_EQ(rig.Code("StopDtsJob", "sync"), "");
  rig.now += seconds(20);
  EXPECT_EQ(rig.Status("sync"), "Finished") << "what is stopped can't be suspended";
}

// Whoever asks twice within that time has started twice: DTS accepts both.
TEST(LateEffect, TwoStartsAreBothAccepted) {
  LateRig rig(R"({"StartDtsJob":{"effectAfter":"10s"}})");
  rig.Call("StartDtsJob", "sync");
  rig.now += seconds(5);
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
  EXPECT_EQ(rig.sim.FindJob("sync", rig.now)->starts_effective, 2U);
}

TEST(LateEffect, ComesAlsoAfterALostReply) {
  LateRig rig(R"({"StartDtsJob":{"effectAfter":"10s"}})");
  rig.sim.faults().Add(ReadFault(*ParseJson(R"({"effect":"resetAfter"})"), "").value());
  EXPECT_EQ(rig.Call("StartDtsJob", "sync").delivery, Delivery::kResetAfterEffect);
  EXPECT_EQ(rig.Status("sync"), "NotStarted");
  rig.now += seconds(10);
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
}

TEST(Late, ARandomLagIsWithinItsBounds) {
  LateRig rig(R"({"StartDtsJob":{"visibleAfter":"2s","visibleWithin":"4s"}})");
  std::set<Duration> drawn;
  for (int i = 0; i < 50; ++i) {
    JobConfig job;
    job.job_id = "sync";
    rig.sim.PutJob(job, rig.now);
    rig.Call("StartDtsJob", "sync");
    const Duration lag = *rig.sim.FindJob("sync", rig.now)->shows_at(false) - rig.now;
    EXPECT_GE(lag, seconds(2));
    EXPECT_LE(lag, seconds(4));
    drawn.insert(lag);
    rig.now += seconds(1);
  }
  EXPECT_GT(drawn.size(), 10U);
}

TEST(Late, TheControlEndpointShowsWhatIsAndSetsLags) {
  Rig rig;
  const auto ask = [&](const std::string& method, const std::string& target,
                       const std::string& body) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    return HandleControl(request, rig.now, &rig.sim);
  };
  ask("PATCH", "/behaviour", R"({"lags":{"StartDtsJob":{"visibleAfter":"6s"}}})");
  const Json lags =
      ask("PATCH", "/behaviour", R"({"lags":{"StopDtsJob":{"effectAfter":"1s"}}})").body["lags"];
  EXPECT_EQ(lags["StartDtsJob"]["visibleAfter"], "6s") << "the others stay as they are";
  EXPECT_EQ(lags["StopDtsJob"]["effectAfter"], "1s");
  rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(ask("GET", "/jobs/sync", "").body["status"], "Prechecking");
  ask("PATCH", "/jobs/sync", R"({"status":"Locked"})");
  EXPECT_EQ(BodyOf(rig.Call("DescribeDtsJobDetail", "sync"))["Status"], "Locked")
      << "what a person sets shows at once";
  EXPECT_EQ(ask("PATCH", "/behaviour", R"({"lags":{"Start":{}}})").status, 400);
  EXPECT_EQ(ask("PATCH", "/behaviour", R"({"lags":{"StopDtsJob":{"efectAfter":"1s"}}})").status,
            400);
}

// A refusal that is none, with a code that nobody knows.
TEST(Fault, AnErrorAfterTheEffectHidesIt) {
  Rig rig;
  rig.sim.faults().Add(
      ReadFault(*ParseJson(R"({"effect":"errorAfter","error":{"code":"Nobody.Knows"}})"), "")
          .value());
  const SimulatedReply reply = rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(Rig::CodeOf(reply), "Nobody.Knows");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(rig.LastCall().effect, "started");
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
}

}  // namespace
}  // namespace dtsop::simulator
