// Programs run by a test, with a time limit on everything.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/time.h"

namespace dtsop {

// How a program ended. `exit` is its exit status, 128 + the signal that killed it, 124 when the
// time limit did, 127 when it could not be started (`err` then says why).
struct CommandResult {
  int exit = 0;
  std::string out;
  std::string err;
};

// Runs `argv` (argv[0] is a path, or a name searched in PATH) with `input` as its standard input
// and waits for its end; kills it after `limit`. Blocks. Never throws.
CommandResult RunCommand(const std::vector<std::string>& argv, const std::string& input,
                         Duration limit);

// Starts `argv` in the background with the given files as standard input and output; standard error
// is the test's own. Returns the pid, or -1 with errno set. The caller waits for the process.
pid_t SpawnCommand(const std::vector<std::string>& argv, int input_fd, int output_fd, int error_fd);

// Waits up to `limit` for `pid` to end, then kills it. Returns `exit` as CommandResult has it.
int WaitOrKill(pid_t pid, Duration limit);

}  // namespace dtsop
