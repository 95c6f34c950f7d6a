// What gateways and proxies in front of DTS do to answers.
#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

class Gateway : public OperatorTest, public testing::WithParamInterface<const char*> {};

// The answers to a start and to a look at each job are spoiled once.
TEST_P(Gateway, ThatSpoilsAnAnswerDelaysAStartAndDoesNotRepeatIt) {
  for (const char* action : {"StartDtsJob", "DescribeDtsJobDetail", "DescribeDtsJobs"}) {
    Json fault = *ParseJson(GetParam());
    fault["action"] = action;
    dts().AddFault(fault);
  }
  OperatorProcess& process = Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders", seconds(120)));
  EXPECT_EQ(dts().StartsOf("orders"), 1);
  EXPECT_TRUE(process.Alive());
}

INSTANTIATE_TEST_SUITE_P(
    Faults, Gateway,
    testing::Values(R"({"effect": "interim"})", R"({"effect": "gzip"})",
                    R"({"effect": "error", "error": {"code": "Throttling", "httpStatus": 429,
                                         "retryAfter": "0"}})",
                    R"({"effect": "error", "error": {"code": "Throttling", "httpStatus": 429,
                                         "retryAfter": "2"}})",
                    R"({"effect": "error", "error": {"code": "Throttling", "httpStatus": 429,
                                         "retryAfter": "Sun, 06 Nov 1994 08:49:37 GMT"}})",
                    R"({"effect": "error", "error": {"code": "Throttling", "httpStatus": 429,
                                         "retryAfter": "soon"}})"));

}  // namespace
}  // namespace dtsop
