// A real etcd and kube-apiserver for the tests of one program, named after controller-runtime's
// envtest. Linking it is enough: the control plane starts before the first test and stops after the
// last one, and also when the test program crashes or is killed.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/integration/subprocess.h"

namespace dtsop {

class Envtest {
 public:
  // The control plane of this test program. Valid inside tests.
  static Envtest& Get();

  // A kubeconfig with cluster-admin rights.
  const std::string& kubeconfig() const { return kubeconfig_; }
  // A folder of this run, for the test's own files. Removed at the end.
  const std::string& directory() const { return directory_; }

  // Runs kubectl as cluster admin. Blocks for at most `limit`.
  CommandResult Kubectl(const std::vector<std::string>& arguments, const std::string& input = "",
                        Duration limit = seconds(30)) const;

  // Kills the API server, as a crash does. What etcd has stays.
  void KillApiServer();
  // Starts it again on the same port and waits until it is ready. Adds a test failure if it is not.
  void StartApiServer();
  // Makes etcd forget all old versions of everything.
  void CompactEtcd() const;

  // Applies crds/ and waits until the API server serves DtsJobs and their documentation. Adds a
  // test failure if it cannot.
  void InstallCrds() const;

 private:
  friend class EnvtestEnvironment;

  // Starts the control plane; returns what went wrong, or an empty text.
  std::string Start();
  void Stop();

  std::string directory_;
  std::string kubeconfig_;
  std::string kubectl_;
  std::vector<std::string> api_server_argv_;
  // `scripts/control-plane run`, which stops everything at the end of its standard input: that end
  // comes when this process closes lifeline_fd_, whichever way it ends.
  pid_t script_pid_ = -1;
  int lifeline_fd_ = -1;
};

// Asks again, every 50 ms for up to `limit`, until `holds` returns true; false if it never did. For
// what the API server does after it has answered.
bool Eventually(const std::function<bool()>& holds, Duration limit = seconds(30));

// The path of a file of the repository, such as "crds/dtsjobs.yaml".
std::string RepositoryPath(const std::string& path);

}  // namespace dtsop
