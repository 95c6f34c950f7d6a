// The program dts-operator, as its own process.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/time.h"

namespace dtsop {

struct OperatorSetup {
  std::string kubeconfig;
  std::vector<std::string> flags;        // besides --kubeconfig and the addresses
  std::vector<std::string> environment;  // "NAME=value", on top of the test's own
  std::vector<std::string> wrapper{};    // a command that runs the command after it
  std::string log_path;                  // standard output and error are appended to it
};

class OperatorProcess {
 public:
  // Starts the program; probes and, unless a flag says otherwise, metrics are on one free port.
  // Kills it when destroyed.
  explicit OperatorProcess(OperatorSetup setup);
  ~OperatorProcess();
  OperatorProcess(const OperatorProcess&) = delete;
  OperatorProcess& operator=(const OperatorProcess&) = delete;

  // All of these do nothing once the process has been waited for.
  void Terminate();  // SIGTERM
  void Kill();       // SIGKILL, and waits for the end
  void Pause();      // SIGSTOP
  void Continue();   // SIGCONT

  pid_t pid() const { return pid_; }
  bool Alive() const;
  // By Kill, Wait or Stop; false of a process that has crashed.
  bool Ended() const { return pid_ < 0; }
  // Waits for the end, kills after `limit`; the exit status as CommandResult has it.
  int Wait(Duration limit);
  // SIGTERM, and Wait.
  int Stop(Duration limit = seconds(30));

  // What the program has written since this process was started.
  std::string Log() const;
  bool Logged(const std::string& text) const { return Log().find(text) != std::string::npos; }

  // The most memory that has been resident at once; 0 when the process is gone.
  size_t PeakMemoryBytes() const;

  // GET `path` of its HTTP server: the status, 0 without an answer, and the body.
  int Probe(const std::string& path, std::string* body = nullptr);
  // The value of a metric, "name" or "name{label=...}" as it stands in /metrics; 0 when absent.
  double Metric(const std::string& series);

 private:
  void Signal(int number) const;

  const OperatorSetup setup_;
  const int port_;
  size_t log_begin_ = 0;
  pid_t pid_ = -1;  // -1: never started, or waited for
};

}  // namespace dtsop
