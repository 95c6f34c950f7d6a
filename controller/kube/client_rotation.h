// Puts into use what the files of a ClientConfig hold anew, and what a credential plugin gives:
// certificates, keys and tokens.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "kube/client_config.h"
#include "kube/token_source.h"
#include "net/tls.h"

namespace dtsop {

// What `config` says of TLS.
TlsOptions TlsOptionsOf(const ClientConfig& config);

// All functions may be called from any thread.
class ClientRotation {
 public:
  // Makes new connections use the options, or fails and changes nothing.
  using UseTls = std::function<Result<void>(const TlsOptions&)>;

  // `config` is what is in use now.
  ClientRotation(ClientConfig config, UseTls use_tls)
      : use_tls_(std::move(use_tls)), config_(std::move(config)) {}

  // Uses the certificates, keys and tokens of `fresh`; `tokens` was made of the first config. False
  // when they are those in use. Fails, and changes nothing, when they can't be used, or when
  // `fresh` is of another server, context or kind of credential: that takes a restart.
  Result<bool> Use(const ClientConfig& fresh, TokenSource& tokens);

  // Shows this certificate, which a plugin gave, in place of the config's; "": none.
  Result<void> UsePluginCertificate(const ClientCertificate& certificate);

 private:
  TlsOptions TlsNow(const ClientConfig& config) const;

  const UseTls use_tls_;
  std::mutex mutex_;
  ClientConfig config_;
  ClientCertificate of_plugin_;
};

}  // namespace dtsop
