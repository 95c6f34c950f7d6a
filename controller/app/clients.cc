#include "app/clients.h"

#include <fmt/format.h>

#include <utility>

#include "kube/load_config.h"
#include "net/origin.h"
#include "net/proxy.h"
#include "version.h"

namespace dtsop {
namespace {

constexpr size_t kKubernetesCallsMax = 64;
// An API server that is down gets one new connection in this time, and those for the Lease.
constexpr Duration kKubernetesPause = seconds(2);
constexpr size_t kDtsCallsMax = 512;

tl::unexpected<Error> Cannot(const std::string& what, const Error& error) {
  return Fail(fmt::format("{}: {}", what, error.message));
}

}  // namespace

Result<std::unique_ptr<Clients>> Clients::Make(const Flags& flags, const EnvLookup& env,
                                               Environment plugins, const Clock& clock,
                                               JsonLog& log) {
  std::unique_ptr<Clients> clients(new Clients(flags, env));
  auto proxies = ProxyRules::FromEnvironment(env);
  if (!proxies) return Cannot("proxy configuration", proxies.error());
  clients->proxies_ = std::move(*proxies);
  if (auto made = clients->MakeKubernetes(std::move(plugins), clock, log); !made)
    return Cannot("client of the Kubernetes API", made.error());
  if (auto made = clients->MakeDts(); !made) return Cannot("client of DTS", made.error());
  return clients;
}

Result<void> Clients::MakeKubernetes(Environment plugins, const Clock& clock, JsonLog& log) {
  auto config =
      LoadClientConfig(flags_.kubeconfig, flags_.context, env_, kubernetes_files_.reader());
  if (!config) return tl::unexpected(config.error());
  config_ = std::move(*config);
  TransportOptions options;
  options.proxies = proxies_;
  options.origin = config_.server;
  options.tls = TlsOptionsOf(config_);
  options.calls_in_flight_max = kKubernetesCallsMax;
  options.connect_pause = kKubernetesPause;
  auto transport = MakeCpprestTransport(options);
  if (!transport) return tl::unexpected(transport.error());
  kubernetes_ = std::move(*transport);
  client_rotation_ = std::make_unique<ClientRotation>(
      config_, [this](const TlsOptions& tls) { return kubernetes_->UseTls(tls); });
  tokens_ = MakeTokenSource(config_.token,
                            {.clock = clock,
                             .read_file = &ReadSmallFile,
                             .environment = std::move(plugins),
                             .use_certificate =
                                 [this](const ClientCertificate& certificate) {
                                   return client_rotation_->UsePluginCertificate(certificate);
                                 },
                             .problem =
                                 [&log](const Error& error) {
                                   log.Write(LogLevel::kWarn,
                                             "cannot renew the token of the Kubernetes API",
                                             {{"error", error.message}});
                                 }});
  authenticated_ = std::make_unique<AuthTransport>(
      *kubernetes_, *tokens_, clock,
      AuthTransport::Options{fmt::format("dts-operator/{}", kVersion), config_.path_prefix});
  return {};
}

Result<void> Clients::MakeDts() {
  TransportOptions options;
  options.proxies = proxies_;
  // The instance metadata service is part of the machine, whatever the environment says of proxies.
  const auto metadata = ParseOrigin(flags_.operator_options.credentials.metadata_origin);
  if (metadata) options.proxies.Except(metadata->host);
  options.calls_in_flight_max = kDtsCallsMax;
  auto tls = DtsTls(dts_files_.reader());
  if (!tls) return tl::unexpected(tls.error());
  options.tls = std::move(*tls);
  auto transport = MakeCpprestTransport(options);
  if (!transport) return tl::unexpected(transport.error());
  dts_ = std::move(*transport);
  return {};
}

Result<TlsOptions> Clients::DtsTls(const FileReader& read_file) const {
  const std::string& file = flags_.dts_ca_file;
  TlsOptions tls;
  if (file.empty()) return tls;
  auto pem = read_file(file);
  if (!pem) return Fail("--dts-ca-file: " + pem.error().message);
  if (!*pem) return Fail(fmt::format("--dts-ca-file: {} does not exist", file));
  // An empty text would stand for the public CAs.
  if ((*pem)->empty()) return Fail(fmt::format("--dts-ca-file: {} is empty", file));
  tls.ca_pem = std::move(**pem);
  return tls;
}

std::string Clients::ProxyOf(const std::string& origin) const {
  const auto parsed = ParseOrigin(origin);
  const Proxy* proxy = parsed ? proxies_.For(*parsed) : nullptr;
  return proxy == nullptr ? "none" : proxy->Authority();
}

void Clients::AddTo(Rotation* rotation) {
  rotation->Add("client of the Kubernetes API", kubernetes_files_, [this](const FileReader& read) {
    // The context of the start: another one that has become the current one is not meant.
    return LoadClientConfig(flags_.kubeconfig, config_.context, env_, read)
        .and_then(
            [this](const ClientConfig& fresh) { return client_rotation_->Use(fresh, *tokens_); });
  });
  if (flags_.dts_ca_file.empty()) return;
  rotation->Add("client of DTS", dts_files_, [this](const FileReader& read) -> Result<bool> {
    const auto tls = DtsTls(read);
    if (!tls) return tl::unexpected(tls.error());
    if (auto used = dts_->UseTls(*tls); !used) return tl::unexpected(used.error());
    return true;
  });
}

}  // namespace dtsop
