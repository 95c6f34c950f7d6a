// dts-simulator: a DTS endpoint on this machine, for rehearsals, demonstrations and tests.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>

#include "base/yaml.h"
#include "simulator/config.h"
#include "simulator/config_words.h"
#include "simulator/server.h"

namespace dtsop::simulator {
namespace {

constexpr const char* kExamples = R"(
Examples:
  # An endpoint with the accounts and jobs of a file; a minute of job time per second.
  dts-simulator --config simulator.yaml --speed 60

  # Point the operator at it.
  dts-operator --dts-endpoint http://127.0.0.1:18080 ...

  # Let the next StartDtsJob act, and its answer be lost.
  curl -X POST 127.0.0.1:18081/faults -d '{"action":"StartDtsJob","effect":"lostReply"}'

  # It is STS and instance metadata too; all the temporary credentials that it gave expire.
  ALIBABA_CLOUD_STS_ENDPOINT=http://127.0.0.1:18080 dts-operator ...
  curl -X POST 127.0.0.1:18081/identity/expire

  # What was called, and what did it do?
  curl 127.0.0.1:18081/calls

The control endpoint has no authentication: keep it on a loopback address or behind a
network policy. docs/simulator.md describes the configuration and the control endpoint.)";

struct Flags {
  std::string listen = "127.0.0.1:18080";
  std::string control_listen = "127.0.0.1:18081";
  std::string config_file;
  std::string tls_cert_file;
  std::string tls_key_file;
  double speed = 0;
  uint64_t seed = 0;
  std::string log_level = "info";
};

constexpr std::array<const char*, 4> kLevels = {"debug", "info", "warning", "error"};

// Declares the flags on `app`, bound to `flags`, which must outlive it.
void DeclareFlags(CLI::App* app, Flags* flags) {
  app->footer(kExamples);
  app->set_version_flag("--version", std::string("dts-simulator ") + DTSOP_VERSION);
  app->add_option("--listen", flags->listen, "Address of the DTS endpoint; port 0: any free port")
      ->capture_default_str();
  app->add_option("--control-listen", flags->control_listen, "Address of the control endpoint")
      ->capture_default_str();
  app->add_option("--config", flags->config_file,
                  "YAML: accounts, jobs, faults, quotas, behaviour, identity");
  auto* cert = app->add_option("--tls-cert", flags->tls_cert_file,
                               "PEM certificate with its chain; makes the DTS endpoint HTTPS");
  auto* key = app->add_option("--tls-key", flags->tls_key_file, "PEM key of --tls-cert");
  cert->needs(key);
  key->needs(cert);
  app->add_option("--speed", flags->speed,
                  "How fast job time passes: 60 is a minute per second (default: the "
                  "configuration's, or 1)")
      ->check(CLI::Range(1e-3, kSpeedMax));
  app->add_option("--seed", flags->seed,
                  "Of request ids and of faults with a percentage (default: random)");
  app->add_option("--log-level", flags->log_level,
                  "debug: control calls too; info: every call; warning: refused and faulty calls; "
                  "error: none")
      ->check(CLI::IsMember(std::vector<std::string>(kLevels.begin(), kLevels.end())))
      ->capture_default_str();
}

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return Fail(fmt::format("cannot open {}", path));
  std::string text(kYamlBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() || file.bad()) return Fail(fmt::format("cannot read {}, or too large", path));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

Result<ServerSetup> MakeSetup(const Flags& flags) {
  ServerSetup setup;
  if (!flags.config_file.empty()) {
    const auto text = ReadFile(flags.config_file);
    if (!text.has_value()) return Fail("--config: " + text.error().message);
    auto settings = ParseConfig(*text);
    if (!settings.has_value()) {
      return Fail(fmt::format("{}: {}", flags.config_file, settings.error().message));
    }
    setup.settings = std::move(*settings);
  }
  if (!flags.tls_cert_file.empty()) {
    const auto cert = ReadFile(flags.tls_cert_file);
    if (!cert.has_value()) return Fail("--tls-cert: " + cert.error().message);
    const auto key = ReadFile(flags.tls_key_file);
    if (!key.has_value()) return Fail("--tls-key: " + key.error().message);
    setup.tls_cert_pem = *cert;
    setup.tls_key_pem = SecretString(*key);
  }
  if (flags.speed > 0) setup.settings.speed = flags.speed;
  setup.seed = flags.seed != 0 ? flags.seed : std::random_device()();
  setup.listen = flags.listen;
  setup.control_listen = flags.control_listen;
  return setup;
}

// One JSON object per line on standard output.
void WriteLine(const Clock& clock, const char* level, Json record) {
  record["level"] = level;
  if (!record.contains("time")) record["time"] = FormatRfc3339Micro(clock.Read().wall);
  const std::string line = DumpJson(record) + "\n";
  fwrite(line.data(), 1, line.size(), stdout);
  fflush(stdout);
}

int Run(const Flags& flags) {
  const auto refuse = [](const Error& error) {
    fmt::print(stderr, "dts-simulator: {}\n", error.message);
    return 1;
  };
  auto setup = MakeSetup(flags);
  if (!setup.has_value()) return refuse(setup.error());

  // Before any thread exists, so that all inherit the mask and sigwait below gets the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const SystemClock clock;
  Json first = {{"msg", "listening"},
                {"accounts", setup->settings.accounts.size()},
                {"jobs", setup->settings.jobs.size()},
                {"seed", setup->seed},
                {"speed", setup->settings.speed}};
  const auto least = std::find(kLevels.begin(), kLevels.end(), flags.log_level);
  const auto log = [&](SimulatorServer::Level level, const Json& record) {
    const auto at = kLevels.begin() + static_cast<int>(level);
    if (at >= least) WriteLine(clock, *at, record);
  };
  const auto server = SimulatorServer::Listen(std::move(*setup), clock, log);
  if (!server.has_value()) return refuse(server.error());
  first["port"] = (*server)->port();
  first["controlPort"] = (*server)->control_port();
  WriteLine(clock, "info", first);

  int received = 0;
  sigwait(&signals, &received);
  return 0;
}

}  // namespace
}  // namespace dtsop::simulator

int main(int argc, char** argv) {
  dtsop::simulator::Flags flags;
  CLI::App app("A simulated Alibaba Cloud DTS endpoint with scripted jobs and faults.");
  try {
    dtsop::simulator::DeclareFlags(&app, &flags);
    app.parse(argc, argv);
  } catch (const CLI::Error& error) {
    return app.exit(error);
  }
  return dtsop::simulator::Run(flags);
}
