// Nothing happens, and nothing is written.
#include <map>
#include <thread>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

constexpr size_t kQuietJobs = 20;
// Several polls of DTS per job, whose interval is the shortest that there is.
constexpr Duration kQuiet = seconds(35);

class Quiescence : public OperatorTest {
 protected:
  // The resourceVersion of everything that the operator may write, but the Lease.
  std::map<std::string, std::string> Versions() {
    std::map<std::string, std::string> versions;
    const Json jobs = Api().Get(JobPath());
    for (const Json& job : Member(jobs, "items")) {
      versions[StringOr(Member(job, "metadata", "name"))] =
          StringOr(Member(job, "metadata", "resourceVersion"));
    }
    for (const Json& event : Events()) {
      versions["event " + StringOr(Member(event, "metadata", "name"))] =
          StringOr(Member(event, "metadata", "resourceVersion"));
    }
    return versions;
  }
};

TEST_F(Quiescence, OfSettledJobsMeansNoWriteButRenewalsOfTheLease) {
  dts().AddJob("stalled", {{"purchased", false}});
  dts().AddJob("prechecked", {{"precheck", "fail"}});
  Start();
  for (size_t i = 0; i < kQuietJobs - 2; ++i) {
    CreateJob(fmt::format("job-{}", i), {{"pollInterval", "10s"}});
  }
  CreateJob("stalled", {{"pollInterval", "10s"}});
  CreateJob("prechecked", {{"pollInterval", "10s"}});
  for (size_t i = 0; i < kQuietJobs - 2; ++i) {
    const std::string name = fmt::format("job-{}", i);
    EXPECT_TRUE(BecomesReady(name));
    // The initial load is over, and the operator has seen it.
    EXPECT_TRUE(
        Eventually([&] { return Member(GetJob(name), "status", "jobStatus") == "Synchronizing"; },
                   seconds(30)));
  }
  EXPECT_TRUE(Becomes("stalled", "False", "OperationDeniedNotPurchased"));
  EXPECT_TRUE(Becomes("prechecked", "False", "PrecheckFailed"));
  const auto before = Versions();
  const size_t pages = dts().Calls("DescribeDtsJobs").size();
  const size_t single = dts().Calls("DescribeDtsJobDetail").size();
  const size_t prechecks = dts().Calls("DescribePreCheckStatus").size();
  // This is no synchronisation: that nothing happens for a while is the behaviour under test.
  std::this_thread::sleep_for(kQuiet);
  EXPECT_EQ(Versions(), before);
  // All jobs are on one page.
  EXPECT_GE(dts().Calls("DescribeDtsJobs").size(), pages + 2);
  EXPECT_LE(dts().Calls("DescribeDtsJobs").size(), pages + 10);
  EXPECT_LE(dts().Calls("DescribeDtsJobDetail").size(), single + kQuietJobs);
  EXPECT_EQ(dts().Calls("DescribePreCheckStatus").size(), prechecks);
}

}  // namespace
}  // namespace dtsop
