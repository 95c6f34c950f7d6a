#include "app/error_table_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dtsop {
namespace {

using ::testing::HasSubstr;

constexpr char kBilling[] = "- {code: Brand.New, class: Billing, remedy: Pay.}";
constexpr char kPermission[] = "- {code: Brand.New, class: Permission, remedy: Ask.}";

class ErrorFile : public ::testing::Test, public Clock {
 protected:
  Now Read() const override { return now_; }

  ErrorClass ClassNow() { return file_.Get()->RuleFor("Brand.New", 400).error_class; }
  ErrorClass ClassAfter(Duration passed) {
    now_.mono += passed;
    return ClassNow();
  }

  Now now_{MonoTime(hours(1)), WallTime()};
  Result<std::optional<std::string>> text_ = std::nullopt;
  std::vector<std::pair<LogLevel, std::string>> log_;
  ErrorTableFile file_{"/etc/errors.yaml",
                       [this](const std::string& path) {
                         EXPECT_EQ(path, "/etc/errors.yaml");
                         return text_;
                       },
                       *this,
                       [this](LogLevel level, std::string_view message, const LogFields& fields) {
                         std::string line(message);
                         for (const auto& [name, value] : fields) line += " " + value;
                         log_.emplace_back(level, line);
                       }};
};

TEST_F(ErrorFile, IsReadAgainWhenItChanges) {
  text_ = kBilling;
  EXPECT_EQ(ClassNow(), ErrorClass::kBilling);
  text_ = kPermission;
  EXPECT_EQ(ClassAfter(seconds(9)), ErrorClass::kBilling) << "not read all the time";
  EXPECT_EQ(ClassAfter(seconds(1)), ErrorClass::kPermission);
  text_ = "";
  EXPECT_EQ(ClassAfter(seconds(10)), ErrorClass::kUnknown);
  EXPECT_EQ(log_.size(), 3U);
  EXPECT_EQ(log_[0].first, LogLevel::kInfo);
}

TEST_F(ErrorFile, ThatIsWrongOrMissingChangesNothingAndIsToldOnce) {
  EXPECT_EQ(ClassNow(), ErrorClass::kUnknown) << "the built-in table";
  EXPECT_THAT(log_.back().second, HasSubstr("/etc/errors.yaml does not exist"));
  text_ = kBilling;
  EXPECT_EQ(ClassAfter(seconds(10)), ErrorClass::kBilling);
  text_ = "- {code: Brand.New, class: Bill, remedy: r}";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ClassAfter(seconds(10)), ErrorClass::kBilling);
  ASSERT_EQ(log_.size(), 3U);
  EXPECT_EQ(log_[2].first, LogLevel::kWarn);
  EXPECT_THAT(log_[2].second, HasSubstr("entry 1"));
  text_ = Fail("no rights");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ClassAfter(seconds(10)), ErrorClass::kBilling);
  ASSERT_EQ(log_.size(), 4U);
  EXPECT_THAT(log_[3].second, HasSubstr("no rights"));
}

TEST_F(ErrorFile, IsNotLookedForWithoutAName) {
  ErrorTableFile none(
      "",
      [](const std::string&) -> Result<std::optional<std::string>> {
        ADD_FAILURE() << "read a file";
        return std::nullopt;
      },
      *this, nullptr);
  EXPECT_EQ(none.Get()->own_rules(), 0U);
}

}  // namespace
}  // namespace dtsop
