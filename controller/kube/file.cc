#include "kube/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <memory>
#include <system_error>

namespace dtsop {
namespace {

// Waits until `fd` has something to read or is at its end; false when that takes too long.
bool AwaitInput(int fd, std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  pollfd waited = {fd, POLLIN, 0};
  return left.count() > 0 && poll(&waited, 1, static_cast<int>(left.count())) > 0;
}

// A regular file, or with `pipe` whatever else has an end.
Result<std::optional<std::string>> ReadAll(int fd, const std::string& path, bool pipe) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(kPipeTimeoutSeconds);
  std::string text;
  char buffer[16384];
  for (;;) {
    if (pipe && !AwaitInput(fd, deadline))
      return Fail(
          fmt::format("{} is a pipe that did not end within {} s", path, kPipeTimeoutSeconds));
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count == 0) return text;
    if (count < 0 && (errno == EINTR || (pipe && errno == EAGAIN))) continue;
    if (count < 0) return Fail(fmt::format("{} can't be read: {}", path, ErrorText(errno)));
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > kSmallFileBytesMax)
      return Fail(fmt::format("{} is larger than {} bytes", path, kSmallFileBytesMax));
  }
}

using Texts = std::map<std::string, std::string>;

// `pipes` null: regular files only; else the texts of the pipes that were read before.
Result<std::optional<std::string>> ReadOpen(int fd, const std::string& path, Texts* pipes) {
  struct stat info = {};
  if (fstat(fd, &info) != 0)
    return Fail(fmt::format("{} can't be read: {}", path, ErrorText(errno)));
  if (S_ISREG(info.st_mode)) return ReadAll(fd, path, false);
  if (pipes == nullptr || S_ISDIR(info.st_mode)) return Fail(path + " is not a regular file");
  if (isatty(fd) == 1) return Fail(path + " is a terminal; give a file or a pipe");
  auto text = ReadAll(fd, path, true);
  if (text) pipes->emplace(path, **text);
  return text;
}

Result<std::optional<std::string>> Read(const std::string& path, Texts* pipes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return Fail(fmt::format("{} can't be opened: {}", path, ErrorText(errno)));
  }
  auto text = ReadOpen(fd, path, pipes);
  close(fd);
  return text;
}

}  // namespace

std::string ErrorText(int error) { return std::generic_category().message(error); }

Result<std::optional<std::string>> ReadSmallFile(const std::string& path) {
  return Read(path, nullptr);
}

FileReader ReaderOfFilesAndPipes() {
  return [pipes = std::make_shared<Texts>()](
             const std::string& path) -> Result<std::optional<std::string>> {
    const auto known = pipes->find(path);
    if (known != pipes->end()) return known->second;
    return Read(path, pipes.get());
  };
}

}  // namespace dtsop
