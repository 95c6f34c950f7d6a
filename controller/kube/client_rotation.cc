#include "kube/client_rotation.h"

namespace dtsop {

TlsOptions TlsOptionsOf(const ClientConfig& config) {
  return {config.ca_pem, config.client_cert_pem, config.client_key_pem, config.tls_server_name};
}

TlsOptions ClientRotation::TlsNow(const ClientConfig& config) const {
  TlsOptions options = TlsOptionsOf(config);
  if (!of_plugin_.cert_pem.empty()) {
    options.client_cert_pem = of_plugin_.cert_pem;
    options.client_key_pem = of_plugin_.key_pem;
  }
  return options;
}

Result<bool> ClientRotation::Use(const ClientConfig& fresh, TokenSource& tokens) {
  const std::lock_guard lock(mutex_);
  if (fresh.server != config_.server || fresh.path_prefix != config_.path_prefix ||
      fresh.origin != config_.origin)
    return Fail("it leads to another server or context now, which takes a restart of the operator");
  if (fresh.token.index() != config_.token.index())
    return Fail("it has another kind of credential now, which takes a restart of the operator");
  const TlsOptions tls = TlsNow(fresh);
  const bool other_tls = tls != TlsNow(config_);
  if (other_tls) {
    if (auto used = use_tls_(tls); !used) return tl::unexpected(used.error());
  }
  const bool other_token = fresh.token != config_.token;
  if (other_token) tokens.Replace(fresh.token);
  config_ = fresh;
  return other_tls || other_token;
}

Result<void> ClientRotation::UsePluginCertificate(const ClientCertificate& certificate) {
  const std::lock_guard lock(mutex_);
  ClientCertificate before = std::exchange(of_plugin_, certificate);
  auto used = use_tls_(TlsNow(config_));
  if (!used) of_plugin_ = std::move(before);
  return used;
}

}  // namespace dtsop
