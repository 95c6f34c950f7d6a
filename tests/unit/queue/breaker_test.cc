#include "queue/breaker.h"

#include <gtest/gtest.h>

namespace dtsop {
namespace {

constexpr MonoTime kBreakerStart{hours(100)};

Breaker Opened() {
  Breaker breaker;
  for (int i = 1; i < Breaker::kFailuresToOpen; ++i) EXPECT_FALSE(breaker.OnFailed(kBreakerStart));
  EXPECT_TRUE(breaker.OnFailed(kBreakerStart));
  return breaker;
}

TEST(Breaker, OpensAfterFailuresInARow) {
  Breaker breaker;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(breaker.OnFailed(kBreakerStart));
    breaker.OnAnswered();
  }
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(Opened().open());
}

TEST(Breaker, AsksForOneProbeAtATimeAndLessOften) {
  Breaker breaker = Opened();
  MonoTime now = kBreakerStart;
  for (const int wait : {1, 2, 4, 5, 5}) {
    EXPECT_EQ(breaker.NextProbe(), now + seconds(wait));
    now = breaker.NextProbe();
    breaker.BeginProbe();
    EXPECT_EQ(breaker.NextProbe(), kNever);
    EXPECT_FALSE(breaker.OnFailed(now));
  }
}

TEST(Breaker, WhatWasUnderWayWhenItOpenedSaysNothingNew) {
  Breaker breaker = Opened();
  for (int i = 0; i < 50; ++i) breaker.OnFailed(kBreakerStart + milliseconds(500));
  EXPECT_EQ(breaker.NextProbe(), kBreakerStart + seconds(1));
}

TEST(Breaker, AnyAnswerClosesIt) {
  Breaker breaker = Opened();
  breaker.BeginProbe();
  EXPECT_TRUE(breaker.OnAnswered());
  EXPECT_FALSE(breaker.open());
  EXPECT_EQ(breaker.NextProbe(), kNever);
  EXPECT_FALSE(breaker.OnAnswered());
}

}  // namespace
}  // namespace dtsop
