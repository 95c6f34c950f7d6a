// The annotation that pauses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/scene.h"

namespace dtsop {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Paused, APausedDtsJobKeepsItsStatusWhateverHappens) {
  Scene scene = Scene().Seen("Synchronizing").Settled();
  const DtsJobStatus settled = scene.job.status;
  scene.job.paused = true;
  scene.job.generation = 5;
  scene.job.spec.desired_state = DesiredState::kStopped;
  scene.Seen("Failed");
  const Decision d = scene.Decide();
  EXPECT_EQ(d.status.conditions, settled.conditions);
  EXPECT_EQ(d.status.observed_generation, settled.observed_generation);
  EXPECT_THAT(d.effects, IsEmpty());
}

TEST(Paused, ADtsJobPausedFromTheStartSaysSo) {
  Scene scene;
  scene.job.paused = true;
  const Decision d = scene.Decide();
  EXPECT_EQ(ConditionsOf(d.status), "ReconciliationPaused: Ready=Unknown");
  EXPECT_THAT(d.effects, IsEmpty());
}

TEST(Paused, APauseThatIsNotUnderstoodPausesAndIsTold) {
  Scene scene = Scene(DesiredState::kStopped).Seen("Synchronizing").Settled();
  scene.job.paused = true;
  scene.job.odd_pause = "yes";
  const Decision d = scene.Decide();
  EXPECT_TRUE(d.effects.empty());
  EXPECT_THAT(ConditionsOf(d.status), HasSubstr("InvalidAnnotation: Ready=False Stalled=True"));
  EXPECT_THAT(FindCondition(d.status, "Ready")->message, HasSubstr("paused is \"yes\""));
  scene.job.status = d.status;
  scene.job.odd_pause.reset();
  EXPECT_THAT(ConditionsOf(scene.Decide().status), HasSubstr("ReconciliationPaused"));
}

}  // namespace
}  // namespace dtsop
