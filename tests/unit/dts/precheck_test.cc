// What DescribePreCheckStatus says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dts/job_list.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;

tl::expected<PrecheckReport, CallFailure> Precheck(std::string body) {
  HttpResult result;
  result.status = 200;
  result.body = std::move(body);
  return DecodeReply(result).and_then(DecodePrecheck);
}

TEST(Precheck, NamesWhatFailedAndIsNotIgnored) {
  const char* json =
      R"({"Success":true,"HttpStatusCode":200,"Code":"01","State":"Failed","JobProgress":[)"
      R"({"Item":"CHECK_CONN_DEST","State":"Failed","ErrMsg":"CHECK__ERROR_SAME_OBJ",)"
      R"("ErrDetail":"CHECK__ERROR_SAME_OBJ_DETAIL","RepairMethod":"CHECK__ERROR_SAME_OBJ_REPAIR"},)"
      R"({"Item":"A","State":"Success"},{"Item":"B","State":"Warning","ErrMsg":"w","Skip":"false"},)"
      R"({"Item":"C","State":"Failed","Skip":"true"},{"Item":"D","State":"Failed","IgnoreFlag":"Y"},)"
      R"({"Names":"E","State":"Failed","ErrMsg":"same","ErrDetail":"same","IgnoreFlag":"N"}]})";
  const auto report = Precheck(json);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->state, "Failed");
  EXPECT_THAT(
      report->failed,
      ElementsAre(PrecheckItem{"CHECK_CONN_DEST", "Failed",
                               "CHECK__ERROR_SAME_OBJ: CHECK__ERROR_SAME_OBJ_DETAIL",
                               "CHECK__ERROR_SAME_OBJ_REPAIR"},
                  PrecheckItem{"E", "Failed", "same", ""}, PrecheckItem{"B", "Warning", "w", ""}));
  const auto xml = Precheck(
      "<R><Success>true</Success><Code>01</Code><State>Failed</State><JobProgress><Item>A</Item>"
      "<State>Failed</State></JobProgress></R>");
  ASSERT_TRUE(xml);
  EXPECT_THAT(xml->failed, ElementsAre(PrecheckItem{"A", "Failed", "", ""}));
}

TEST(Precheck, NamesTheSameItemsInTheSameOrder) {
  const auto failed = [](const std::string& items) {
    return Precheck(R"({"Success":true,"State":"Failed","JobProgress":[)" + items + "]}")->failed;
  };
  const std::string a = R"({"Item":"A","State":"Failed","ErrMsg":"m"})";
  const std::string b = R"({"Item":"B","State":"Failed","ErrMsg":"m"})";
  EXPECT_EQ(failed(a + "," + b), failed(b + "," + a));
}

TEST(Precheck, NeedsAState) {
  EXPECT_EQ(Precheck(R"({"Success":true,"State":"Checking"})")->failed.size(), 0U);
  EXPECT_EQ(Precheck(R"({"Success":true,"JobProgress":[]})").error().code,
            "Client.UnreadableAnswer");
}

}  // namespace
}  // namespace dtsop
