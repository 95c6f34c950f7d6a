#include "observe/json_log.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/json.h"

namespace dtsop {
namespace {

class FixedClock final : public Clock {
 public:
  Now Read() const override { return {MonoTime(seconds(1)), WallTime(seconds(1'700'000'000))}; }
};

class JsonLogTest : public testing::Test {
 public:
  ~JsonLogTest() override { close(file_); }

 protected:
  // What has been written so far.
  std::string Text() const {
    std::string text(static_cast<size_t>(lseek(file_, 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(file_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }

  const FixedClock clock_{};
  const int file_ = memfd_create("log", 0);
};

TEST_F(JsonLogTest, WritesOneObjectALine) {
  JsonLog log(clock_, LogLevel::kInfo, file_);
  log.Write(LogLevel::kWarn, "a message", {{"object", "shop/orders"}});
  log.Write(LogLevel::kError, "another", {});
  EXPECT_EQ(Text(), R"({"time":"2023-11-14T22:13:20.000000Z","level":"warn","msg":"a message",)"
                    "\"object\":\"shop/orders\"}\n"
                    R"({"time":"2023-11-14T22:13:20.000000Z","level":"error","msg":"another"})"
                    "\n");
}

TEST_F(JsonLogTest, LeavesOutWhatIsBelowItsLevel) {
  JsonLog log(clock_, LogLevel::kWarn, file_);
  log.Write(LogLevel::kDebug, "debug", {});
  log.Write(LogLevel::kInfo, "info", {});
  EXPECT_EQ(Text(), "");
  log.Write(LogLevel::kWarn, "warn", {});
  EXPECT_NE(Text(), "");
}

TEST_F(JsonLogTest, ForeignTextCannotBreakTheLine) {
  JsonLog log(clock_, LogLevel::kInfo, file_);
  log.Write(LogLevel::kInfo, "m", {{"error", "a\n{\"level\":\"error\"}\x01\xff\""}});
  const std::string text = Text();
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto line = ParseJson(text);
  ASSERT_TRUE(line.has_value()) << text;
  EXPECT_EQ(StringOr(Member(*line, "level")), "info");
}

TEST_F(JsonLogTest, BoundsAField) {
  JsonLog log(clock_, LogLevel::kInfo, file_);
  log.Write(LogLevel::kInfo, "m", {{"error", std::string(1U << 20, 'x')}});
  EXPECT_LT(Text().size(), 5000U);
}

TEST_F(JsonLogTest, ALogThatCannotBeWrittenIsNoFailure) {
  JsonLog log(clock_, LogLevel::kInfo, -1);
  log.Write(LogLevel::kError, "lost", {});
}

TEST(LogLevels, AreReadByName) {
  LogLevel level = LogLevel::kError;
  EXPECT_TRUE(ParseLogLevel("debug", &level));
  EXPECT_EQ(level, LogLevel::kDebug);
  EXPECT_TRUE(ParseLogLevel("error", &level));
  EXPECT_EQ(level, LogLevel::kError);
  EXPECT_TRUE(ParseLogLevel("Info", &level)) << "as charts write it";
  EXPECT_EQ(level, LogLevel::kInfo);
  level = LogLevel::kError;
  for (const char* text : {"", "warning", "debug "}) {
    EXPECT_FALSE(ParseLogLevel(text, &level)) << text;
    EXPECT_EQ(level, LogLevel::kError);
  }
}

}  // namespace
}  // namespace dtsop
