// Small files from outside: kubeconfigs, certificates, tokens.
#pragma once

#include <optional>
#include <string>

#include "base/environment.h"
#include "base/result.h"

namespace dtsop {

inline constexpr size_t kSmallFileBytesMax = 1U << 20;

// The text of an errno, such as "No such file or directory".
std::string ErrorText(int error);

// The FileReader of production. Fails on anything but a regular file, on more than
// kSmallFileBytesMax and on a failed read; the message names the path and the cause. Blocks for as
// long as the file system takes, but not on a FIFO or a device.
Result<std::optional<std::string>> ReadSmallFile(const std::string& path);

// How long a pipe may take until its end.
inline constexpr int kPipeTimeoutSeconds = 60;

// A FileReader that reads pipes and devices too, such as --kubeconfig=<(command): to their end,
// which must come within kPipeTimeoutSeconds, and once; later reads give the same text. A terminal
// is refused. For one thread.
FileReader ReaderOfFilesAndPipes();

}  // namespace dtsop
