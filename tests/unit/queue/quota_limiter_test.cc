#include "queue/quota_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;

constexpr MonoTime kQuotaLimiterStart{hours(100)};

ObjectKey Key(const std::string& name, const std::string& of = "shop") { return {of, name}; }

// The moments at which `count` callers that came at once get their turn.
std::vector<MonoTime> Turns(QuotaLimiter& limiter, int count, MonoTime now) {
  std::vector<MonoTime> calls;
  for (int i = 0; i < count; ++i) {
    if (limiter.Take(Key(std::to_string(i)), now)) calls.push_back(now);
  }
  while (limiter.NextGrant() != kNever) {
    now = std::max(now, limiter.NextGrant());
    const auto who = limiter.Grant(now);
    if (who && limiter.Take(*who, now)) calls.push_back(now);
  }
  return calls;
}

void ExpectWithinRate(const std::vector<MonoTime>& calls, size_t per_second) {
  for (size_t i = per_second; i < calls.size(); ++i) {
    ASSERT_GE(calls[i] - calls[i - per_second], seconds(1)) << "call " << i;
  }
}

TEST(QuotaLimiter, NeverExceedsItsRateInAnySecondWhateverHappens) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    const auto rate = static_cast<int>(1 + random.Below(40));
    QuotaLimiter limiter(rate, static_cast<int>(1 + random.Below(40)));
    MonoTime now = kQuotaLimiterStart;
    std::vector<MonoTime> calls;
    for (int i = 0; i < 1000; ++i) {
      if (random.Percent(50)) {
        if (limiter.Take(Key(std::to_string(random.Below(50))), now)) calls.push_back(now);
      } else if (const auto who = limiter.Grant(now)) {
        if (random.Percent(10)) {
          limiter.Return(*who);
        } else if (limiter.Take(*who, now)) {
          calls.push_back(now);
        }
      }
      if (random.Percent(2)) limiter.OnThrottled(milliseconds(random.Below(3000)), now, now);
      if (random.Percent(20)) limiter.Leave(Key(std::to_string(random.Below(50))));
      if (random.Percent(30)) now += milliseconds(random.Below(100));
      if (random.Percent(1)) now += seconds(10);
    }
    ExpectWithinRate(calls, static_cast<size_t>(rate));
  }
}

TEST(QuotaLimiter, SpendsNearlyAllOfItsRate) {
  QuotaLimiter limiter(50, 50);
  const auto calls = Turns(limiter, 1000, kQuotaLimiterStart);
  ASSERT_EQ(calls.size(), 1000U);
  EXPECT_LE(calls.back() - calls.front(), milliseconds(19'500));
}

TEST(QuotaLimiter, AFreeQuotaKeepsNobodyWaiting) {
  QuotaLimiter limiter(5, 5);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.Take(Key(std::to_string(i)), kQuotaLimiterStart));
  EXPECT_FALSE(limiter.Take(Key("late"), kQuotaLimiterStart));
}

TEST(QuotaLimiter, SpreadsWhatMayNotBeCalledAtOnce) {
  QuotaLimiter limiter(50, 10);
  const auto calls = Turns(limiter, 500, kQuotaLimiterStart);
  ExpectWithinRate(calls, 50);
  EXPECT_EQ(calls[9], kQuotaLimiterStart);
  for (size_t i = 10; i < calls.size(); ++i) {
    ASSERT_GE(calls[i] - calls[i - 10], milliseconds(200)) << "call " << i;
  }
  EXPECT_LE(calls.back() - calls.front(), milliseconds(10'200));
}

TEST(QuotaLimiter, NamespacesTakeTurns) {
  QuotaLimiter limiter(1, 1);
  limiter.Take(Key("first"), kQuotaLimiterStart);
  for (const char* name : {"a1", "a2", "a3", "a4"})
    limiter.Take(Key(name, "a"), kQuotaLimiterStart);
  for (const char* name : {"b1", "b2"}) limiter.Take(Key(name, "b"), kQuotaLimiterStart);
  std::vector<std::string> order;
  while (limiter.NextGrant() != kNever) order.push_back(limiter.Grant(limiter.NextGrant())->name);
  EXPECT_THAT(order, ElementsAre("a1", "b1", "a2", "b2", "a3", "a4"));
}

TEST(QuotaLimiter, NobodyOvertakesThoseWhoWait) {
  QuotaLimiter limiter(1, 1);
  limiter.Take(Key("first"), kQuotaLimiterStart);
  limiter.Take(Key("waits"), kQuotaLimiterStart);
  EXPECT_FALSE(limiter.Take(Key("new"), kQuotaLimiterStart + seconds(5)));
  EXPECT_EQ(limiter.Grant(kQuotaLimiterStart + seconds(5)), Key("waits"));
}

TEST(QuotaLimiter, ATurnCanBeTakenOnceAndLapses) {
  QuotaLimiter limiter(1, 1);
  limiter.Take(Key("first"), kQuotaLimiterStart);
  limiter.Take(Key("waits"), kQuotaLimiterStart);
  ASSERT_EQ(limiter.Grant(kQuotaLimiterStart + seconds(2)), Key("waits"));
  EXPECT_TRUE(limiter.Take(Key("waits"), kQuotaLimiterStart + seconds(3)));
  EXPECT_FALSE(limiter.Take(Key("waits"), kQuotaLimiterStart + seconds(3)));
  ASSERT_EQ(limiter.Grant(kQuotaLimiterStart + seconds(4)), Key("waits"));
  limiter.Take(Key("other"), kQuotaLimiterStart + seconds(4));
  EXPECT_FALSE(limiter.Take(Key("waits"), kQuotaLimiterStart + seconds(60)));
}

TEST(QuotaLimiter, ATurnThatIsOfNoUseCostsNothing) {
  QuotaLimiter limiter(1, 1);
  limiter.Take(Key("first"), kQuotaLimiterStart);
  limiter.Take(Key("gone"), kQuotaLimiterStart);
  limiter.Take(Key("waits"), kQuotaLimiterStart);
  const MonoTime later = kQuotaLimiterStart + seconds(2);
  ASSERT_EQ(limiter.Grant(later), Key("gone"));
  limiter.Return(Key("gone"));
  EXPECT_EQ(limiter.Grant(later), Key("waits"));
}

TEST(QuotaLimiter, WhoLeavesIsNotWaitedFor) {
  QuotaLimiter limiter(1, 1);
  limiter.Take(Key("first"), kQuotaLimiterStart);
  limiter.Take(Key("leaves"), kQuotaLimiterStart);
  limiter.Leave(Key("leaves"));
  EXPECT_EQ(limiter.NextGrant(), kNever);
  EXPECT_TRUE(limiter.idle());
}

TEST(QuotaLimiter, WhoIsHeldStandsInLineWhateverTheQuota) {
  QuotaLimiter limiter(5, 5);
  EXPECT_FALSE(limiter.Take(Key("held"), kQuotaLimiterStart, true));
  EXPECT_EQ(limiter.Grant(kQuotaLimiterStart), Key("held"));
}

TEST(QuotaLimiter, ARefusalPausesForAsLongAsTheServerSays) {
  QuotaLimiter limiter(5, 5);
  limiter.OnThrottled(seconds(7), kQuotaLimiterStart, kQuotaLimiterStart);
  EXPECT_FALSE(limiter.Take(Key("a"), kQuotaLimiterStart + milliseconds(6999)));
  EXPECT_EQ(limiter.NextGrant(), kQuotaLimiterStart + seconds(7));
}

TEST(QuotaLimiter, RefusalsWithoutATimePauseLongerAndLonger) {
  QuotaLimiter limiter(5, 5);
  MonoTime now = kQuotaLimiterStart;
  Duration last{0};
  for (int i = 0; i < 20; ++i) {
    limiter.OnThrottled({}, now, now);
    limiter.Take(Key("a"), now);
    const Duration pause = limiter.NextGrant() - now;
    EXPECT_GE(pause, last);
    last = pause;
    now += pause;
  }
  EXPECT_EQ(last, seconds(30));
  limiter.OnServed();
  limiter.OnThrottled({}, now, now);
  EXPECT_LT(limiter.NextGrant() - now, seconds(6));  // the pace is still low
}

struct Answers {
  int served = 0;
  int refused = 0;
};

// What comes of `time` at a server that allows `allowed` calls a second, for a limiter that was
// told `told`.
Answers CallsTo(int allowed, int told, Duration time) {
  QuotaLimiter limiter(told, told);
  MonoTime now = kQuotaLimiterStart;
  double tokens = allowed;
  MonoTime filled = now;
  int served = 0;
  int refused = 0;
  for (int i = 0; i < 50000; ++i) limiter.Take(Key(std::to_string(i)), now);
  for (const MonoTime end = now + time; now < end;) {
    now = std::max(now + milliseconds(1), limiter.NextGrant());
    const auto who = limiter.Grant(now);
    if (!who || !limiter.Take(*who, now)) continue;
    const double refill = std::chrono::duration<double>(now - filled).count() * allowed;
    tokens = std::min<double>(allowed, tokens + refill);
    filled = now;
    if (tokens >= 1) {
      tokens -= 1;
      ++served;
      limiter.OnServed();
    } else {
      ++refused;
      // Until there is one token, as DTS says it.
      limiter.OnThrottled(milliseconds(1 + static_cast<int>((1 - tokens) * 1000 / allowed)), now,
                          now);
      limiter.Take(*who, now);
    }
  }
  return {served, refused};
}

TEST(QuotaLimiter, FindsALowerQuotaAndUsesMostOfIt) {
  const Answers little = CallsTo(20, 50, minutes(2));
  EXPECT_GT(little.served, 120 * 20 * 85 / 100) << little.refused << " refused";
  EXPECT_LT(little.refused, little.served / 80);
  const Answers much = CallsTo(50, 200, seconds(20));
  EXPECT_GT(much.served, 20 * 50 * 90 / 100) << much.refused << " refused";
  EXPECT_LT(much.refused, much.served / 80);
}

TEST(QuotaLimiter, IsSeldomRefusedByAQuotaThatIsFarLower) {
  const Answers little = CallsTo(1, 5, minutes(5));
  EXPECT_GT(little.served, 300 * 75 / 100) << little.refused << " refused";
  EXPECT_LT(little.refused, little.served / 9);
  const Answers much = CallsTo(5, 100, minutes(2));
  EXPECT_GT(much.served, 120 * 5 * 90 / 100) << much.refused << " refused";
  EXPECT_LT(much.refused, much.served / 30);
}

TEST(QuotaLimiter, CallsThatWereUnderWayTogetherAreOneLesson) {
  QuotaLimiter limiter(100, 100);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(limiter.Take(Key("a"), kQuotaLimiterStart));
  for (int i = 1; i <= 20; ++i) {
    limiter.OnThrottled(milliseconds(1), kQuotaLimiterStart,
                        kQuotaLimiterStart + i * milliseconds(5));
  }
  const auto calls = Turns(limiter, 100, kQuotaLimiterStart + seconds(2));
  EXPECT_LT(calls.back() - calls.front(), milliseconds(1500));
}

TEST(QuotaLimiter, OneRefusalOfAnIdleClientDelaysItsNextCallsLittle) {
  QuotaLimiter limiter(5, 5);
  ASSERT_TRUE(limiter.Take(Key("a"), kQuotaLimiterStart));
  limiter.OnThrottled({}, kQuotaLimiterStart, kQuotaLimiterStart);
  for (int i = 1; i <= 20; ++i) {
    EXPECT_TRUE(limiter.Take(Key("a"), kQuotaLimiterStart + i * milliseconds(300))) << i;
  }
}

TEST(QuotaLimiter, OneRefusalOfAFewCallsTogetherDelaysTheNextLittle) {
  QuotaLimiter limiter(5, 5);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(limiter.Take(Key("a"), kQuotaLimiterStart));
  limiter.OnThrottled(milliseconds(100), kQuotaLimiterStart, kQuotaLimiterStart);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(limiter.Take(Key("a"), kQuotaLimiterStart + seconds(2) + i * milliseconds(300)))
        << i;
  }
}

TEST(QuotaLimiter, AFewRefusalsInARowDelayTheNextCallsLittle) {
  QuotaLimiter limiter(5, 5);
  for (const int at : {0, 300, 800}) {
    const MonoTime now = kQuotaLimiterStart + milliseconds(at);
    ASSERT_TRUE(limiter.Take(Key("a"), now));
    limiter.OnThrottled({}, now, now);
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(limiter.Take(Key("a"), kQuotaLimiterStart + seconds(2) + i * milliseconds(300)))
        << i;
  }
}

TEST(QuotaLimiter, ComesBackToItsRateWhenItIsNotRefusedAnyMore) {
  QuotaLimiter limiter(10, 10);
  Turns(limiter, 10, kQuotaLimiterStart);
  limiter.OnThrottled({}, kQuotaLimiterStart, kQuotaLimiterStart);
  const auto slow = Turns(limiter, 20, kQuotaLimiterStart + seconds(2));
  EXPECT_GT(slow.back() - slow.front(), milliseconds(2050));
  const auto fast = Turns(limiter, 30, kQuotaLimiterStart + minutes(2));
  EXPECT_LT(fast.back() - fast.front(), milliseconds(2050));
}

}  // namespace
}  // namespace dtsop
