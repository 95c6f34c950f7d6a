// dts-operator: parse flags, wire the parts, run until told to stop.
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/random.h>

#include <cstdlib>
#include <memory>
#include <thread>

#include "app/clients.h"
#include "app/error_table_file.h"
#include "app/flags.h"
#include "app/hardening.h"
#include "app/metrics_access.h"
#include "app/probes.h"
#include "app/rotation.h"
#include "app/shell.h"
#include "kube/file.h"
#include "net/cpprest_transport.h"
#include "observe/prometheus_metrics.h"
#include "version.h"

namespace dtsop {
namespace {

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

// The certificate of /metrics, as its two files are now.
Result<ServerCertificate> MetricsCertificate(const Flags& flags) {
  ServerCertificate certificate;
  for (const bool key : {false, true}) {
    const std::string& path = key ? flags.metrics_key_file : flags.metrics_cert_file;
    auto pem = ReadSmallFile(path);
    if (!pem) return tl::unexpected(pem.error());
    if (!*pem) return Fail(fmt::format("{} does not exist", path));
    if (key) {
      certificate.key_pem = SecretString(std::move(**pem));
    } else {
      certificate.cert_pem = std::move(**pem);
    }
  }
  return certificate;
}

ProbeOptions EndpointOptions(const Flags& flags, const Rotation::Log& log) {
  ProbeOptions options;
  options.metrics_address = flags.metrics_address;
  options.probe_address = flags.probe_address;
  if (flags.metrics_cert_file.empty()) return options;
  options.metrics_certificate = [flags] { return MetricsCertificate(flags); };
  options.on_certificate_problem = [log](const Error& error) {
    log(LogLevel::kWarn, "cannot read the certificate of /metrics; the one before stays in use",
        {{"error", error.message}});
  };
  return options;
}

int Run(const Flags& flags, const sigset_t& signals, Environment plugins) {
  const SystemClock clock;
  JsonLog log(clock, flags.log_level);
  const Rotation::Log write_log = [&log](LogLevel level, std::string_view message,
                                         const LogFields& fields) {
    log.Write(level, message, fields);
  };
  const auto kept_private = KeepMemoryPrivate();
  if (!kept_private) return Fatal(&log, "core dumps", kept_private.error());
  auto clients = Clients::Make(flags, &Env, std::move(plugins), clock, log);
  if (!clients) return Fatal(&log, "clients", clients.error());
  ErrorTableFile error_table(flags.error_table_file, &ReadSmallFile);
  Rotation rotation(clock, write_log);
  (*clients)->AddTo(&rotation);
  error_table.AddTo(&rotation);
  rotation.Look();  // a wrong error table is to be told now

  PrometheusMetrics metrics;
  metrics.Set(metric::kBuildInfo, {kVersion}, 1);
  OperatorOptions options = flags.operator_options;
  options.errors = [&error_table] { return error_table.Get(); };
  Operator core(options, Random(SeedFromKernel()), metrics, {&Env, &ReadSmallFile});
  Shell shell({core, (*clients)->kubernetes(), (*clients)->dts(), clock, log, metrics,
               [&rotation] { rotation.Look(); }});
  MetricsAccess access((*clients)->kubernetes(), clock, write_log);
  auto servers =
      ServeProbes(EndpointOptions(flags, write_log),
                  {[&shell] { return shell.Live(); }, [&shell] { return shell.State().synced; },
                   [&metrics] { return metrics.Text(); }, flags.metrics_auth ? &access : nullptr});
  if (!servers) return Fatal(&log, "probes and metrics", servers.error());

  log.Write(
      LogLevel::kInfo, "starting",
      {{"version", kVersion},
       {"kubernetes", (*clients)->config().server},
       {"configuration", (*clients)->config().origin},
       {"dts", Describe(options.endpoints)},
       {"dtsProxy", (*clients)->ProxyOf(EndpointFor(options.endpoints, options.default_region))},
       {"identity", options.identity}});
  WatchSignals(signals, [&shell] { shell.RequestStop(); });
  const int code = shell.Run();
  // The transports report to the shell until they are gone; a signal may still come, so the process
  // ends without destroying the shell under the signal thread's feet.
  access.Stop();
  clients->reset();
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
