// Status writes to a server that has gone back in time, and the room for large answers.
#include "effects/write_line.h"
#include "tests/unit/effects/pass_fixture.h"

namespace dtsop {
namespace {

using ::testing::HasSubstr;

TEST_F(Pass, ARestoredServerIsBelievedAndWrittenTo) {
  words_["cn-hangzhou"] = "Synchronizing";
  Run(minutes(1));
  ASSERT_EQ(Conditions(), "Running: Ready=True Synced=True");
  const Json backup = object_;
  const int backup_version = version_;
  ChangeSpec({{"pollInterval", "30s"}});
  Run(minutes(1));
  ASSERT_GT(version_, backup_version + 1);
  // No watch says that etcd was restored from a backup.
  object_ = backup;
  version_ = backup_version;
  words_["cn-hangzhou"] = "Failed";
  Run(minutes(3));
  EXPECT_THAT(Conditions(), HasSubstr("TaskFailed: Ready=False"));
  EXPECT_EQ(conflicts_, 1);
}

TEST_F(Pass, WritesThatAreRefusedAgainAndAgainSlowDown) {
  words_["cn-hangzhou"] = "Synchronizing";
  Run(minutes(1));
  words_["cn-hangzhou"] = "Failed";
  // What is read has never the version that a write must have.
  const auto pass = [this] {
    elector_.Tick(probe_.now);
    dts_.Advance(probe_.now);
    while (const auto key = queue_.Get(probe_.now.mono)) reconciler_.Reconcile(*key, probe_.now);
    fleet_.Advance(probe_.now);
  };
  probe_.Live(minutes(5), milliseconds(100), pass, [this] {
    if (probe_.Take().method == "PUT" && probe_.Take().target.find("/status") != std::string::npos)
      object_["metadata"]["resourceVersion"] = std::to_string(++version_);
    Serve();
  });
  EXPECT_GE(conflicts_, 5);
  EXPECT_LE(conflicts_, 40) << "in five minutes";
}

constexpr size_t kLarge = 1'600'000;

ObjectKey Key(int i) { return {"shop", std::to_string(i)}; }

TEST(WriteLine, LargeAnswersTakeSeveralPlacesAndNobodyIsForgotten) {
  WriteLine line(32);
  int inside = 0;
  for (int i = 0; i < 100; ++i) {
    line.BeginPass(Key(i));
    if (line.Enter(Key(i), kLarge)) ++inside;
  }
  EXPECT_LE(inside * kLarge, 9U << 20);
  EXPECT_GE(inside, 3);
  int served = inside;
  for (std::set<ObjectKey> seen; inside > 0;) {
    --inside;
    line.Leave(kLarge);
    while (const auto next = line.Call()) {
      EXPECT_TRUE(seen.insert(*next).second);
      line.BeginPass(*next);
      ASSERT_TRUE(line.Enter(*next, kLarge)) << "as it was promised";
      ++inside;
      ++served;
    }
  }
  EXPECT_EQ(served, 100);
  EXPECT_EQ(line.taken(), 0U);
}

TEST(WriteLine, ALargeOneIsNotStarvedBySmallOnes) {
  WriteLine line(4);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(line.Enter(Key(i), 0));
  ASSERT_FALSE(line.Enter(Key(100), size_t{1} << 30)) << "it takes all places";
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(line.Call());
    line.BeginPass(Key(10 + i));
    EXPECT_FALSE(line.Enter(Key(10 + i), 0)) << "somebody was here before";
    line.Leave(0);
  }
  EXPECT_EQ(line.Call(), Key(100));
  line.BeginPass(Key(100));
  EXPECT_TRUE(line.Enter(Key(100), size_t{1} << 30));
}

TEST(WriteLine, APlaceThatIsNotNeededAnyMoreGoesToTheNext) {
  WriteLine line(1);
  ASSERT_TRUE(line.Enter(Key(0), 0));
  ASSERT_FALSE(line.Enter(Key(1), 0));
  ASSERT_FALSE(line.Enter(Key(2), 0));
  line.Leave(0);
  EXPECT_EQ(line.Call(), Key(1));
  EXPECT_FALSE(line.Call());
  line.BeginPass(Key(1));  // which has nothing to write by now
  EXPECT_EQ(line.Call(), Key(2));
}

}  // namespace
}  // namespace dtsop
