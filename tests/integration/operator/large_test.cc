// DtsJobs as large as etcd takes, and many of them: 12, or as many as LARGE_DTSJOBS says.
#include <cstdlib>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

constexpr double kMiB = 1024 * 1024;

class LargeDtsJobs : public OperatorTest {
 protected:
  // About 1.5 MB as the API server sends it: labels, and managedFields that name each of them.
  void CreateLarge(const std::string& name) {
    static const Json labels = [] {
      Json all = Json::object();
      for (int i = 0; i < 7500; ++i) {
        all[fmt::format("example.com/{:0>50}", i)] = std::string(63, 'x');
      }
      return all;
    }();
    dts().AddJob(name);
    Api().Must("POST", JobPath(),
               {{"apiVersion", "dts.aliyun.com/v1alpha1"},
                {"kind", "DtsJob"},
                {"metadata", {{"name", name}, {"labels", labels}}},
                {"spec", {{"dtsJobId", name}}}});
  }
};

TEST_F(LargeDtsJobs, AreListedWatchedAndStartedInBoundedMemory) {
  const char* given = std::getenv("LARGE_DTSJOBS");
  const int count = given == nullptr ? 12 : std::atoi(given);
  for (int i = 0; i < count; ++i) CreateLarge(fmt::format("job-{}", i));
  EXPECT_GT(GetJob("job-0").dump().size(), 1'500'000U);
  // AddressSanitizer keeps back what was freed.
  environment_.emplace_back("ASAN_OPTIONS=quarantine_size_mb=1");
  OperatorProcess& process = Start();
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(BecomesReady(fmt::format("job-{}", i), seconds(180)));
    EXPECT_EQ(dts().StartsOf(fmt::format("job-{}", i)), 1);
  }
  const double listed = static_cast<double>(process.PeakMemoryBytes()) / kMiB;
  // And by the watch.
  for (int i = 0; i < 3; ++i) CreateLarge(fmt::format("new-{}", i));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(BecomesReady(fmt::format("new-{}", i)));
  PatchJob("job-1", {{"spec", {{"desiredState", "Suspended"}}}});
  EXPECT_TRUE(Becomes("job-1", "True", "Suspended"));
  const double watched = static_cast<double>(process.PeakMemoryBytes()) / kMiB;
  fmt::print("{} DtsJobs of 1.5 MB: at most {:.0f} MiB once listed, {:.0f} MiB later\n", count,
             listed, watched);
  EXPECT_LE(watched, 128) << "MiB";
  EXPECT_TRUE(process.Alive());
}

}  // namespace
}  // namespace dtsop
