#include "kube/watch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(LineDecoder, AnySlicingGivesTheSameLines) {
  const std::string stream = "one\n\ntwo\r\n\r\nthr\ree\nunfinished";
  Random random(3);
  for (int round = 0; round < 500; ++round) {
    LineDecoder decoder;
    std::vector<std::string> lines;
    for (size_t at = 0; at < stream.size();) {
      const size_t count = random.Below(6);
      ASSERT_TRUE(decoder.Feed(std::string_view(stream).substr(at, count),
                               [&](std::string_view line) { lines.emplace_back(line); }));
      at += count;
    }
    ASSERT_THAT(lines, ElementsAre("one", "two", "thr\ree"));
  }
}

TEST(LineDecoder, ALineOverTheLimitEndsTheStreamForGood) {
  for (const size_t slice : {1U, 4U, 100U}) {
    LineDecoder decoder(10);
    std::vector<std::string> lines;
    const std::string stream = "0123456789\n0123456789x\nlater\n";
    Result<void> last;
    for (size_t at = 0; at < stream.size() && last; at += slice)
      last = decoder.Feed(std::string_view(stream).substr(at, slice),
                          [&](std::string_view line) { lines.emplace_back(line); });
    ASSERT_FALSE(last);
    EXPECT_THAT(last.error().message, HasSubstr("more than 10 bytes"));
    EXPECT_THAT(lines, ElementsAre("0123456789"));
    EXPECT_FALSE(decoder.Feed("ok\n", [](std::string_view) { FAIL(); }));
  }
}

TEST(WatchEvent, DecodesEveryTypeThatTheApiKnows) {
  const std::pair<const char*, WatchEventType> types[] = {{"ADDED", WatchEventType::kAdded},
                                                          {"MODIFIED", WatchEventType::kModified},
                                                          {"DELETED", WatchEventType::kDeleted},
                                                          {"BOOKMARK", WatchEventType::kBookmark},
                                                          {"ERROR", WatchEventType::kError}};
  for (const auto& [name, type] : types) {
    const auto event =
        DecodeWatchEvent(std::string(R"({"type":")") + name + R"(","object":{"kind":"X"}})");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->type, type);
    EXPECT_EQ(event->object, Json({{"kind", "X"}}));
  }
}

TEST(WatchEvent, WhatIsNoEventIsAnErrorFitForALog) {
  const auto error = [](std::string_view line) {
    const auto event = DecodeWatchEvent(line);
    return event ? std::string("no error") : event.error().message;
  };
  EXPECT_THAT(error("{"), HasSubstr("not valid JSON"));
  EXPECT_THAT(error(std::string(100'000, '[')), HasSubstr("too deeply"));
  EXPECT_THAT(error(R"({"type":"ADDED"})"), HasSubstr("without an object"));
  EXPECT_THAT(error(R"({"type":"ADDED","object":[1]})"), HasSubstr("without an object"));
  EXPECT_THAT(error(R"({"type":"A\nB","object":{}})"), HasSubstr("unknown type \"A B\""));
  EXPECT_THAT(error(R"({"type":7,"object":{}})"), HasSubstr("unknown type"));
  EXPECT_THAT(error("[]"), HasSubstr("unknown type"));
  EXPECT_THAT(error("{\"type\":\"geheim"), Not(HasSubstr("geheim")));
}

}  // namespace
}  // namespace dtsop
