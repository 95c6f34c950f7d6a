#include "kube/exec_plugin.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <thread>

#include "tests/unit/kube/fakes.h"
#include "tests/unit/kube/scripted_plugin.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ExecPlugin : public ::testing::Test, protected ScriptedPlugin {
 protected:
  Result<std::string> Run() { return RunExecPlugin(spec_, inherited_, clock_, stop_); }

  FakeClock clock_;
  Environment inherited_ = {{"PATH", "/usr/bin:/bin"}};
  std::atomic<bool> stop_ = false;
};

TEST_F(ExecPlugin, ThePluginGetsArgumentsAndEnvironmentButNoInputAndNoOtherFile) {
  Script("echo \"$1|$2|$A|$KUBERNETES_EXEC_INFO|$(cat)|$(ls /proc/self/fd | wc -l)\"\n");
  spec_.args = {"one two", ""};
  spec_.env = {{"A", "b=c"}};
  const int leak = open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  const auto output = Run();
  close(leak);
  ASSERT_TRUE(output) << output.error().message;
  // ls itself sees 0, 1, 2 and the folder it lists.
  EXPECT_EQ(*output, "one two||b=c|{\"x\":1}||4\n");
}

TEST_F(ExecPlugin, ThePluginInheritsWhatThisProcessHadButNoSecretOfTheCloud) {
  const std::map<std::string, std::string> set = {{"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "geheim"},
                                                  {"ALIBABA_CLOUD_SECURITY_TOKEN", "geheim"},
                                                  {"ALICLOUD_SECRET_KEY", "geheim"},
                                                  {"ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/file"},
                                                  {"ALIBABA_CLOUD_PROFILE", "p"},
                                                  {"SSL_CERT_FILE", "/my/cas"}};
  for (const auto& [name, value] : set) setenv(name.c_str(), value.c_str(), 1);
  inherited_ = PluginEnvironment();
  setenv("SSL_CERT_FILE", "/dev/null", 1);  // as a transport does later
  Script("env\n");
  const std::string output = Run().value();
  for (const auto& [name, value] : set) unsetenv(name.c_str());
  EXPECT_THAT(output, AllOf(HasSubstr("SSL_CERT_FILE=/my/cas\n"), HasSubstr("PROFILE=p\n"),
                            HasSubstr("TOKEN_FILE=/file\n"), HasSubstr("PATH=")));
  EXPECT_THAT(output, ::testing::Not(HasSubstr("geheim")));
  spec_.env = {{"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "mine"}};
  EXPECT_THAT(Run().value(), HasSubstr("ALIBABA_CLOUD_ACCESS_KEY_SECRET=mine\n"));
}

TEST_F(ExecPlugin, APluginThatFailsIsQuoted) {
  Script("echo 'please log\033 in' >&2; exit 3\n");
  EXPECT_EQ(Run().error().message, "exited with code 3: please log  in");
  Script("kill -9 $$\n");
  EXPECT_EQ(Run().error().message, "was ended by signal 9");
  spec_.command = folder_ + "/missing";
  spec_.install_hint = "install it";
  EXPECT_THAT(Run().error().message, AllOf(HasSubstr("can't be run"), HasSubstr("install it")));
}

TEST_F(ExecPlugin, APluginThatPrintsTooMuchIsEnded) {
  Script("yes\n");
  EXPECT_THAT(Run().error().message, HasSubstr("more than 1048576 bytes"));
  Script("head -c 500000 /dev/zero >&2; echo done\n");
  EXPECT_EQ(Run().value(), "done\n");
}

TEST_F(ExecPlugin, APluginThatHangsIsKilledAfterItsLimit) {
  Script("touch ready; exec sleep 1000\n");
  std::thread later([this] {
    AwaitReady();
    clock_.Advance(kExecTimeout);
  });
  EXPECT_THAT(Run().error().message, HasSubstr("within 30 s"));
  later.join();
}

TEST_F(ExecPlugin, APluginWhoseOwnChildKeepsThePipeDoesNotHoldUsUp) {
  Script("sleep 1000 & echo $!\n");
  const auto output = Run();
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(kill(std::stoi(*output), SIGKILL), 0);
}

}  // namespace
}  // namespace dtsop
