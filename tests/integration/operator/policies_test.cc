// The fields that say how a job is to be treated, on a real API server.
#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class Policies : public OperatorTest {
 protected:
  // Somebody acts in the console.
  void Console(const std::string& job, const std::string& status) {
    dts().Control("PATCH", "/jobs/" + job, {{"status", status}});
  }
  static std::string NameOf(std::string word) {
    for (char& letter : word) letter = static_cast<char>(std::tolower(letter));
    return word;
  }
  size_t Acts() {
    return dts().Calls("StartDtsJob").size() + dts().Calls("SuspendDtsJob").size() +
           dts().Calls("StopDtsJob").size();
  }
};

TEST_F(Policies, AFleetIsAdoptedWithoutTouchingIt) {
  const std::vector<std::string> kWords = {"NotStarted", "Synchronizing", "Suspending", "Stopped"};
  for (const std::string& word : kWords) {
    dts().AddJob(word, {{"status", word}});
    CreateJob(NameOf(word),
              {{"dtsJobId", word}, {"desiredState", "Unmanaged"}, {"pollInterval", "10s"}});
  }
  dts().AddJob("Failed", {{"status", "Failed"}});
  CreateJob("failed", {{"dtsJobId", "Failed"}, {"desiredState", "Unmanaged"}});
  Start();
  for (const std::string& word : kWords) {
    EXPECT_TRUE(Becomes(NameOf(word), "True", "Unmanaged")) << word;
    EXPECT_THAT(ReadyMessage(NameOf(word)), HasSubstr("DTS reports " + word));
  }
  EXPECT_TRUE(Becomes("failed", "False", "TaskFailed"));
  Console("Synchronizing", "Suspending");
  EXPECT_TRUE(Eventually(
      [&] { return ReadyMessage("synchronizing").find("Suspending") != std::string::npos; }));
  EXPECT_EQ(Acts(), 0U);

  PatchJob("synchronizing", {{"spec", {{"desiredState", "Running"}}}});
  EXPECT_TRUE(BecomesReady("synchronizing"));
  EXPECT_EQ(Acts(), 1U);
}

TEST_F(Policies, ThePrintedCommandStartsAFailedJobOnceMore) {
  dts().AddJob("orders");
  CreateJob("orders", {{"pollInterval", "10s"}});
  Start();
  EXPECT_TRUE(BecomesReady("orders"));
  Console("orders", "Failed");
  EXPECT_TRUE(Becomes("orders", "False", "TaskFailed"));
  EXPECT_THAT(ReadyMessage("orders"),
              HasSubstr("kubectl annotate dtsjob orders -n " + space() +
                        " dts.aliyun.com/restart-requested-at=\"$(date +%s)\" --overwrite"));
  const CommandResult done =
      Envtest::Get().Kubectl({"annotate", "dtsjob", "orders", "-n", space(),
                              "dts.aliyun.com/restart-requested-at=1764241200", "--overwrite"},
                             "", seconds(60));
  EXPECT_EQ(done.exit, 0) << done.err;
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_EQ(Acts(), 2U);

  // A job that runs needs no start; the request is done with all the same.
  PatchJob("orders", {{"spec", {{"restartToken", "v2"}}}});
  EXPECT_TRUE(Eventually(
      [&] { return Member(GetJob("orders"), "status", "lastHandledRestartToken") == Json("v2"); }));
  EXPECT_EQ(Acts(), 2U);
}

}  // namespace
}  // namespace dtsop
