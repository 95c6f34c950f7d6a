// StartDtsJob calls that DTS, or what stands in front of it, refuses.
#include "tests/unit/effects/pass_fixture.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RefusedStart : public Pass {
 protected:
  RefusedStart() { words_["cn-hangzhou"] = "NotStarted"; }
  void Refuse(int status, const std::string& code, HttpHeaders headers = {}) {
    HttpResult refusal;
    refusal.status = status;
    refusal.body = R"({"RequestId":"R9","Message":"no","Code":")" + code + "\"}";
    refusal.headers = std::move(headers);
    refused_starts_.push_back(std::move(refusal));
  }
  // The looks between the first StartDtsJob and the second.
  int64_t LooksBetween() const {
    const auto is_start = [](const auto& call) { return call.first == "StartDtsJob"; };
    const auto first = std::find_if(all_calls_.begin(), all_calls_.end(), is_start);
    const auto second = std::find_if(std::next(first), all_calls_.end(), is_start);
    EXPECT_NE(second, all_calls_.end());
    return std::distance(first, second) - 1;
  }
};

TEST_F(RefusedStart, IsFollowedByALookBeforeTheNextCall) {
  for (const char* code : {"ServiceUnavailable", "InvalidJobStatus", "IllegalTimestamp"}) {
    words_["cn-hangzhou"] = "NotStarted";
    all_calls_.clear();
    Refuse(400, code);
    object_["spec"]["pollInterval"] = "5m";
    object_["metadata"]["uid"] = code;
    object_.erase("status");
    Changed();
    Run(minutes(2));
    ASSERT_THAT(TimesOf("StartDtsJob"), SizeIs(2)) << code;
    EXPECT_GE(LooksBetween(), 1) << code;
    EXPECT_LT(TimesOf("StartDtsJob")[1] - TimesOf("StartDtsJob")[0], seconds(20)) << code;
  }
}

TEST_F(RefusedStart, OfAnUnknownCodeIsSettledByLookingAndTriedAgainLater) {
  Refuse(400, "Brand.New");
  Run(seconds(20));
  EXPECT_EQ(Conditions(), "StartOutcomePending: Ready=False Reconciling=True Synced=False");
  EXPECT_EQ(Member(object_, "status", "lastError", "errCode"), "Brand.New");
  Run(minutes(2));
  const auto starts = TimesOf("StartDtsJob");
  ASSERT_THAT(starts, SizeIs(2));
  EXPECT_GE(starts[1] - starts[0], kSettle);
  EXPECT_GE(LooksBetween(), 2);
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
  EXPECT_EQ(Member(object_, "status", "start", "attempt"), 1);
}

TEST_F(RefusedStart, OfAnUnknownCodeThatWorkedAllTheSameIsNotRepeated) {
  Refuse(400, "Brand.New");
  Run(seconds(5));
  ASSERT_THAT(TimesOf("StartDtsJob"), SizeIs(1));
  words_["cn-hangzhou"] = "Synchronizing";
  Run(seconds(20));
  words_["cn-hangzhou"] = "Failed";
  Run(minutes(5));
  EXPECT_THAT(TimesOf("StartDtsJob"), SizeIs(1));
  EXPECT_EQ(Member(object_, "status", "start", "outcome"), "Succeeded");
}

// It is not given up after three attempts, as one that gets no answer is: DTS may learn or forget.
TEST_F(RefusedStart, OfAnUnknownCodeIsNeverGivenUp) {
  for (int i = 0; i < 5; ++i) Refuse(400, "Brand.New");
  Run(minutes(20));
  EXPECT_THAT(TimesOf("StartDtsJob"), SizeIs(6));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(RefusedStart, ThatIsThrottledWithoutAHintIsRepeatedAfterFifteenSeconds) {
  Refuse(400, "Throttling.User");
  Run(minutes(1));
  const auto starts = TimesOf("StartDtsJob");
  ASSERT_THAT(starts, SizeIs(2));
  EXPECT_GE(starts[1] - starts[0], seconds(15));
  EXPECT_LE(starts[1] - starts[0], seconds(20));
}

TEST_F(RefusedStart, ThatIsThrottledIsRepeatedWhenDtsSaid) {
  Refuse(400, "Throttling.User", {{"x-ratelimit-user", "TimeLeft:3000"}});
  Run(minutes(1));
  const auto starts = TimesOf("StartDtsJob");
  ASSERT_THAT(starts, SizeIs(2));
  EXPECT_GE(starts[1] - starts[0], seconds(3));
  EXPECT_LE(starts[1] - starts[0], seconds(6));
}

// The gateway has let nothing through: there is nothing to settle.
TEST_F(RefusedStart, ByAGatewayIsNotPendingAndRepeatedWhenItSaid) {
  for (const char* body :
       {"<html>slow down</html>", "", R"({"message":"API rate limit exceeded"})"}) {
    words_["cn-hangzhou"] = "NotStarted";
    all_calls_.clear();
    HttpResult refusal;
    refusal.status = 429;
    refusal.body = body;
    refusal.headers = {{"Retry-After", "8"}};
    refused_starts_.push_back(refusal);
    object_["metadata"]["uid"] = std::string("u") + body;
    object_.erase("status");
    Changed();
    Run(seconds(5));
    EXPECT_EQ(Conditions(), "ClientTooManyRequests: Ready=False Reconciling=True Synced=False");
    EXPECT_EQ(Member(object_, "status", "start", "outcome"), "Rejected");
    Run(seconds(30));
    const auto starts = TimesOf("StartDtsJob");
    ASSERT_THAT(starts, SizeIs(2)) << body;
    EXPECT_GE(starts[1] - starts[0], seconds(8));
    EXPECT_LE(starts[1] - starts[0], seconds(14));
  }
}

// One write that tells what was refused, and why; the look that follows adds nothing.
TEST_F(RefusedStart, CostsOneWrite) {
  Run(Duration{0});
  writes_ = 0;
  Refuse(403, "OperationDenied.NotPurchased");
  Run(minutes(5));
  EXPECT_EQ(Conditions(), "OperationDeniedNotPurchased: Ready=False Stalled=True Synced=False");
  EXPECT_LE(writes_, 2);
}

}  // namespace
}  // namespace dtsop
