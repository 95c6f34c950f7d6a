#include "app/own_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace dtsop {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ManualClock final : public Clock {
 public:
  Now Read() const override { return now; }
  Now now{MonoTime(hours(1)), WallTime(seconds(1'800'000'000))};
};

class Own : public ::testing::Test {
 protected:
  OwnCredentials Make(std::string path) {
    return {std::move(path),
            [this](const std::string& name) -> std::optional<std::string> {
              const auto at = env_.find(name);
              return at == env_.end() ? std::nullopt : std::optional(at->second);
            },
            [this](const std::string&) -> Result<std::optional<std::string>> {
              ++reads_;
              return file_;
            },
            clock_};
  }
  std::map<std::string, std::string> env_;
  Result<std::optional<std::string>> file_ = std::nullopt;
  int reads_ = 0;
  ManualClock clock_;
};

TEST_F(Own, ComeFromTheEnvironmentWithoutAFile) {
  OwnCredentials own = Make("");
  EXPECT_THAT(own.Get().error().message, HasSubstr("ALIBABA_CLOUD_ACCESS_KEY_ID"));
  env_ = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI\n"},
          {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s3cret"},
          {"ALIBABA_CLOUD_SECURITY_TOKEN", "token"}};
  const auto keys = own.Get();
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->access_key_id, "LTAI");
  EXPECT_EQ(keys->security_token.Reveal(), "token");
  EXPECT_EQ(reads_, 0);
}

TEST_F(Own, ComeFromYamlOrJson) {
  OwnCredentials own = Make("/keys");
  for (const char* text : {"accessKeyId: LTAI\naccessKeySecret: s3cret\n",
                           R"({"accessKeyId":"LTAI","accessKeySecret":"s3cret"})"}) {
    file_ = text;
    const auto keys = own.Get();
    ASSERT_TRUE(keys) << text;
    EXPECT_EQ(keys->access_key_id, "LTAI");
    EXPECT_TRUE(keys->security_token.empty());
    clock_.now.mono += seconds(11);
  }
}

TEST_F(Own, AChangedFileIsReadWithinTenSecondsAndNotMoreOften) {
  file_ = "{accessKeyId: A, accessKeySecret: s}";
  OwnCredentials own = Make("/keys");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(own.Get()->access_key_id, "A");
  EXPECT_EQ(reads_, 1);
  file_ = "{accessKeyId: B, accessKeySecret: s}";
  clock_.now.mono += seconds(10);
  EXPECT_EQ(own.Get()->access_key_id, "B");
}

TEST_F(Own, AFileThatGoesAwayOrBreaksDoesNotTakeThemAway) {
  file_ = "{accessKeyId: A, accessKeySecret: s}";
  OwnCredentials own = Make("/keys");
  ASSERT_TRUE(own.Get());
  for (const Result<std::optional<std::string>>& broken :
       {Result<std::optional<std::string>>(std::nullopt),
        Result<std::optional<std::string>>(Fail("I/O error")),
        Result<std::optional<std::string>>("{: [")}) {
    file_ = broken;
    clock_.now.mono += seconds(11);
    EXPECT_TRUE(own.Get());
  }
}

TEST_F(Own, WhatIsWrongIsNamedWithoutAnyValue) {
  OwnCredentials own = Make("/keys");
  EXPECT_THAT(own.Get().error().message, HasSubstr("/keys"));
  for (const char* text :
       {"accessKeyId: LTAI\n", "accessKeyId: LTAI\naccessKeySecret: ''\n", "[]", "7",
        "accessKeyId: LTAI\naccessKeySecret: \"hunter2\\nX-Evil: 1\"\n",
        "accessKeyId: LTAI\naccessKeySecret: s\nsecurityToken: \"hunter2 x\"\n"}) {
    file_ = text;
    clock_.now.mono += seconds(11);
    const auto keys = own.Get();
    ASSERT_FALSE(keys) << text;
    EXPECT_THAT(keys.error().message, HasSubstr("/keys"));
    EXPECT_THAT(keys.error().message, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace dtsop
