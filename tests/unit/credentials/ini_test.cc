#include "credentials/ini.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

// The value of `key` in section "s" after `text`.
std::optional<std::string> Value(const std::string& text, const std::string& key = "k") {
  const auto file = IniFile::Parse(text);
  return file ? file->Find("s", key) : std::nullopt;
}

TEST(Ini, AValueEndsAtItsLineOrItsComment) {
  for (const char* text :
       {"[s]\nk=v", "[s]\r\nk = v\r\n", "\xEF\xBB\xBF[s]\nk: v", "  [s] ; c\n\tk\t=\tv # c",
        "[s]\nk=v;c", "[s]\n# k=1\n; k=2\nk='v'", "[s]\nk=\"v\" ; c", "[s]\nk=1\nk=v",
        "[s]\nk=1\n[t]\nk=2\n[s]\nk=v", "k=1\n[s]\nk=v"}) {
    EXPECT_EQ(Value(text), "v") << text;
  }
}

TEST(Ini, OnlyOnePairOfQuotesIsTaken) {
  EXPECT_EQ(Value("[s]\nk=\"a\" \"b\""), "\"a\" \"b\"");
  EXPECT_EQ(Value("[s]\nk=''v''"), "''v''");
  EXPECT_EQ(Value("[s]\nk='"), "'");
  EXPECT_EQ(Value("[s]\nk=a=b:c"), "a=b:c");
  EXPECT_EQ(Value("[s]\nk="), "");
  EXPECT_EQ(Value("[s]\nk=#v"), "");
}

TEST(Ini, ASectionWithADotHasTheKeysOfTheOneBeforeIt) {
  const auto file = IniFile::Parse("top=0\n[a]\nk=1\nl=2\n[a.b.c]\nk=3");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->Find("a.b.c", "k"), "3");
  EXPECT_EQ(file->Find("a.b.c", "l"), "2");
  EXPECT_EQ(file->Find("a.b.c", "top"), std::nullopt);
  EXPECT_EQ(file->Find("DEFAULT", "top"), "0");
  EXPECT_TRUE(file->HasSection("a.b.c"));
  EXPECT_FALSE(file->HasSection("a.b"));
}

TEST(Ini, WhatIsWrongIsNamedByItsLineWithoutAnyValue) {
  for (const char* text : {"\n[hunter2", "\n[]", "\nhunter2", "\n=hunter2", "\n: hunter2"}) {
    const auto file = IniFile::Parse(text);
    ASSERT_FALSE(file) << text;
    EXPECT_THAT(file.error().message, HasSubstr("line 2: ")) << text;
    EXPECT_THAT(file.error().message, Not(HasSubstr("hunter2"))) << text;
  }
}

TEST(Ini, SyntaxThatIsNotReadHereIsTold) {
  for (const char* text : {"k=\"\"\"hunter2\"\"\"", "k=`hunter2`", "k=hunter2\\\nx",
                           "k=%(hunter2)s", "\"k\"=hunter2"}) {
    const auto file = IniFile::Parse(text);
    ASSERT_TRUE(file) << text;
    EXPECT_THAT(file->unread(), HasSubstr("line 1 holds ")) << text;
    EXPECT_THAT(file->unread(), Not(HasSubstr("hunter2"))) << text;
  }
}

}  // namespace
}  // namespace dtsop
