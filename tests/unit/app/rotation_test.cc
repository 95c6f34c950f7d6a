#include "app/rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "app/error_table_file.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Rotations : public ::testing::Test, public Clock {
 protected:
  Now Read() const override { return now_; }

  FileReader Reader() {
    return [this](const std::string& path) -> Result<std::optional<std::string>> {
      const auto found = texts_.find(path);
      return found == texts_.end() ? std::nullopt : std::optional(found->second);
    };
  }
  void LookAfter(Duration passed) {
    now_.mono += passed;
    rotation_.Look();
  }
  const std::string& LastLine() const { return log_.back().second; }

  Now now_{MonoTime(hours(1)), WallTime()};
  std::map<std::string, std::string> texts_;
  std::vector<std::pair<LogLevel, std::string>> log_;
  Rotation rotation_{*this,
                     [this](LogLevel level, std::string_view message, const LogFields& fields) {
                       std::string line(message);
                       for (const auto& [name, value] : fields) line += " " + value;
                       log_.emplace_back(level, line);
                     }};
};

class TwoFiles : public Rotations {
 protected:
  void SetUp() override {
    texts_ = {{"/cert", "1"}, {"/key", "1"}};
    rotation_.Add("pair", files_, [this](const FileReader& read) -> Result<bool> {
      const std::string cert = read("/cert")->value_or("");
      const std::string key = read("/key")->value_or("");
      if (cert != key) return Fail("the key does not fit");
      return std::exchange(in_use_, cert) != cert;
    });
    rotation_.Look();
  }

  WatchedFiles files_{Reader()};
  std::string in_use_;
};

TEST_F(TwoFiles, AreUsedWithinTenSecondsOfTheirChange) {
  EXPECT_EQ(in_use_, "1");
  EXPECT_THAT(LastLine(), AllOf(HasSubstr("pair"), HasSubstr("/cert, /key")));
  texts_ = {{"/cert", "2"}, {"/key", "2"}};
  LookAfter(seconds(9));
  EXPECT_EQ(in_use_, "1") << "files are not read all the time";
  LookAfter(seconds(1));
  EXPECT_EQ(in_use_, "2");
  EXPECT_EQ(log_.size(), 2U);
  for (int i = 0; i < 5; ++i) LookAfter(seconds(10));
  EXPECT_EQ(log_.size(), 2U);
  EXPECT_EQ(log_[1].first, LogLevel::kInfo);
}

TEST_F(TwoFiles, OfWhichOnlyOneHasChangedYetStayAsTheyWereAndAreToldOnce) {
  texts_["/cert"] = "2";
  for (int i = 0; i < 5; ++i) LookAfter(seconds(10));
  EXPECT_EQ(in_use_, "1");
  ASSERT_EQ(log_.size(), 2U);
  EXPECT_EQ(log_[1].first, LogLevel::kWarn);
  EXPECT_THAT(LastLine(),
              AllOf(HasSubstr(" /cert the key does not fit"), HasSubstr("stays in use")));
  texts_["/key"] = "2";
  LookAfter(seconds(10));
  EXPECT_EQ(in_use_, "2");
  EXPECT_EQ(log_.size(), 3U);
}

TEST_F(TwoFiles, ThatGoBackToWhatIsInUseAreNoNews) {
  texts_["/cert"] = "2";
  LookAfter(seconds(10));
  texts_["/cert"] = "1";
  LookAfter(seconds(10));
  EXPECT_EQ(in_use_, "1");
  EXPECT_EQ(log_.size(), 2U);
}

TEST_F(TwoFiles, ThatAreMissingForAWhileStayInUse) {
  texts_.clear();
  texts_["/key"] = "1";
  LookAfter(seconds(10));
  EXPECT_EQ(in_use_, "1");
  texts_ = {{"/cert", "3"}, {"/key", "3"}};
  LookAfter(seconds(10));
  EXPECT_EQ(in_use_, "3");
}

TEST_F(Rotations, OfTheErrorTable) {
  ErrorTableFile file("/errors", Reader());
  ErrorTableFile none("", Reader());
  file.AddTo(&rotation_);
  none.AddTo(&rotation_);
  const auto class_now = [&] { return file.Get()->RuleFor("Brand.New", 400).error_class; };
  LookAfter(seconds(0));
  EXPECT_EQ(class_now(), ErrorClass::kUnknown) << "the built-in table";
  EXPECT_THAT(LastLine(), AllOf(HasSubstr("error table"), HasSubstr("/errors does not exist")));
  texts_["/errors"] = "- {code: Brand.New, class: Billing, remedy: Pay.}";
  LookAfter(seconds(10));
  EXPECT_EQ(class_now(), ErrorClass::kBilling);
  texts_["/errors"] = "- {code: Brand.New, class: Bill, remedy: r}";
  for (int i = 0; i < 3; ++i) LookAfter(seconds(10));
  EXPECT_EQ(class_now(), ErrorClass::kBilling);
  ASSERT_EQ(log_.size(), 3U);
  EXPECT_THAT(LastLine(), HasSubstr("entry 1"));
  texts_["/errors"] = "";
  LookAfter(seconds(10));
  EXPECT_EQ(class_now(), ErrorClass::kUnknown);
}

}  // namespace
}  // namespace dtsop
