#include "base/time.h"

#include <gtest/gtest.h>

namespace dtsop {
namespace {

TEST(Rfc3339, ReadsBackWhatItWrites) {
  for (int64_t second = 0; second < 7'000'000'000; second += 86'399'123) {
    const WallTime time{seconds(second)};
    EXPECT_EQ(ParseRfc3339(FormatRfc3339(time)).value(), time);
    const WallTime fine = time + std::chrono::microseconds(second % 1000 + 1000);
    EXPECT_EQ(ParseRfc3339(FormatRfc3339Micro(fine)).value(), fine);
  }
}

TEST(Rfc3339, KnownValues) {
  EXPECT_EQ(FormatRfc3339(WallTime(seconds(1456231584))), "2016-02-23T12:46:24Z");
  EXPECT_EQ(ParseRfc3339("2016-02-23T14:46:24+02:00").value(), WallTime(seconds(1456231584)));
  EXPECT_EQ(ParseRfc3339("2016-02-23T12:46:24.5Z").value(),
            WallTime(seconds(1456231584) + milliseconds(500)));
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* text :
       {"", "2016", "2016-02-30T00:00:00Z", "2016-02-23T24:00:00Z", "2016-02-23T12:46:24",
        "2016-02-23T12:46:24.Z", "2016-02-23T12:46:24Zx", "2016-13-23T12:46:24Z",
        "9999-02-23T12:46:24Z", "1732-02-23T12:46:24Z", "2016-02-23 12:46:24Z"}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

TEST(DurationText, ParsesGoSyntax) {
  EXPECT_EQ(ParseDuration("60s").value(), seconds(60));
  EXPECT_EQ(ParseDuration("1m30s").value(), seconds(90));
  EXPECT_EQ(ParseDuration("1.5h").value(), minutes(90));
  EXPECT_EQ(ParseDuration("250ms").value(), milliseconds(250));
  for (const char* text : {"", "60", "s", "-5s", "1m x", "99999999999999h", "1e3s", "nan s"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(DurationText, FormatIsReadBack) {
  for (const auto duration :
       {milliseconds(0), milliseconds(250), milliseconds(60'000), milliseconds(90'000),
        milliseconds(3'600'000), milliseconds(5'461'000)}) {
    EXPECT_EQ(ParseDuration(FormatDuration(duration)).value(), duration);
  }
  EXPECT_EQ(FormatDuration(seconds(90)), "1m30s");
}

TEST(HttpDate, IsTheOneFormOfRfc9110) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT").value(),
            ParseRfc3339("1994-11-06T08:49:37Z").value());
}

TEST(HttpDate, RefusesEverythingElse) {
  for (const char* text : {"", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT",
                           "Sun, 06 Nov 9999 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, -6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08-49-37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(text)) << text;
  }
}

TEST(RetryAfter, IsBoundedAndGarbageIsNone) {
  const WallTime now = ParseRfc3339("1994-11-06T08:49:00Z").value();
  const std::pair<const char*, Duration> cases[] = {{"3", seconds(3)},
                                                    {" 0 ", seconds(0)},
                                                    {"31536000", minutes(5)},
                                                    {"99999999999999999999999", minutes(5)},
                                                    {"Sun, 06 Nov 1994 08:49:37 GMT", seconds(37)},
                                                    {"Sun, 06 Nov 1994 08:48:37 GMT", seconds(0)},
                                                    {"Sun, 06 Nov 2094 08:48:37 GMT", minutes(5)}};
  for (const auto& [text, wait] : cases) EXPECT_EQ(ParseRetryAfter(text, now), wait) << text;
  for (const char* text : {"", " ", "-1", "+1", "1.5", "soon", "0x10", "1 2", "6 Nov 1994"}) {
    EXPECT_EQ(ParseRetryAfter(text, now), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace dtsop
