// What DTS refuses, in each of its ways of saying so, and what the DtsJob then shows.
#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

struct Refusal {
  std::string name;  // of the DtsJob and the job
  Json error;
  std::string reason;
  std::string message;  // what Ready's message contains
  bool needs_person;
};

// The table of errors on the page of StartDtsJob.
const std::vector<Refusal>& PageOfStartDtsJob() {
  static const std::vector<Refusal> all = {
      {"not-purchased",
       {{"code", "OperationDenied.NotPurchased"}, {"httpStatus", 403}},
       "OperationDeniedNotPurchased",
       "Purchase the DTS instance",
       true},
      {"unavailable",
       {{"code", "ServiceUnavailable"}, {"httpStatus", 500}},
       "ServiceUnavailable",
       "It is tried again by itself",
       false},
      {"invalid",
       {{"code", "InvalidParameter"},
        {"httpStatus", 400},
        {"message", "The Value of Input Parameter %s is not valid"},
        {"dynamicMessage", "DtsInstanceId"}},
       "InvalidParameter",
       "The Value of Input Parameter DtsInstanceId is not valid",
       true},
      {"internal",
       {{"code", "InternalError"}, {"httpStatus", 500}},
       "StartOutcomePending",
       "StartDtsJob (attempt 1) got no usable answer",
       false},
  };
  return all;
}

class Errors : public OperatorTest {
 protected:
  void RefuseAndCreate(const Refusal& refusal, const std::string& shape) {
    Json error = refusal.error;
    error["shape"] = shape;
    dts().AddJob(refusal.name);
    dts().AddFault({{"action", "StartDtsJob"},
                    {"jobId", refusal.name},
                    {"count", 0},
                    {"effect", "error"},
                    {"error", error}});
    CreateJob(refusal.name);
  }

  void ExpectAllOfThePage(const std::string& shape) {
    for (const Refusal& refusal : PageOfStartDtsJob()) RefuseAndCreate(refusal, shape);
    for (const Refusal& refusal : PageOfStartDtsJob()) {
      EXPECT_TRUE(Becomes(refusal.name, "False", refusal.reason)) << shape;
      EXPECT_THAT(ReadyMessage(refusal.name), HasSubstr(refusal.message)) << shape;
      EXPECT_EQ(!ConditionOf(refusal.name, "Stalled").is_null(), refusal.needs_person)
          << refusal.name << " in shape " << shape;
      const Json last = Member(GetJob(refusal.name), "status", "lastError");
      EXPECT_EQ(Member(last, "errCode"), refusal.error["code"]) << shape;
      EXPECT_EQ(Member(last, "httpStatusCode"), refusal.error["httpStatus"]) << shape;
      EXPECT_NE(StringOr(Member(last, "requestId")), "") << shape;
      EXPECT_EQ(dts().StartsOf(refusal.name), 0);
    }
  }
};

TEST_F(Errors, OfThePageOfStartDtsJobAreShownFromTheShapeOfTheService) {
  Start();
  ExpectAllOfThePage("service");
  const Json last = Member(GetJob("invalid"), "status", "lastError");
  EXPECT_EQ(Member(last, "errMessage"), "The Value of Input Parameter %s is not valid");
  EXPECT_EQ(Member(last, "dynamicMessage"), "DtsInstanceId");
  EXPECT_EQ(Member(last, "message"), "The Value of Input Parameter DtsInstanceId is not valid");
}

TEST_F(Errors, OfThePageOfStartDtsJobAreShownFromBothShapesAtOnceAndWithSignatureV1) {
  Start({"--signature=v1"});
  ExpectAllOfThePage("both");
  EXPECT_EQ(Member(dts().Calls("StartDtsJob").at(0), "signature"), "v1");
}

TEST_F(Errors, AreReadFromXmlFromHttp200AndFromTheShapeOfTheGateway) {
  dts().Control("PATCH", "/behaviour", {{"format", "XML"}, {"serviceErrorsAsHttp200", true}});
  Start();
  RefuseAndCreate(PageOfStartDtsJob()[0], "gateway");
  RefuseAndCreate(PageOfStartDtsJob()[2], "service");
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(Becomes("not-purchased", "False", "OperationDeniedNotPurchased"));
  EXPECT_TRUE(Becomes("invalid", "False", "InvalidParameter"));
  EXPECT_THAT(ReadyMessage("invalid"),
              HasSubstr("The Value of Input Parameter DtsInstanceId is not valid"));
  EXPECT_EQ(Member(dts().Calls("StartDtsJob").at(0), "signature"), "acs3");
}

TEST_F(Errors, ThatPassAreWaitedOutAndThenTheJobStartsOnce) {
  dts().AddJob("orders");
  dts().AddFault({{"action", "StartDtsJob"},
                  {"count", 2},
                  {"effect", "error"},
                  {"error", {{"code", "Throttling.User"}, {"timeLeft", "500ms"}}}});
  Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_EQ(dts().StartsOf("orders"), 1);
  EXPECT_TRUE(Member(GetJob("orders"), "status", "lastError").is_null());
}

TEST_F(Errors, ThatNeedAPersonAreTriedAgainWhenAsked) {
  dts().AddJob("orders", {{"purchased", false}});
  Start();
  CreateJob("orders");
  EXPECT_TRUE(Becomes("orders", "False", "OperationDeniedNotPurchased"));
  dts().Control("PATCH", "/jobs/orders", {{"purchased", true}});
  PatchJob("orders",
           {{"metadata", {{"annotations", {{"dts.aliyun.com/reconcile-requested-at", "now"}}}}}});
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_EQ(dts().StartsOf("orders"), 1);
  EXPECT_EQ(Member(GetJob("orders"), "status", "lastHandledReconcileAt"), "now");
}

TEST_F(Errors, OfAFailedPrecheckNameWhatDtsSays) {
  dts().AddJob("orders", {{"precheck", "fail"}, {"precheckDuration", "100ms"}});
  Start();
  CreateJob("orders");
  EXPECT_TRUE(Becomes("orders", "False", "PrecheckFailed"));
  EXPECT_THAT(ReadyMessage("orders"), HasSubstr("CHECK_CONN_SRC (DTS-070211"));
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 1U);
  const Json failed = Member(GetJob("orders"), "status", "precheck")["failedItems"];
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0]["item"], "CHECK_CONN_SRC");
  EXPECT_EQ(failed[0]["result"], "Failed");
  EXPECT_THAT(StringOr(failed[0]["reason"]), HasSubstr("DTS-070211"));
  EXPECT_EQ(failed[0]["repairMethod"], "CHECK_ERROR_DB_CONN_REPAIR1");
  // The cause is fixed.
  dts().Control("PATCH", "/jobs/orders", {{"precheck", "pass"}});
  PatchJob("orders", {{"spec", {{"desiredState", "Suspended"}}}});
  EXPECT_TRUE(Becomes("orders", "False", "PrecheckFailed"));
  PatchJob("orders", {{"spec", {{"desiredState", "Running"}}}});
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(Member(GetJob("orders"), "status", "precheck").is_null());
}

TEST_F(Errors, OfAPrecheckAreLessPreciseWithoutTheRightToReadThem) {
  dts().AddFault({{"action", "DescribePreCheckStatus"},
                  {"count", 0},
                  {"effect", "error"},
                  {"error", {{"code", "Forbidden.RAM"}, {"httpStatus", 403}}}});
  dts().AddJob("orders", {{"precheck", "fail"}, {"precheckDuration", "100ms"}});
  Start();
  CreateJob("orders", {{"pollInterval", "10s"}});
  EXPECT_TRUE(Becomes("orders", "False", "PrecheckFailed"));
  EXPECT_THAT(ReadyMessage("orders"), HasSubstr("DTS-070211"));
  EXPECT_TRUE(Member(GetJob("orders"), "status", "precheck").is_null());
  EXPECT_EQ(dts().Calls("DescribePreCheckStatus").size(), 1U);
}

}  // namespace
}  // namespace dtsop
