#include "base/yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace dtsop {
namespace {

TEST(Yaml, ResolvesPlainScalarsOnly) {
  EXPECT_EQ(*ParseYaml("[1, '1', true, \"true\", 1.5, text, null, ~, -3]"),
            Json::parse(R"([1, "1", true, "true", 1.5, "text", null, null, -3])"));
}

TEST(Yaml, KeepsTheTextOfWhatIsNotWrittenAsJsonWritesANumber) {
  for (const char* text : {"007", "1.50", "1e3", "+1", "0x10", ".5", "1_000", "inf", "nan", "-0"}) {
    EXPECT_EQ(LenientString(*ParseYaml(text)), text);
  }
}

TEST(Yaml, RefusesAKeyGivenTwiceWithItsPlace) {
  EXPECT_EQ(ParseYaml("a: 1\nb: 2\na: 3\n").error().message,
            "a key given twice at line 3, column 1");
}

TEST(Yaml, NeverQuotesTheText) {
  for (const char* text : {"hush: [", "{hush: 1, hush: 2}", "? [hush]\n: 1", "*hush"}) {
    const auto parsed = ParseYaml(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_THAT(parsed.error().message, testing::Not(testing::HasSubstr("hush")));
  }
}

TEST(Yaml, RefusesMoreThanItsLimit) {
  EXPECT_THAT(ParseYaml(std::string(kYamlBytesMax + 1, '#')).error().message,
              testing::HasSubstr("larger than"));
}

TEST(Yaml, RefusesAliasBombsAndDepth) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("a{}: &a{} [*a{}, *a{}, *a{}, *a{}, *a{}, *a{}, *a{}, *a{}]\n", i, i, i - 1,
                        i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
  }
  EXPECT_THAT(ParseYaml(bomb).error().message, testing::HasSubstr("too many values"));
  EXPECT_FALSE(ParseYaml(std::string(100, '[') + std::string(100, ']')).has_value());
  EXPECT_FALSE(ParseYaml(std::string(100'000, '[')).has_value());
}

TEST(Yaml, RefusesWhatIsNotYaml) {
  for (const char* text : {"a: b: c", "[", "? {a: b", "a: *nowhere", "a: 'b", "{a: b]"}) {
    EXPECT_FALSE(ParseYaml(text).has_value()) << text;
  }
}

TEST(Yaml, DoesNotStopAtANulByte) {
  EXPECT_THAT(ParseYaml(std::string("a: 1\n\0b: 2", 9)).error().message,
              testing::HasSubstr("NUL byte"));
}

}  // namespace
}  // namespace dtsop
