// Credentials of the machine, from the metadata service at the address that it has on every ECS
// instance. It needs a network of its own, in which that address is the loopback's.
#include <sched.h>
#include <unistd.h>

#include "tests/integration/operator/operator_fixture.h"
#include "tests/integration/subprocess.h"

namespace dtsop {
namespace {

constexpr char kAddress[] = "100.100.100.200";

bool Ip(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"ip"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunCommand(argv, "", seconds(30)).exit == 0;
}

// Before this program starts anything: the API server and the operator are in that network too.
const bool in_own_network = geteuid() == 0 && unshare(CLONE_NEWNET) == 0 &&
                            Ip({"link", "set", "lo", "up"}) &&
                            Ip({"address", "add", fmt::format("{}/32", kAddress), "dev", "lo"});

TEST_F(OperatorTest, TheMetadataServiceIsAtItsAddress) {
  if (!in_own_network) GTEST_SKIP() << "only root may have a network of its own";
  UseDts(std::make_unique<DtsEndpoint>(std::string(kAddress) + ":80"));
  environment_ = {};
  Start({std::string("--dts-endpoint=http://") + kAddress});
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders")) << ReadyMessage("orders");
  for (const Json& call : dts().Calls("StartDtsJob")) {
    EXPECT_EQ(Member(call, "verdict"), "accepted") << DumpJson(call);
  }
}

}  // namespace
}  // namespace dtsop
