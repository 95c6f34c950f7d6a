// What a DtsJob says and does while another one names the same DTS job.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Ownership, TheYoungerOfTwoDtsJobsNamesTheOlder) {
  Scene scene = Scene().Seen("NotStarted");
  scene.s.conflict_with = ObjectKey{"shop", "first"};
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Conflict: Ready=False Stalled=True Synced=False");
  EXPECT_THAT(MessageOf(d), AllOf(HasSubstr("shop/first"), HasSubstr("job1")));
  EXPECT_THAT(d.effects, IsEmpty());
  // A page shows the job to both.
  EXPECT_EQ(scene.Seen("Failed", seconds(1), "DTS-070211: x").Decide().status, d.status);
}

TEST(Ownership, AnOlderDtsJobOfAnotherNamespaceIsNotNamed) {
  Scene scene = Scene().Seen("NotStarted");
  scene.s.conflict_with = ObjectKey{"bank", "first"};
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Conflict: Ready=False Stalled=True Synced=False");
  EXPECT_THAT(MessageOf(d), AllOf(HasSubstr("another namespace"), HasSubstr("job1"),
                                  Not(HasSubstr("bank")), Not(HasSubstr("first"))));
  EXPECT_THAT(d.effects, IsEmpty());
}

// Whoever may not see the job learns that, and not that somebody else has it.
TEST(Ownership, AnOlderDtsJobOfAnotherNamespaceIsToldOfOnlyToThoseWhoSeeTheJob) {
  Scene scene;
  scene.s.conflict_with = ObjectKey{"bank", "first"};
  Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Progressing: Ready=Unknown Reconciling=True Synced=False");
  EXPECT_THAT(EffectsOf(d), ElementsAre("Observe"));
  EXPECT_THAT(MessageOf(d), Not(HasSubstr("another namespace")));
  d = scene.ObserveFailed(ErrorClass::kCredential, "SignatureDoesNotMatch").Decide();
  EXPECT_EQ(ConditionsOf(d.status), "SignatureDoesNotMatch: Ready=False Stalled=True Synced=False");
  scene.s.keys = Snapshot::Keys::kUnusable;
  scene.s.keys_problem = "There is no Secret.";
  EXPECT_EQ(MessageOf(scene.Decide()), "There is no Secret.");
}

TEST(Ownership, AnOlderDtsJobIsWaitedForUntilItIsKnownWhetherItOwnsTheJob) {
  Scene scene = Scene().Seen("NotStarted");
  scene.s.contested_until = scene.now.mono + kContestedFor;
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "Progressing: Ready=False Reconciling=True Synced=False");
  EXPECT_THAT(d.effects, IsEmpty());
  EXPECT_LE(d.requeue_after, kContestedFor);
  scene.now.mono += kContestedFor;
  EXPECT_THAT(EffectsOf(scene.Seen("NotStarted").Decide()), ElementsAre("AnnounceStart"));
}

}  // namespace
}  // namespace dtsop
