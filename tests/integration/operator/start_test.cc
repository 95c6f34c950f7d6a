// A DtsJob from its creation to Ready, and what a person sees of it.
#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class Starting : public OperatorTest {};

TEST_F(Starting, MakesExactlyOneCallAndBecomesReady) {
  Start();
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_EQ(dts().Calls("StartDtsJob").size(), 1U);
  EXPECT_EQ(dts().StartsOf("orders"), 1);

  const Json start = Member(GetJob("orders"), "status", "start");
  EXPECT_EQ(Member(start, "outcome"), "Succeeded");
  EXPECT_EQ(Member(start, "attempt"), 1);
  const Json call = dts().Calls("StartDtsJob").at(0);
  EXPECT_EQ(Member(start, "requestId"), Member(call, "requestId"));
  EXPECT_EQ(Member(start, "nonce"), Member(call, "nonce"));
}

TEST_F(Starting, IsSeenByKubectl) {
  Start();
  CreateJob("orders");
  const auto kubectl = [this](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"-n", space()});
    const CommandResult result = Envtest::Get().Kubectl(arguments, "", seconds(60));
    EXPECT_EQ(result.exit, 0) << result.err;
    return result.out;
  };
  kubectl({"wait", "--for=condition=Ready", "--timeout=50s", "dtsjob/orders"});
  const std::string table = kubectl({"get", "dtsjobs"});
  EXPECT_THAT(table, testing::ContainsRegex("DESIRED +JOB STATUS +READY +REASON +AGE")) << table;
  EXPECT_THAT(table,
              testing::ContainsRegex("orders +Running +(Initializing|[Ss]ynchronizing) +True +"
                                     "Running"));
  EXPECT_TRUE(Eventually([&] { return Events().size() >= 2; }));
  const std::string described = kubectl({"describe", "dtsjob", "orders"});
  EXPECT_THAT(described, HasSubstr("Started"));
  EXPECT_THAT(described, HasSubstr("DTS accepted StartDtsJob"));
}

TEST_F(Starting, LeavesARunningJobAlone) {
  Start();
  dts().AddJob("orders", {{"status", "Synchronizing"}});
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(dts().Calls("StartDtsJob").empty());
  EXPECT_EQ(Member(GetJob("orders"), "status", "start", "outcome"), "Adopted");
}

TEST_F(Starting, WatchesAllNamespacesUnlessToldOtherwise) {
  Start({"--watch-namespace="});
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
}

}  // namespace
}  // namespace dtsop
