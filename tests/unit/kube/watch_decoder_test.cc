#include "kube/watch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dtsop {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
