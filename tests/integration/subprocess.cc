#include "tests/integration/subprocess.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dtsop {
namespace {

// An anonymous file: unlike a pipe it takes any amount without a reader, so that no output can
// block the program that the test waits for.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& content) : fd_(memfd_create("command", MFD_CLOEXEC)) {
    size_t done = 0;
    while (fd_ >= 0 && done < content.size()) {
      const ssize_t count = write(fd_, content.data() + done, content.size() - done);
      if (count <= 0) break;
      done += static_cast<size_t>(count);
    }
    lseek(fd_, 0, SEEK_SET);
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int fd() const { return fd_; }

  std::string Read() const {
    std::string text;
    char buffer[65536];
    ssize_t count = 0;
    while ((count = pread(fd_, buffer, sizeof buffer, static_cast<off_t>(text.size()))) > 0) {
      text.append(buffer, static_cast<size_t>(count));
    }
    return text;
  }

 private:
  int fd_;
};

}  // namespace

pid_t SpawnCommand(const std::vector<std::string>& argv, int input_fd, int output_fd,
                   int error_fd) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error_fd, STDERR_FILENO);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  errno = error;
  return error == 0 ? pid : -1;
}

int WaitOrKill(pid_t pid, Duration limit) {
  // No pid: kill() and waitpid() would take these for many processes.
  if (pid <= 0) return 127;
  const auto limit_ms = std::chrono::duration_cast<milliseconds>(limit).count();
  const int pid_fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  pollfd ended{pid_fd, POLLIN, 0};
  const bool in_time = pid_fd >= 0 && poll(&ended, 1, static_cast<int>(limit_ms)) > 0;
  if (!in_time) kill(pid, SIGKILL);
  close(pid_fd);
  int status = 0;
  waitpid(pid, &status, 0);
  if (!in_time) return 124;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

CommandResult RunCommand(const std::vector<std::string>& argv, const std::string& input,
                         Duration limit) {
  const MemoryFile in(input);
  const MemoryFile out("");
  const MemoryFile err("");
  const pid_t pid = SpawnCommand(argv, in.fd(), out.fd(), err.fd());
  if (pid < 0) return {127, "", argv[0] + ": " + std::strerror(errno)};
  const int exit = WaitOrKill(pid, limit);
  return {exit, out.Read(), err.Read()};
}

}  // namespace dtsop
