// The clients of the Kubernetes API and of DTS, made from the flags, the environment and the files
// that these name.
#pragma once

#include <memory>
#include <string>

#include "app/flags.h"
#include "app/rotation.h"
#include "base/result.h"
#include "base/time.h"
#include "base/watched_files.h"
#include "kube/auth_transport.h"
#include "kube/client_rotation.h"
#include "net/cpprest_transport.h"
#include "observe/json_log.h"

namespace dtsop {

class Clients {
 public:
  // Reads and checks everything. Fails with what can't be used. `clock` and `log` must outlive the
  // clients; `plugins` is what credential plugins inherit.
  static Result<std::unique_ptr<Clients>> Make(const Flags& flags, const EnvLookup& env,
                                               Environment plugins, const Clock& clock,
                                               JsonLog& log);

  HttpTransport& kubernetes() { return *authenticated_; }
  HttpTransport& dts() { return *dts_; }
  // Where the Kubernetes API is, and who said so.
  const ClientConfig& config() const { return config_; }
  // "host:port" of the proxy on the way to `origin`, or "none".
  std::string ProxyOf(const std::string& origin) const;

  // Renews from now on what the clients were configured by: certificates, keys, tokens.
  void AddTo(Rotation* rotation);

 private:
  Clients(const Flags& flags, const EnvLookup& env) : flags_(flags), env_(env) {}

  Result<void> MakeKubernetes(Environment plugins, const Clock& clock, JsonLog& log);
  Result<void> MakeDts();
  Result<TlsOptions> DtsTls(const FileReader& read_file) const;

  const Flags flags_;
  const EnvLookup env_;
  ProxyRules proxies_;
  WatchedFiles kubernetes_files_{ReaderOfFilesAndPipes()};
  WatchedFiles dts_files_{&ReadSmallFile};
  ClientConfig config_;
  // In the order in which they need each other.
  std::unique_ptr<TlsTransport> kubernetes_;
  std::unique_ptr<ClientRotation> client_rotation_;
  std::unique_ptr<TokenSource> tokens_;
  std::unique_ptr<AuthTransport> authenticated_;
  std::unique_ptr<TlsTransport> dts_;
};

}  // namespace dtsop
