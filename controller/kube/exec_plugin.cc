#include "kube/exec_plugin.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <vector>

#include "base/strings.h"
#include "kube/file.h"

namespace dtsop {
namespace {

constexpr size_t kStderrKeptMax = 4096;
constexpr size_t kStderrShownMax = 300;
// How late a timeout, a stop, or the exit of a plugin whose own child keeps the pipe is noticed.
constexpr int kPollMilliseconds = 20;

// A pipe whose ends are closed with it.
class Pipe {
 public:
  Pipe() { ok_ = pipe2(fds_, O_CLOEXEC) == 0 && fcntl(fds_[0], F_SETFL, O_NONBLOCK) == 0; }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    CloseEnd(0);
    CloseEnd(1);
  }
  bool ok() const { return ok_; }
  int read_end() const { return fds_[0]; }
  int write_end() const { return fds_[1]; }
  bool open() const { return fds_[0] >= 0; }
  void CloseWriteEnd() { CloseEnd(1); }

  // Appends what can be read without waiting, dropping what passes `bytes_max`; closes the read end
  // at the end of the stream. False when something was dropped.
  bool Drain(std::string* text, size_t bytes_max) {
    char buffer[16384];
    bool complete = true;
    while (open()) {
      const ssize_t count = read(fds_[0], buffer, sizeof(buffer));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return complete;
      if (count <= 0) {
        CloseEnd(0);
        return complete;
      }
      const size_t room = bytes_max - text->size();
      text->append(buffer, std::min(static_cast<size_t>(count), room));
      if (static_cast<size_t>(count) > room) complete = false;
      if (!complete) return false;
    }
    return complete;
  }

 private:
  void CloseEnd(int which) {
    if (fds_[which] >= 0) close(fds_[which]);
    fds_[which] = -1;
  }
  int fds_[2] = {-1, -1};
  bool ok_ = false;
};

// ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN and what older tools call them; a
// file's name is no secret.
bool IsCloudSecret(std::string_view name) {
  const bool cloud = name.starts_with("ALIBABA_CLOUD_") || name.starts_with("ALIBABACLOUD_") ||
                     name.starts_with("ALICLOUD_");
  return cloud && !name.ends_with("_FILE") &&
         (name.find("SECRET") != name.npos || name.find("TOKEN") != name.npos);
}

std::vector<std::string> EnvironmentOf(const ExecSpec& spec, Environment variables) {
  for (const auto& [name, value] : spec.env) variables[name] = value;
  variables["KUBERNETES_EXEC_INFO"] = spec.exec_info;
  std::vector<std::string> lines;
  lines.reserve(variables.size());
  for (const auto& [name, value] : variables) lines.push_back(fmt::format("{}={}", name, value));
  return lines;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The child's pid, or the error number negated.
pid_t Spawn(const ExecSpec& spec, const Environment& inherited, const Pipe& out, const Pipe& err) {
  std::vector<std::string> arguments = {spec.command};
  arguments.insert(arguments.end(), spec.args.begin(), spec.args.end());
  std::vector<std::string> environment = EnvironmentOf(spec, inherited);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write_end(), STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  // The operator's threads block signals and ignore SIGPIPE; the plugin starts as from a shell.
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  pid_t pid = 0;
  const int error = posix_spawnp(&pid, spec.command.c_str(), &actions, &attributes,
                                 Pointers(arguments).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -error;
}

// Kills the child unless it was reaped before, so that none is left behind on any path.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (status_) return;
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  // The wait status once the child has ended. Does not block.
  std::optional<int> Poll() {
    int status = 0;
    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_;
  }

 private:
  const pid_t pid_;
  std::optional<int> status_;
};

std::string Ending(int status) {
  return WIFEXITED(status) ? fmt::format("exited with code {}", WEXITSTATUS(status))
                           : fmt::format("was ended by signal {}", WTERMSIG(status));
}

}  // namespace

Environment PluginEnvironment() {
  Environment variables;
  for (char** line = environ; *line != nullptr; ++line) {
    const std::string_view text = *line;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || IsCloudSecret(text.substr(0, equals))) continue;
    variables.insert_or_assign(std::string(text.substr(0, equals)),
                               std::string(text.substr(equals + 1)));
  }
  return variables;
}

Result<std::string> RunExecPlugin(const ExecSpec& spec, const Environment& inherited,
                                  const Clock& clock, const std::atomic<bool>& stop) {
  Pipe out;
  Pipe err;
  if (!out.ok() || !err.ok()) return Fail("can't be run: " + ErrorText(errno));
  const MonoTime deadline = clock.Read().mono + kExecTimeout;
  const pid_t pid = Spawn(spec, inherited, out, err);
  if (pid < 0) {
    return Fail(fmt::format("can't be run: {}{}{}", ErrorText(-pid),
                            spec.install_hint.empty() ? "" : "; ", spec.install_hint));
  }
  Child child(pid);
  out.CloseWriteEnd();
  err.CloseWriteEnd();
  std::string output;
  std::string complaint;
  for (;;) {
    // Asked before the pipes are drained, so that what a dead child had written is all read.
    const std::optional<int> status = child.Poll();
    if (!out.Drain(&output, kExecOutputBytesMax))
      return Fail(fmt::format("printed more than {} bytes", kExecOutputBytesMax));
    err.Drain(&complaint, kStderrKeptMax);
    if (status && *status == 0) return output;
    if (status) {
      const std::string said = CleanText(Trim(complaint), kStderrShownMax);
      return Fail(fmt::format("{}{}{}", Ending(*status), said.empty() ? "" : ": ", said));
    }
    if (stop) return Fail("was ended because the operator stops");
    if (clock.Read().mono >= deadline)
      return Fail("did not end within 30 s; make sure that it asks for nothing");
    // A closed pipe is -1, which poll passes over.
    pollfd fds[] = {{out.read_end(), POLLIN, 0}, {err.read_end(), POLLIN, 0}};
    poll(fds, 2, kPollMilliseconds);
  }
}

}  // namespace dtsop
