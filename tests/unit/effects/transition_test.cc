// DTS shows what it has accepted some seconds later. Meanwhile wishes change, and DtsJobs of the
// same DTS job come and go: nothing is done twice, and what was done by the operator is not taken
// for somebody else's doing.
#include "tests/unit/effects/pass_fixture.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;

class Late : public Pass {
 protected:
  Late() {
    shows_after_ = seconds(6);
    words_["cn-hangzhou"] = "NotStarted";
  }
  void Wish(const std::string& desired) { ChangeSpec({{"desiredState", desired}}); }
  // Until the call has been made; what follows happens while its effect is not visible.
  void RunUntilCalled(const std::string& action) {
    const size_t calls = calls_.size();
    for (int i = 0; i < 300 && calls_.size() == calls; ++i) Run(milliseconds(100));
    ASSERT_EQ(calls_.back(), action + " cn-hangzhou");
    Run(seconds(1));
  }
  void Delete() {
    store_.Delete(kKey, "u1");
    queue_.Add(kKey);
  }
  // The same name and spec, another object.
  void CreateAgain() {
    object_["metadata"]["uid"] = "u2";
    object_.erase("status");
    Changed();
  }
};

TEST_F(Late, AWishThatGoesToSuspendedAndBackStartsOnce) {
  RunUntilCalled("StartDtsJob");
  Wish("Suspended");
  Run(seconds(2));
  EXPECT_EQ(Conditions(), "StartOutcomePending: Ready=False Reconciling=True Synced=False");
  Wish("Running");
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Late, AWishThatStaysSuspendedIsFulfilledOnceTheStartShows) {
  RunUntilCalled("StartDtsJob");
  Wish("Suspended");
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou", "SuspendDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Suspended: Ready=True Synced=True");
}

TEST_F(Late, AWishThatGoesBackToRunningIsNotTakenForFulfilledBeforeTheSuspendShows) {
  words_["cn-hangzhou"] = "Synchronizing";
  Wish("Suspended");
  RunUntilCalled("SuspendDtsJob");
  Wish("Running");
  Run(seconds(2));
  EXPECT_EQ(Conditions(), "Stopping: Ready=False Reconciling=True Synced=False");
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("SuspendDtsJob cn-hangzhou", "StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Late, ASuspendThatShowsAndAStopAreOneAfterTheOther) {
  words_["cn-hangzhou"] = "Synchronizing";
  Wish("Suspended");
  RunUntilCalled("SuspendDtsJob");
  Wish("Stopped");
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("SuspendDtsJob cn-hangzhou", "StopDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Stopped: Ready=True Synced=True");
}

TEST_F(Late, ADtsJobThatIsCreatedAgainStartsNothing) {
  RunUntilCalled("StartDtsJob");
  Delete();
  Run(milliseconds(500));
  CreateAgain();
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Late, AnotherDtsJobOfTheSameDtsJobStartsNothing) {
  RunUntilCalled("StartDtsJob");
  Json twin = object_;
  twin["metadata"]["name"] = "twin";
  twin["metadata"]["uid"] = "u2";
  twin.erase("status");
  store_.Upsert(*DtsJobFromJson(twin));
  queue_.Add({"shop", "twin"});
  Delete();
  object_ = twin;
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Late, AnEditThatMakesAnotherStartKeyStartsNothing) {
  RunUntilCalled("StartDtsJob");
  ChangeSpec({{"dtsInstanceId", "dtsjob1"}});
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Late, ARefusalThatNobodyKnowsIsNoProofThatNothingWasStarted) {
  refusing_ = "Nobody.Knows";
  shows_after_ = seconds(40);
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Late, AnUnansweredStartIsGivenAsLongAsAnAcceptedOneToShow) {
  starts_are_lost_ = true;
  shows_after_ = seconds(55);
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

// It is known best to the process itself what it has not called.
TEST_F(Late, AStartThatWasAnnouncedAndNeverCalledIsNotWaitedForByItsOwnProcess) {
  lease_is_mute_ = true;
  Run(seconds(30));
  ASSERT_FALSE(elector_.Leading(probe_.now));
  ASSERT_NE(lease_.Starts(), "");
  lease_is_mute_ = false;
  Run(seconds(10));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Late, WhatNeverShowsIsNotWaitedForForEver) {
  shows_after_ = hours(1);
  RunUntilCalled("StartDtsJob");
  Wish("Suspended");
  Run(minutes(3));
  EXPECT_EQ(Conditions(), "NotStarted: Ready=True Synced=True");
  Wish("Running");
  Run(seconds(30));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou", "StartDtsJob cn-hangzhou"));
}

}  // namespace
}  // namespace dtsop
