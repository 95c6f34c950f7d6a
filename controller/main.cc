// dts-operator: parse flags, wire the parts, run until told to stop.
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/random.h>

#include <cstdlib>
#include <memory>
#include <thread>

#include "app/error_table_file.h"
#include "app/flags.h"
#include "app/probes.h"
#include "app/shell.h"
#include "kube/auth_transport.h"
#include "kube/load_config.h"
#include "net/cpprest_transport.h"
#include "net/origin.h"
#include "net/proxy.h"
#include "observe/prometheus_metrics.h"
#include "version.h"

namespace dtsop {
namespace {

constexpr size_t kKubernetesCallsMax = 64;
constexpr size_t kDtsCallsMax = 512;

std::optional<std::string> Env(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

uint64_t SeedFromKernel() {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) std::abort();
  return seed;
}

// Turns SIGTERM and SIGINT into calls of `on_signal`, on a thread that ends with the process.
void WatchSignals(const sigset_t& signals, std::function<void()> on_signal) {
  std::thread([signals, on_signal = std::move(on_signal)] {
    for (int signal = 0; sigwait(&signals, &signal) == 0;) on_signal();
  }).detach();
}

int Fatal(JsonLog* log, const std::string& what, const Error& error) {
  log->Write(LogLevel::kError, "cannot start", {{"what", what}, {"error", error.message}});
  return 1;
}

// The instance metadata service is part of the machine, whatever the environment says of proxies.
Result<std::unique_ptr<HttpTransport>> DtsTransport(const Flags& flags, ProxyRules proxies) {
  TransportOptions options;
  const auto metadata = ParseOrigin(flags.operator_options.credentials.metadata_origin);
  if (metadata) proxies.Except(metadata->host);
  options.proxies = std::move(proxies);
  options.calls_in_flight_max = kDtsCallsMax;
  if (!flags.dts_ca_file.empty()) {
    auto pem = ReadSmallFile(flags.dts_ca_file);
    if (!pem) return tl::unexpected(pem.error());
    if (!*pem) return Fail(fmt::format("--dts-ca-file: {} does not exist", flags.dts_ca_file));
    options.tls.ca_pem = std::move(**pem);
  }
  return MakeCpprestTransport(options);
}

Result<std::unique_ptr<HttpTransport>> KubernetesTransport(const ClientConfig& config,
                                                           const ProxyRules& proxies) {
  TransportOptions options;
  options.proxies = proxies;
  options.origin = config.server;
  options.tls = {config.ca_pem, config.client_cert_pem, config.client_key_pem,
                 config.tls_server_name};
  options.calls_in_flight_max = kKubernetesCallsMax;
  return MakeCpprestTransport(options);
}

// "host:port" of the proxy on the way to DTS (of the default region), or "none".
std::string DtsProxy(const OperatorOptions& options, const ProxyRules& proxies) {
  const auto origin = ParseOrigin(EndpointFor(options.endpoints, options.default_region));
  const Proxy* proxy = origin ? proxies.For(*origin) : nullptr;
  return proxy == nullptr ? "none" : proxy->Authority();
}

int Run(const Flags& flags, const sigset_t& signals, Environment environment) {
  const SystemClock clock;
  JsonLog log(clock, flags.log_level);
  const auto config =
      LoadClientConfig(flags.kubeconfig, flags.context, &Env, ReaderOfFilesAndPipes());
  if (!config) return Fatal(&log, "Kubernetes client configuration", config.error());
  const auto proxies = ProxyRules::FromEnvironment(&Env);
  if (!proxies) return Fatal(&log, "proxy configuration", proxies.error());
  auto kubernetes = KubernetesTransport(*config, *proxies);
  if (!kubernetes) return Fatal(&log, "Kubernetes client configuration", kubernetes.error());
  auto dts = DtsTransport(flags, *proxies);
  if (!dts) return Fatal(&log, "DTS client configuration", dts.error());

  PrometheusMetrics metrics;
  ErrorTableFile error_table(
      flags.error_table_file, &ReadSmallFile, clock,
      [&log](LogLevel level, std::string_view message, const LogFields& fields) {
        log.Write(level, message, fields);
      });
  error_table.Get();  // a wrong file is to be told now, not with the first answer
  OperatorOptions options = flags.operator_options;
  options.errors = [&error_table] { return error_table.Get(); };
  Operator core(options, Random(SeedFromKernel()), metrics, {&Env, &ReadSmallFile});
  const auto tokens = MakeTokenSource(
      config->token, {clock, &ReadSmallFile, std::move(environment), [&log](const Error& error) {
                        log.Write(LogLevel::kWarn, "cannot renew the token of the Kubernetes API",
                                  {{"error", error.message}});
                      }});
  auto authenticated = std::make_unique<AuthTransport>(
      **kubernetes, *tokens, clock,
      AuthTransport::Options{fmt::format("dts-operator/{}", kVersion), config->path_prefix});
  Shell shell({core, *authenticated, **dts, clock, log, metrics});
  auto servers =
      ServeProbes(flags.metrics_address, flags.probe_address,
                  {[&shell] { return shell.Live(); }, [&shell] { return shell.State().synced; },
                   [&metrics] { return metrics.Text(); }});
  if (!servers) return Fatal(&log, "probes and metrics", servers.error());

  log.Write(LogLevel::kInfo, "starting",
            {{"version", kVersion},
             {"kubernetes", config->server},
             {"configuration", config->origin},
             {"dts", Describe(options.endpoints)},
             {"dtsProxy", DtsProxy(options, *proxies)},
             {"identity", options.identity}});
  WatchSignals(signals, [&shell] { shell.RequestStop(); });
  const int code = shell.Run();
  // The transports report to the shell until they are gone; a signal may still come, so the process
  // ends without destroying the shell under the signal thread's feet.
  authenticated.reset();
  kubernetes->reset();
  dts->reset();
  servers->clear();
  std::_Exit(code);
}

}  // namespace
}  // namespace dtsop

int main(int argc, char** argv) {
  // Before any thread exists, so that all of them inherit the mask.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  dtsop::Environment environment = dtsop::PluginEnvironment();
  dtsop::PrepareProcessForTransport();
  int exit_code = 0;
  const auto flags = dtsop::ParseFlags(argc, argv, &exit_code);
  return flags ? dtsop::Run(*flags, signals, std::move(environment)) : exit_code;
}
