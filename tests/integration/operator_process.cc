#include "tests/integration/operator_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/subprocess.h"
#include "tests/support/http_client.h"
#include "tests/support/sockets.h"

namespace dtsop {

OperatorProcess::OperatorProcess(OperatorSetup setup)
    : setup_(std::move(setup)), port_(UnusedPort()) {
  const int log = open(setup_.log_path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  log_begin_ = static_cast<size_t>(lseek(log, 0, SEEK_END));
  // When the test program ends, in whatever way, so does the operator.
  std::vector<std::string> argv = setup_.wrapper;
  argv.insert(argv.end(), {"setpriv", "--pdeathsig=KILL", "env"});
  argv.insert(argv.end(), setup_.environment.begin(), setup_.environment.end());
  argv.insert(argv.end(), {DTSOP_OPERATOR_PROGRAM, "--kubeconfig=" + setup_.kubeconfig,
                           fmt::format("--health-probe-bind-address=127.0.0.1:{}", port_)});
  const bool elsewhere =
      std::any_of(setup_.flags.begin(), setup_.flags.end(),
                  [](const auto& flag) { return flag.starts_with("--metrics-bind-address="); });
  if (!elsewhere) argv.push_back(fmt::format("--metrics-bind-address=127.0.0.1:{}", port_));
  argv.insert(argv.end(), setup_.flags.begin(), setup_.flags.end());
  const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_ = SpawnCommand(argv, input, log, log);
  close(input);
  close(log);
  EXPECT_GT(pid_, 0) << "cannot start " << DTSOP_OPERATOR_PROGRAM;
}

OperatorProcess::~OperatorProcess() { Kill(); }

void OperatorProcess::Signal(int number) const {
  // kill(-1) would reach every process of the machine.
  if (pid_ > 0) kill(pid_, number);
}

void OperatorProcess::Terminate() { Signal(SIGTERM); }
void OperatorProcess::Pause() { Signal(SIGSTOP); }
void OperatorProcess::Continue() { Signal(SIGCONT); }

void OperatorProcess::Kill() {
  if (pid_ <= 0) return;
  Signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool OperatorProcess::Alive() const {
  siginfo_t ended{};
  return pid_ > 0 &&
         waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0;
}

int OperatorProcess::Wait(Duration limit) {
  return pid_ > 0 ? WaitOrKill(std::exchange(pid_, -1), limit) : -1;
}

int OperatorProcess::Stop(Duration limit) {
  Terminate();
  return Wait(limit);
}

std::string OperatorProcess::Log() const {
  std::ifstream file(setup_.log_path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(log_begin_));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

size_t OperatorProcess::PeakMemoryBytes() const {
  std::ifstream status(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) * 1024;
  }
  return 0;
}

int OperatorProcess::Probe(const std::string& path, std::string* body) {
  HttpRequest request;
  request.origin = fmt::format("http://127.0.0.1:{}", port_);
  request.target = path;
  request.total_timeout = seconds(5);
  HttpResult result = HttpClient::Shared().Send(std::move(request));
  if (body != nullptr) *body = std::move(result.body);
  return result.error == HttpError::kNone ? result.status : 0;
}

double OperatorProcess::Metric(const std::string& series) {
  std::string text;
  Probe("/metrics", &text);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
  }
  return 0;
}

}  // namespace dtsop
