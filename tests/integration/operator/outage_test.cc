// A DTS that does not answer, and codes that only a site knows.
#include <fstream>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class Outage : public OperatorTest {};

TEST_F(Outage, OfDtsIsShownCostsFewCallsAndEndsForAllAtOnce) {
  constexpr int kJobs = 40;
  dts().AddFault({{"count", 0}, {"effect", "error"}, {"error", {{"code", "ServiceUnavailable"}}}});
  Start({"--dts-start-qps=100"});
  for (int i = 0; i < kJobs; ++i) CreateJob(fmt::format("job-{}", i));
  for (int i = 0; i < kJobs; ++i) {
    EXPECT_TRUE(Becomes(fmt::format("job-{}", i), "Unknown", "ServiceUnavailable"));
  }
  EXPECT_TRUE(ConditionOf("job-0", "Stalled").is_null());
  const size_t calls =
      dts().Calls("DescribeDtsJobDetail").size() + dts().Calls("DescribeDtsJobs").size();
  EXPECT_LE(calls, static_cast<size_t>(kJobs / 2));
  dts().Control("DELETE", "/faults");
  // A probe is made every 5 seconds at most.
  EXPECT_TRUE(BecomesReady("job-0", seconds(20)));
  for (int i = 0; i < kJobs; ++i) {
    EXPECT_TRUE(BecomesReady(fmt::format("job-{}", i), seconds(20)));
    EXPECT_EQ(dts().StartsOf(fmt::format("job-{}", i)), 1);
  }
}

TEST_F(Outage, OrNotIsForAFileOfErrorRulesToSay) {
  const std::string path = Envtest::Get().directory() + "/" + space() + ".rules";
  std::ofstream(path) << R"([{code: "Site.Full", class: Billing, remedy: "Ask the site's team."}])";
  dts().AddJob("orders");
  dts().AddFault({{"action", "StartDtsJob"},
                  {"count", 0},
                  {"effect", "error"},
                  {"error", {{"code", "Site.Full"}, {"httpStatus", 403}}}});
  Start({"--error-table=" + path});
  CreateJob("orders");
  EXPECT_TRUE(Becomes("orders", "False", "SiteFull"));
  EXPECT_FALSE(ConditionOf("orders", "Stalled").is_null());
  EXPECT_THAT(ReadyMessage("orders"), HasSubstr("Ask the site's team."));
}

}  // namespace
}  // namespace dtsop
