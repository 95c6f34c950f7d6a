#include "tests/integration/envtest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/json.h"
#include "base/strings.h"

namespace dtsop {
namespace {

// A cold and busy machine needs about 30 s, an idle one 3 s.
constexpr Duration kStartLimit = seconds(270);
constexpr Duration kStopLimit = seconds(30);

// True when something can be read from `fd` within `limit`.
bool WaitReadable(int fd, Duration limit) {
  pollfd readable{fd, POLLIN, 0};
  return poll(&readable, 1,
              static_cast<int>(std::chrono::duration_cast<milliseconds>(limit).count())) > 0;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string RepositoryPath(const std::string& path) {
  return std::string(DTSOP_SOURCE_DIR) + "/" + path;
}

bool Eventually(const std::function<bool()>& holds, Duration limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(50));
  }
  return true;
}

Envtest& Envtest::Get() {
  static Envtest instance;
  return instance;
}

std::string Envtest::Start() {
  const CommandResult tools =
      RunCommand({RepositoryPath("scripts/kubernetes-tools"), "path"}, "", kStopLimit);
  if (tools.exit != 0) return tools.err;
  kubectl_ = tools.out.substr(0, tools.out.find('\n')) + "/kubectl";

  std::string name = std::filesystem::temp_directory_path() / "dtsop-envtest-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) return "mkdtemp " + name + ": " + std::strerror(errno);
  directory_ = name;
  kubeconfig_ = directory_ + "/admin.kubeconfig";

  int input[2];
  int output[2];
  if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) {
    return std::string("pipe2: ") + std::strerror(errno);
  }
  lifeline_fd_ = input[1];
  script_pid_ = SpawnCommand({RepositoryPath("scripts/control-plane"), "run", directory_}, input[0],
                             output[1], STDERR_FILENO);
  close(input[0]);
  close(output[1]);
  // "ready", or nothing when the script ended: it has said why on standard error.
  char first = 0;
  const bool ready =
      script_pid_ >= 0 && WaitReadable(output[0], kStartLimit) && read(output[0], &first, 1) == 1;
  close(output[0]);
  return ready ? "" : "scripts/control-plane did not start: its message is above";
}

void Envtest::Stop() {
  if (lifeline_fd_ >= 0) close(lifeline_fd_);
  if (script_pid_ < 0) return;
  EXPECT_EQ(WaitOrKill(script_pid_, kStopLimit), 0) << "scripts/control-plane did not stop cleanly";
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

CommandResult Envtest::Kubectl(const std::vector<std::string>& arguments, const std::string& input,
                               Duration limit) const {
  std::vector<std::string> argv = {kubectl_, "--kubeconfig=" + kubeconfig_,
                                   "--cache-dir=" + directory_ + "/kubectl-cache"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunCommand(argv, input, limit);
}

void Envtest::KillApiServer() {
  // Anything but a pid is refused, because kill() takes 0 and -1 for many processes.
  const pid_t pid = std::atoi(ReadAll(directory_ + "/kube-apiserver.pid").c_str());
  ASSERT_GT(pid, 1);
  std::string arguments = ReadAll(fmt::format("/proc/{}/cmdline", pid));
  if (!arguments.empty()) arguments.pop_back();
  api_server_argv_ = Split(arguments, '\0');
  ASSERT_EQ(kill(pid, SIGKILL), 0) << std::strerror(errno);
  ASSERT_TRUE(Eventually([&] { return kill(pid, 0) != 0; }));
}

void Envtest::StartApiServer() {
  // A shell of its own, so that the server is no child of the test, which would have to reap it. It
  // writes the pid file that scripts/control-plane stops it by.
  const std::string script =
      "cd \"$1\" && . \"$2\" && shift 2 && process_start kube-apiserver.pid kube-apiserver.log "
      "\"$@\"";
  std::vector<std::string> argv = {"bash", "-c",       script,
                                   "bash", directory_, RepositoryPath("scripts/lib.sh")};
  argv.insert(argv.end(), api_server_argv_.begin(), api_server_argv_.end());
  const CommandResult started = RunCommand(argv, "", kStopLimit);
  ASSERT_EQ(started.exit, 0) << started.err;
  ASSERT_TRUE(Eventually(
      [&] {
        return Kubectl({"get", "--raw", "/readyz"}).exit == 0;
      },
      kStartLimit));
}

void Envtest::CompactEtcd() const {
  const auto ask = [&](const std::string& path, const Json& body) {
    const CommandResult answer =
        RunCommand({"curl", "-sS", "--fail", "--noproxy", "*", "--unix-socket",
                    directory_ + "/etcd.sock", "http://etcd/v3/kv/" + path, "-d", DumpJson(body)},
                   "", kStopLimit);
    EXPECT_EQ(answer.exit, 0) << answer.err;
    return ParseJson(answer.out).value_or(Json());
  };
  const std::string revision =
      StringOr(Member(ask("range", {{"key", "YQ=="}}), "header", "revision"));
  ask("compaction", {{"revision", revision}, {"physical", true}});
}

void Envtest::InstallCrds() const {
  const CommandResult applied =
      Kubectl({"apply", "--server-side", "-f", RepositoryPath("crds/dtsjobs.yaml")});
  ASSERT_EQ(applied.exit, 0) << applied.err;
  // Established comes before the API server serves the type, and its OpenAPI comes last.
  CommandResult explained;
  ASSERT_TRUE(Eventually([&] {
    explained = Kubectl({"explain", "dtsjobs.spec"});
    return explained.exit == 0;
  })) << explained.err;
}

// Starts and stops the control plane around all tests of the program.
class EnvtestEnvironment final : public testing::Environment {
 public:
  void SetUp() override { ASSERT_EQ(Envtest::Get().Start(), ""); }
  void TearDown() override { Envtest::Get().Stop(); }
};

namespace {
const testing::Environment* const kRegistered =
    testing::AddGlobalTestEnvironment(new EnvtestEnvironment);
}  // namespace

}  // namespace dtsop
