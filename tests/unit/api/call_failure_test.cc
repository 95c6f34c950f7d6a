#include "api/call_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/job_state.h"
#include "base/random.h"
#include "tests/support/legal_reason.h"

namespace dtsop {
namespace {

TEST(ReasonFromCode, JoinsThePartsOfACode) {
  EXPECT_EQ(ReasonFromCode("OperationDenied.NotPurchased"), "OperationDeniedNotPurchased");
  EXPECT_EQ(ReasonFromCode("InvalidTimeStamp.Expired"), "InvalidTimeStampExpired");
  EXPECT_EQ(ReasonFromCode("invalid_job-status x"), "InvalidJobStatusX");
  EXPECT_EQ(ReasonFromCode("ARREARAGE"), "ARREARAGE");
  EXPECT_EQ(ReasonFromCode("404.NotFound"), "Code404NotFound");
  EXPECT_EQ(ReasonFromCode(""), "UnknownError");
  EXPECT_EQ(ReasonFromCode("\xe9\x98\xbf..."), "UnknownError");
}

// An event's reason is bounded, too.
bool Legal(const std::string& reason) { return reason.size() <= 128 && IsLegalReason(reason); }

TEST(ReasonFromCode, IsLegalForEveryCodeThatSourcesName) {
  for (const char* code : {"Forbidden.InstanceNotFound",
                           "InvalidJobId",
                           "DTS.Msg.RamPermissionDenied",
                           "Forbidden.RAM",
                           "InvalidAccessKeyId.NotFound",
                           "SignatureDoesNotMatch",
                           "InvalidSecurityToken.Expired",
                           "InvalidTimeStamp.Format",
                           "SignatureNonceUsed",
                           "Throttling.User",
                           "Rejected.Throttling",
                           "OperationDenied.JobStatusModifying",
                           "ModifyDenied.JobStatusNotRunning",
                           "UpdateJob.OperationDenied.InitStatus",
                           "CheckJobFailed.ServerUnAvailable",
                           "SQLExecuteError",
                           "LXBuyError",
                           "ARREARAGE",
                           "DbTypeNotSupport.Source",
                           "InvalidParameter.KafkaBrokerInvalid",
                           "InvalidApi.NotFound",
                           "InvalidProtocol.NeedSsl",
                           "Client.Timeout"}) {
    EXPECT_TRUE(Legal(ReasonFromCode(code))) << code;
  }
}

TEST(ReasonFromCode, IsLegalAndStableForAnyBytes) {
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string code;
    for (uint64_t n = random.Below(200); n > 0; --n)
      code.push_back(static_cast<char>(random.Next()));
    const std::string reason = ReasonFromCode(code);
    ASSERT_TRUE(Legal(reason)) << reason;
    ASSERT_EQ(ReasonFromCode(code), reason);
  }
}

TEST(DescribeFailure, HoldsMessageCodeRequestIdAndRemedy) {
  CallFailure failure;
  failure.code = "A.B";
  EXPECT_EQ(DescribeFailure(failure), "DTS gave no message (A.B).");
  failure.message = "It failed. ";
  failure.request_id = "R1";
  failure.remedy = "Fix it.";
  EXPECT_EQ(DescribeFailure(failure), "It failed (A.B, RequestId R1). Fix it.");
}

TEST(JobState, ComparesWithoutCaseAndKnowsWhatRunsAndWhatCanBeStarted) {
  EXPECT_EQ(JobStateOf("synchronizing"), JobState::kRunning);
  EXPECT_EQ(JobStateOf("PREPRECHECK"), JobState::kUnknown);
  EXPECT_EQ(JobStateOf(""), JobState::kUnknown);
  for (const char* word : {"Suspending", "Finished", "Locked", "Prechecking", "Stopped", ""}) {
    EXPECT_FALSE(IsRunning(JobStateOf(word))) << word;
  }
  for (const char* word : {"Finished", "Locked", "Prechecking", "NotConfigured", "Normal", "Odd"}) {
    EXPECT_FALSE(IsStartable(JobStateOf(word))) << word;
  }
}

}  // namespace
}  // namespace dtsop
