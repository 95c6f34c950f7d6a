#include "kube/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dtsop {
namespace {

std::string ErrorText(int error) { return std::generic_category().message(error); }

Result<std::optional<std::string>> ReadAll(int fd, const std::string& path) {
  struct stat info = {};
  if (fstat(fd, &info) != 0)
    return Fail(fmt::format("{} can't be read: {}", path, ErrorText(errno)));
  if (!S_ISREG(info.st_mode)) return Fail(path + " is not a regular file");
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Fail(fmt::format("{} can't be read: {}", path, ErrorText(errno)));
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > kSmallFileBytesMax)
      return Fail(fmt::format("{} is larger than {} bytes", path, kSmallFileBytesMax));
  }
}

}  // namespace

Result<std::optional<std::string>> ReadSmallFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return Fail(fmt::format("{} can't be opened: {}", path, ErrorText(errno)));
  }
  auto text = ReadAll(fd, path);
  close(fd);
  return text;
}

}  // namespace dtsop
