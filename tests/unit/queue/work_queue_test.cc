#include "queue/work_queue.h"

#include <gtest/gtest.h>

namespace dtsop {
namespace {

constexpr MonoTime kWorkQueueStart = MonoTime(hours(100));

ObjectKey Key(uint64_t n) { return {"shop", "job" + std::to_string(n)}; }

TEST(WorkQueue, GivesEachKeyOnceInTheOrderOfAdding) {
  WorkQueue queue;
  queue.Add(Key(2));
  queue.Add(Key(1));
  queue.Add(Key(2));
  EXPECT_EQ(queue.depth(), 2U);
  EXPECT_EQ(queue.Get(kWorkQueueStart), Key(2));
  EXPECT_EQ(queue.Get(kWorkQueueStart), Key(1));
  EXPECT_EQ(queue.Get(kWorkQueueStart), std::nullopt);
}

TEST(WorkQueue, TheEarliestTimerCounts) {
  WorkQueue queue;
  queue.AddAfter(Key(1), kWorkQueueStart + seconds(5));
  queue.AddAfter(Key(1), kWorkQueueStart + seconds(9));
  EXPECT_EQ(queue.NextDue(), kWorkQueueStart + seconds(5));
  queue.AddAfter(Key(1), kWorkQueueStart + seconds(2));
  EXPECT_EQ(queue.Get(kWorkQueueStart + seconds(1)), std::nullopt);
  EXPECT_EQ(queue.Get(kWorkQueueStart + seconds(2)), Key(1));
  EXPECT_EQ(queue.NextDue(), kNever);
}

TEST(WorkQueue, AGetEndsTheTimersOfItsKey) {
  WorkQueue queue;
  queue.AddAfter(Key(1), kWorkQueueStart + seconds(5));
  queue.Add(Key(1));
  EXPECT_EQ(queue.Get(kWorkQueueStart), Key(1));
  EXPECT_EQ(queue.NextDue(), kNever);
}

TEST(WorkQueue, RemoveForgetsAllOfAKey) {
  WorkQueue queue;
  queue.Add(Key(1));
  queue.AddAfter(Key(1), kWorkQueueStart);
  queue.Remove(Key(1));
  EXPECT_EQ(queue.Get(kWorkQueueStart + hours(1)), std::nullopt);
  EXPECT_EQ(queue.NextDue(), kNever);
}

TEST(WorkQueue, RateLimitedAddsComeLaterAndLaterUntilForget) {
  WorkQueue queue;
  Random random(1);
  Duration last{0};
  for (int i = 0; i < 12; ++i) {
    queue.AddRateLimited(Key(1), kWorkQueueStart, random);
    last = queue.NextDue() - kWorkQueueStart;
    ASSERT_TRUE(queue.Get(queue.NextDue()));
  }
  EXPECT_GE(last, seconds(15));
  EXPECT_LE(last, seconds(30));
  queue.Forget(Key(1));
  queue.AddRateLimited(Key(1), kWorkQueueStart, random);
  EXPECT_LE(queue.NextDue() - kWorkQueueStart, milliseconds(200));
}

// The queue against the simplest thing that does the same: for each key the time at which it is
// due.
TEST(WorkQueue, BehavesLikeItsModel) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    WorkQueue queue;
    std::map<ObjectKey, MonoTime> model;
    MonoTime now = kWorkQueueStart;
    for (int step = 0; step < 500; ++step) {
      const ObjectKey key = Key(random.Below(8));
      const auto add = [&](MonoTime when) {
        const auto [at, is_new] = model.try_emplace(key, when);
        if (!is_new) at->second = std::min(at->second, when);
      };
      switch (random.Below(8)) {
        case 0:
        case 1:
          queue.Add(key);
          add(MonoTime::min());
          break;
        case 2:
        case 3: {
          const MonoTime when = now + milliseconds(random.Below(3000));
          queue.AddAfter(key, when);
          add(when);
          break;
        }
        case 4:
          queue.Remove(key);
          model.erase(key);
          break;
        case 5:
          now += milliseconds(random.Below(1000));
          break;
        default: {
          const auto got = queue.Get(now);
          const bool due = std::any_of(model.begin(), model.end(),
                                       [now](const auto& item) { return item.second <= now; });
          ASSERT_EQ(got.has_value(), due) << "seed " << seed << " step " << step;
          if (got) {
            ASSERT_TRUE(model.contains(*got) && model[*got] <= now) << "seed " << seed;
            model.erase(*got);
          }
        }
      }
      const bool any_due = std::any_of(model.begin(), model.end(),
                                       [now](const auto& item) { return item.second <= now; });
      ASSERT_EQ(queue.NextDue() <= now, any_due) << "seed " << seed << " step " << step;
      ASSERT_EQ(queue.NextDue() == kNever, model.empty()) << "seed " << seed << " step " << step;
    }
    // Every Add is followed by a Get.
    while (const auto got = queue.Get(now + hours(1))) model.erase(*got);
    EXPECT_TRUE(model.empty());
  }
}

TEST(Backoff, DoublesWithinItsBoundsAndIsSpread) {
  Random random(1);
  for (const int64_t failures : {int64_t{-5}, int64_t{0}, int64_t{1}, int64_t{5}, int64_t{30},
                                 int64_t{1000}, std::numeric_limits<int64_t>::max()}) {
    Duration full = seconds(1);
    for (int64_t i = 0; i < failures && full < minutes(1); ++i) full *= 2;
    full = std::min<Duration>(full, minutes(1));
    std::set<Duration> seen;
    for (int i = 0; i < 100; ++i) {
      const Duration delay = BackoffDelay(failures, seconds(1), minutes(1), random);
      EXPECT_LE(delay, full);
      EXPECT_GE(delay, full / 2);
      seen.insert(delay);
    }
    EXPECT_GT(seen.size(), 50U);
  }
  EXPECT_LE(BackoffDelay(0, minutes(10), minutes(10), random), minutes(10));
}

}  // namespace
}  // namespace dtsop
