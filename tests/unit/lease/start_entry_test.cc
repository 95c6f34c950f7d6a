#include "lease/start_entry.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/random.h"
#include "tests/support/mutate.h"

namespace dtsop {
namespace {

StartEntry Entry() {
  return {"k",
          "n",
          2,
          {"shop", "orders"},
          "u",
          "job1",
          "Forward",
          "cn-hangzhou",
          "2027-01-15T08:00:00Z",
          "NotStarted"};
}

TEST(StartEntry, IsReadBackAsItWasWritten) {
  const auto starts = DecodeStarts(EncodeStarts({Entry(), Entry()}));
  ASSERT_TRUE(starts);
  ASSERT_EQ(starts->size(), 2U);
  EXPECT_EQ(EncodeStarts(*starts), EncodeStarts({Entry(), Entry()}));
}

TEST(StartEntry, NoStartsAreAnEmptyList) {
  ASSERT_TRUE(DecodeStarts("[]"));
  EXPECT_TRUE(DecodeStarts("[]")->empty());
}

TEST(StartEntry, WhatTheOperatorDoesNotWriteIsRefused) {
  const auto with = [](const char* member, const Json& value) {
    Json list = *ParseJson(EncodeStarts({Entry()}));
    list[0][member] = value;
    return DumpJson(list);
  };
  EXPECT_FALSE(DecodeStarts(with("key", "")));
  EXPECT_FALSE(DecodeStarts(with("nonce", "")));
  EXPECT_FALSE(DecodeStarts(with("dtsJobId", 7)));
  EXPECT_FALSE(DecodeStarts(with("attempt", 0)));
  EXPECT_FALSE(DecodeStarts(with("attempt", -1)));
  // What the schema of status.start refuses would make every status write fail.
  EXPECT_FALSE(DecodeStarts(with("intentTime", "yesterday")));
  EXPECT_FALSE(DecodeStarts(with("key", std::string(129, 'k'))));
  EXPECT_FALSE(DecodeStarts(with("nonce", std::string(129, 'n'))));
}

TEST(StartEntry, MoreThanTheJournalHoldsIsRefused) {
  EXPECT_TRUE(DecodeStarts(EncodeStarts(std::vector(kStartsInFlightMax, Entry()))));
  EXPECT_FALSE(DecodeStarts(EncodeStarts(std::vector(kStartsInFlightMax + 1, Entry()))));
}

TEST(StartEntry, AnyMutationIsRefusedOrGivesUsableStarts) {
  Random random(1);
  int accepted = 0;
  const std::string text = EncodeStarts({Entry(), Entry()});
  for (int i = 0; i < 20'000; ++i) {
    const auto starts = DecodeStarts(Mutate(text, random));
    if (!starts) continue;
    ++accepted;
    for (const StartEntry& start : *starts) {
      ASSERT_FALSE(start.key.empty() || start.nonce.empty() || start.attempt < 1);
      ASSERT_TRUE(ParseRfc3339(start.intent_time));
    }
  }
  EXPECT_GT(accepted, 200);
  EXPECT_LT(accepted, 19'800);
}

}  // namespace
}  // namespace dtsop
