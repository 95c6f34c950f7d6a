// What the pass remembers between decisions. Whole lives of DtsJobs are played in tests/simulation.
#include <limits>
#include <set>

#include "tests/unit/effects/pass_fixture.h"

namespace dtsop {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(Pass, AStoppedJobIsStartedOnce) {
  words_["cn-hangzhou"] = "NotStarted";
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Pass, WhatAnOldCrdDoesNotKeepIsNotWrittenAgainAndAgain) {
  words_["cn-hangzhou"] = "Synchronizing";
  old_crd_ = true;
  Run(minutes(10));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
  EXPECT_LE(writes_, 2);
  words_["cn-hangzhou"] = "Failed";
  Run(minutes(10));
  EXPECT_EQ(Conditions(), "TaskFailed: Ready=False Stalled=True Synced=True");
  EXPECT_LE(writes_, 4);
  // A newer CRD, and a write that shows it: all is kept from then on.
  old_crd_ = false;
  ChangeSpec({{"pollInterval", "30s"}});
  Run(minutes(1));
  EXPECT_EQ(Member(object_, "status", "jobStatus"), "Failed");
}

TEST_F(Pass, AStartThatWasSeenToWorkIsNotRepeatedWhateverBecomesOfTheJob) {
  words_["cn-hangzhou"] = "Failed";
  starts_are_lost_ = no_writes_ = true;
  Run(seconds(20));
  ASSERT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  words_["cn-hangzhou"] = "Failed";
  Run(seconds(20));
  no_writes_ = false;
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "TaskFailed: Ready=False Stalled=True Synced=True");
}

// The same, where the Lease is lost meanwhile, and the next time that this process leads it does
// not know yet whose the namespace is.
TEST_F(Pass, AStartIsNotForgottenWhileItIsNotKnownWhoseTheNamespaceIs) {
  words_["cn-hangzhou"] = "Failed";
  no_writes_ = true;
  Run(seconds(20));
  ASSERT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  words_["cn-hangzhou"] = "Failed";
  lease_is_mute_ = true;
  Run(seconds(60));
  namespace_is_mute_ = true;
  lease_is_mute_ = false;
  Run(seconds(30));
  namespace_is_mute_ = no_writes_ = false;
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "TaskFailed: Ready=False Stalled=True Synced=True");
}

TEST_F(Pass, WhatWasSeenInAnotherRegionSaysNothingAboutThisOne) {
  words_ = {{"cn-hangzhou", "Synchronizing"}, {"cn-beijing", "NotStarted"}};
  Run(seconds(5));
  ASSERT_EQ(Conditions(), "Running: Ready=True Synced=True");
  ChangeSpec({{"regionId", "cn-beijing"}});
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-beijing"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Pass, ARegionThatIsNotServedIsNeverCalled) {
  ChangeSpec({{"regionId", "cn-nowhere"}});
  Run(minutes(5));
  EXPECT_EQ(Conditions(), "InvalidSpec: Ready=False Stalled=True Synced=False");
  EXPECT_THAT(calls_, IsEmpty());
  EXPECT_THAT(words_, IsEmpty()) << "a job was described";
}

TEST_F(Pass, AnAnswerAboutAnotherRegionSaysNothingAboutThisOne) {
  words_ = {{"cn-hangzhou", "Synchronizing"}, {"cn-beijing", "NotStarted"}};
  namespaces_.Holds(kKey.namespace_name, probe_.now);
  while (!probe_.sent().empty()) Serve();
  reconciler_.Reconcile(*queue_.Get(probe_.now.mono), probe_.now);
  fleet_.Advance(probe_.now);
  ASSERT_EQ(probe_.sent().front().remote, Remote::kDts);
  ChangeSpec({{"regionId", "cn-beijing"}});
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-beijing"));
}

TEST_F(Pass, AJobThatSomebodyResumesIsSuspendedAgain) {
  words_["cn-hangzhou"] = "Synchronizing";
  object_["spec"]["desiredState"] = "Suspended";
  Changed();
  Run(minutes(5));
  ASSERT_EQ(Conditions(), "Suspended: Ready=True Synced=True");
  words_["cn-hangzhou"] = "Synchronizing";
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("SuspendDtsJob cn-hangzhou", "SuspendDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Suspended: Ready=True Synced=True");
}

TEST_F(Pass, RenewedCredentialsAskForNothingThatWasAccepted) {
  words_["cn-hangzhou"] = "Synchronizing";
  suspends_in_vain_ = true;
  PutSecret("STS.1", "t1");
  ChangeSpec({{"desiredState", "Suspended"}, {"credentialsSecretRef", {{"name", "dts"}}}});
  Run(minutes(5));
  ASSERT_EQ(Conditions(), "ActionIneffective: Ready=False Stalled=True Synced=True");
  const uint64_t account = credentials_.For(*store_.Find(kKey), probe_.now).account;
  PutSecret("STS.2", "t2");
  Run(minutes(5));
  EXPECT_EQ(credentials_.For(*store_.Find(kKey), probe_.now).credentials->access_key_id, "STS.2");
  EXPECT_EQ(credentials_.For(*store_.Find(kKey), probe_.now).account, account);
  EXPECT_THAT(calls_, ElementsAre("SuspendDtsJob cn-hangzhou"));
}

TEST_F(Pass, WhatWasRefusedIsAskedForAtOnceWithOtherCredentials) {
  failing_ = "Forbidden.RAM";
  PutSecret("LTAI1", "t1");
  ChangeSpec({{"credentialsSecretRef", {{"name", "dts"}}}});
  Run(minutes(5));
  ASSERT_EQ(Conditions(), "ForbiddenRAM: Ready=False Stalled=True Synced=False");
  failing_ = "";
  words_["cn-hangzhou"] = "Synchronizing";
  PutSecret("LTAI2", "t2");
  Run(seconds(70));  // the Secret is read again within a minute, DTS after ten of them
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

// DTS goes on showing the failure of before the start for 40 s.
TEST_F(Pass, AnOldFailureThatStillShowsAfterAStartIsNotTakenForANewOne) {
  words_["cn-hangzhou"] = "PrecheckFailed";
  shows_after_ = seconds(40);
  Run(seconds(35));
  EXPECT_EQ(Conditions(), "Starting: Ready=False Reconciling=True Synced=True");
  Run(minutes(2));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
  EXPECT_THAT(TimesOf("StartDtsJob"), SizeIs(1));
}

TEST_F(Pass, AFailureThatFollowsAStartIsToldAtOnce) {
  words_["cn-hangzhou"] = "PrecheckFailed";
  ChangeSpec({{"pollInterval", "10s"}});
  Run(seconds(5));
  ASSERT_THAT(TimesOf("StartDtsJob"), SizeIs(1));
  words_["cn-hangzhou"] = "Prechecking";
  Run(seconds(15));
  words_["cn-hangzhou"] = "PrecheckFailed";
  Run(seconds(25));
  EXPECT_EQ(Conditions(), "PrecheckFailed: Ready=False Stalled=True Synced=True");
}

TEST_F(Pass, WhatFailedInAPrecheckIsReadOnceAndShownUntilThePrecheckIsOver) {
  words_["cn-hangzhou"] = "PrecheckFailed";
  ChangeSpec({{"desiredState", "Suspended"}});
  Run(minutes(5));
  EXPECT_EQ(Conditions(), "PrecheckFailed: Ready=False Stalled=True Synced=False");
  EXPECT_EQ(FailedItem(), "CHECK_CONN_SRC");
  const int version = version_;
  Run(minutes(30));
  EXPECT_EQ(version_, version) << "nothing to write";
  EXPECT_THAT(calls_, ElementsAre("DescribePreCheckStatus cn-hangzhou"));
  words_["cn-hangzhou"] = "Suspending";
  Run(minutes(2));
  EXPECT_FALSE(object_["status"].contains("precheck"));
}

TEST_F(Pass, WhatFailedInAPrecheckIsReadAgainWhenAPersonAsks) {
  words_["cn-hangzhou"] = "PrecheckFailed";
  ChangeSpec({{"desiredState", "Suspended"}});
  Run(seconds(5));
  failed_item_ = "CHECK_CONN_DEST";
  object_["metadata"]["annotations"]["dts.aliyun.com/reconcile-requested-at"] = "now";
  Changed();
  Run(seconds(5));
  EXPECT_EQ(FailedItem(), "CHECK_CONN_DEST");
}

// Details, which lack the items, and pages, which word them in their own way, take turns.
TEST_F(Pass, OfWhatAPageSaysOfAFailedPrecheckOnlyOtherItemsAreNews) {
  words_["cn-hangzhou"] = "PrecheckFailed";
  ChangeSpec({{"desiredState", "Suspended"}});
  Run(seconds(5));
  const Json shown = object_["status"];
  ObservedJob listed;
  listed.job_id = "job1";
  listed.status = "PrecheckFailed";
  for (const char* item : {"CHECK_CONN_SRC", "CHECK_ON_PAGE"}) {
    listed.failed_checks = {{item, "Failed", "in other words", ""}};
    reconciler_.OnListed({1, "cn-hangzhou"}, listed, probe_.now.mono, probe_.now);
    Run(minutes(5));
    EXPECT_EQ(FailedItem(), item);
    EXPECT_EQ(object_["status"] == shown, item == failed_item_);
  }
  EXPECT_THAT(calls_, ElementsAre("DescribePreCheckStatus cn-hangzhou"));
}

TEST_F(Pass, AForgedCountOfFailuresIsBounded) {
  failing_ = "Brand.New";
  object_["status"] = {{"lastError",
                        {{"source", "API"},
                         {"errCode", "Brand.New"},
                         {"firstTime", "2027-01-15T08:00:00Z"},
                         {"count", std::numeric_limits<int64_t>::max()}}}};
  Changed();
  Run(minutes(1));
  EXPECT_GT(object_["status"]["lastError"]["count"].get<int64_t>(), 0);
  EXPECT_THAT(calls_, IsEmpty());
}

// Many DtsJobs whose statuses can be written at once: without a region nothing is asked.
class Burst : public Pass {
 protected:
  static constexpr int kJobs = 100;
  static constexpr std::ptrdiff_t kPlaces = 32;

  Burst() {
    words_["cn-hangzhou"] = "Synchronizing";
    Run(seconds(2));
    for (int i = 0; i < kJobs; ++i) {
      Json job = object_;
      job.erase("status");
      job["metadata"]["name"] = job["metadata"]["uid"] = Key(i).name;
      job["spec"].erase("regionId");
      job["spec"]["dtsJobId"] = Key(i).name;
      store_.Upsert(*DtsJobFromJson(job));
      queue_.Add(Key(i));
    }
  }
  static ObjectKey Key(int i) { return {"shop", "job" + std::to_string(i)}; }
  static bool IsStatus(const SendRequest& call) {
    return call.request.target.find("/status") != std::string::npos;
  }
  std::ptrdiff_t Writes() {
    return std::count_if(probe_.sent().begin(), probe_.sent().end(), &IsStatus);
  }
  void PassAll() {
    while (const auto key = queue_.Get(probe_.now.mono)) reconciler_.Reconcile(*key, probe_.now);
  }
  // Answers everything, while no time passes; gives what was written.
  std::set<std::string> AnswerAll() {
    std::set<std::string> written;
    while (!probe_.sent().empty()) {
      EXPECT_LE(Writes(), kPlaces);
      const HttpRequest request = probe_.Take();
      if (IsStatus(probe_.sent().front())) written.insert(request.target);
      probe_.Answer(200, request.body.empty() ? DumpJson(object_) : request.body);
      PassAll();
    }
    return written;
  }
};

TEST_F(Burst, OfStatusesLeavesRoomForTheLeaseAndIsWrittenInTheEnd) {
  PassAll();
  EXPECT_EQ(Writes(), kPlaces);
  EXPECT_EQ(AnswerAll().size(), static_cast<size_t>(kJobs));
}

TEST_F(Burst, IsWrittenWithoutAnyTimerHoweverOftenEachDtsJobIsLookedAt) {
  while (const auto key = queue_.Get(probe_.now.mono)) {
    for (int times = 0; times < 100; ++times) reconciler_.Reconcile(*key, probe_.now);
  }
  EXPECT_EQ(AnswerAll().size(), static_cast<size_t>(kJobs));
}

TEST_F(Burst, APlaceThatIsNotNeededAnyMoreGoesToTheNext) {
  PassAll();
  // Of those that wait only the last is still there when one write ends, and no other one does.
  for (int i = kPlaces; i < kJobs - 1; ++i) store_.Delete(Key(i), Key(i).name);
  while (!IsStatus(probe_.sent().front())) probe_.Answer(200, DumpJson(object_));
  probe_.Answer(200, probe_.Take().body);
  PassAll();
  EXPECT_EQ(Writes(), kPlaces);
}

}  // namespace
}  // namespace dtsop
