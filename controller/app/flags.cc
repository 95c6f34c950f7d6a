#include "app/flags.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>

#include "app/arguments.h"
#include "dts/endpoints.h"
#include "observe/json_log.h"
#include "version.h"

namespace dtsop {
namespace {

std::string EnvOr(const char* name, std::string fallback = "") {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : std::move(fallback);
}

// Of the pod, so that a restarted container takes its Lease back; else of the machine and process.
std::string DefaultIdentity() {
  const std::string pod = EnvOr("POD_NAME");
  if (!pod.empty()) return pod + "_" + EnvOr("POD_UID", "no-uid");
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return fmt::format("{}_{}", host.data(), getpid());
}

// A flag whose value is a duration such as "15s".
void AddDuration(CLI::App* app, const std::string& name, Duration* value, const std::string& help) {
  app->add_option_function<std::string>(
         name,
         [value, name](const std::string& text) {
           const auto parsed = ParseDuration(text);
           if (!parsed) throw CLI::ValidationError(name, parsed.error().message);
           if (*parsed < seconds(1)) throw CLI::ValidationError(name, "must be 1s or more");
           *value = *parsed;
         },
         help)
      ->default_str(FormatDuration(*value))
      ->type_name("DURATION");
}

// "https://host[:port]" from what was given for `flag`.
std::string EndpointOrigin(const std::string& flag, const std::string& text) {
  auto origin = NormalizeEndpoint(text);
  if (!origin) throw CLI::ValidationError(flag, origin.error().message);
  return *std::move(origin);
}

// What is wrong with a region id, as CLI11 wants to know; "" when nothing is.
std::string CheckRegion(const std::string& text) {
  return IsRegionId(text) ? "" : "is not a region id such as cn-hangzhou";
}

void AddRegionalEndpoint(const std::string& text, Endpoints* endpoints) {
  const size_t equals = text.find('=');
  const std::string region = text.substr(0, equals);
  if (equals == std::string::npos || !IsRegionId(region)) {
    throw CLI::ValidationError("--dts-endpoint-for", "must be REGION=ENDPOINT");
  }
  endpoints->regional[region] = EndpointOrigin("--dts-endpoint-for", text.substr(equals + 1));
}

// A flag whose value is a number of calls per second.
void AddQuota(CLI::App* app, const std::string& name, int* value, const std::string& help) {
  app->add_option(name, *value, help)->check(CLI::Range(1, 1000))->capture_default_str();
}

void CheckLease(const OperatorOptions& options) {
  if (options.lease_duration <= options.renew_deadline) {
    throw CLI::ValidationError("--lease-duration", "must be longer than --renew-deadline");
  }
  if (options.renew_deadline <= options.retry_period * 2) {
    throw CLI::ValidationError("--renew-deadline", "must be longer than twice --retry-period");
  }
}

void AddKubernetesFlags(CLI::App* app, Flags* flags) {
  OperatorOptions& o = flags->operator_options;
  app->add_option(
      "--kubeconfig", flags->kubeconfig,
      "Path of a kubeconfig; default: KUBECONFIG, the pod's ServiceAccount, ~/.kube/config");
  app->add_option("--context", flags->context,
                  "Context of the kubeconfig; default: its current one");
  app->add_option("--watch-namespace", o.namespaces,
                  "Namespaces to watch, comma separated or repeated; default: all")
      ->delimiter(',');
  app->add_option("--leader-election-namespace", o.lease_namespace, "Namespace of the Lease")
      ->capture_default_str();
  app->add_option("--leader-election-id", o.lease_name, "Name of the Lease")->capture_default_str();
  app->add_option(
      "--identity", o.identity,
      "Holder identity in the Lease; default: POD_NAME and POD_UID, or host and process id");
  AddDuration(app, "--lease-duration", &o.lease_duration,
              "How long a standby waits for a silent leader");
  AddDuration(app, "--renew-deadline", &o.renew_deadline,
              "How long a leader that can't renew the Lease continues");
  AddDuration(app, "--retry-period", &o.retry_period,
              "Time between two writes or reads of the Lease");
}

void AddDtsFlags(CLI::App* app, Flags* flags) {
  OperatorOptions& o = flags->operator_options;
  app->add_option("--region", o.default_region, "Region of DtsJobs without spec.regionId")
      ->check(CheckRegion);
  auto* everywhere = app->add_option_function<std::string>(
      "--dts-endpoint",
      [&o](const std::string& text) {
        o.endpoints.everywhere = EndpointOrigin("--dts-endpoint", text);
      },
      "DTS endpoint for all regions: a host, or http(s)://host[:port]; http only when it is given; "
      "default: that of the region");
  app->add_option_function<std::vector<std::string>>(
         "--dts-endpoint-for",
         [&o](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) AddRegionalEndpoint(text, &o.endpoints);
         },
         "REGION=ENDPOINT, repeated: the DTS endpoint of single regions")
      ->excludes(everywhere);
  app->add_option_function<std::vector<std::string>>(
         "--dts-extra-regions",
         [&o](const std::vector<std::string>& regions) {
           o.endpoints.extra_regions.insert(regions.begin(), regions.end());
         },
         "Regions that DtsJobs may name besides those that this version knows, comma separated or "
         "repeated")
      ->delimiter(',')
      ->check(CheckRegion);
  const std::map<std::string, bool> networks = {{"public", false}, {"vpc", true}};
  app->add_option("--dts-network", o.endpoints.vpc,
                  "public, or vpc for the endpoints inside a VPC of the region")
      ->transform(CLI::CheckedTransformer(networks))
      ->default_str("public");
  app->add_option("--dts-ca-file", flags->dts_ca_file,
                  "PEM file of the CAs to trust for DTS and STS in place of the public ones");
  app->add_option("--credentials-file", o.credentials.file,
                  "YAML or JSON with accessKeyId, accessKeySecret and optional securityToken, for "
                  "DtsJobs without credentialsSecretRef; default: the chain of the Alibaba Cloud "
                  "SDKs: environment, OIDC, CLI profile, instance metadata, credentials URI");
  app->add_option("--own-credentials-namespaces", o.own_credentials_namespaces,
                  "Namespaces whose DtsJobs without credentialsSecretRef use the operator's own "
                  "credentials, comma separated or repeated; *: all; default: none")
      ->delimiter(',');
  app->add_option_function<std::string>(
         "--metadata-endpoint",
         [&o](const std::string& text) {
           o.credentials.metadata_origin = EndpointOrigin("--metadata-endpoint", text);
         },
         "Instance metadata service to ask for credentials in place of ECS's, for rehearsals")
      ->default_str(o.credentials.metadata_origin);
  app->add_option(
      "--error-table", flags->error_table_file,
      "YAML list of {code, class, remedy} that adds to the built-in table of DTS's error "
      "codes; read again when it changes");
  const std::map<std::string, SignatureKind> kinds = {{"acs3", SignatureKind::kAcs3},
                                                      {"v1", SignatureKind::kV1}};
  app->add_option("--signature", o.signature, "acs3 (ACS3-HMAC-SHA256) or v1 (HMAC-SHA1)")
      ->transform(CLI::CheckedTransformer(kinds, CLI::ignore_case))
      ->default_str("acs3");
  AddQuota(
      app, "--dts-start-qps", &o.quotas.acts_per_second,
      "Calls per second, credential and region, of StartDtsJob, SuspendDtsJob and StopDtsJob each");
  AddQuota(app, "--dts-describe-qps", &o.quotas.describes_per_second,
           "DescribeDtsJobDetail calls per second, credential and region");
  AddQuota(app, "--dts-list-qps", &o.quotas.lists_per_second,
           "DescribeDtsJobs calls per second, credential and region");
}

void AddEndpointFlags(CLI::App* app, Flags* flags) {
  app->add_option("--metrics-bind-address", flags->metrics_address, "Address of /metrics; 0: none")
      ->capture_default_str();
  auto* cert = app->add_option("--metrics-cert-file", flags->metrics_cert_file,
                               "PEM file of the certificate for /metrics and its chain; then "
                               "/metrics is served by HTTPS; read again when it changes");
  app->add_option("--metrics-key-file", flags->metrics_key_file,
                  "PEM file of the key of --metrics-cert-file")
      ->needs(cert);
  app->add_flag("--metrics-auth", flags->metrics_auth,
                "Ask the API server whether the bearer token of a request may get /metrics");
  app->add_option("--health-probe-bind-address", flags->probe_address,
                  "Address of /healthz and /readyz; 0: none")
      ->capture_default_str();
}

}  // namespace

std::optional<Flags> ParseFlags(int argc, const char* const* argv, int* exit_code) {
  Flags flags;
  flags.operator_options.lease_namespace = EnvOr("POD_NAMESPACE", "dts-system");
  CLI::App app("Runs Alibaba Cloud DTS jobs as the DtsJobs of a Kubernetes cluster ask for.",
               "dts-operator");
  app.set_version_flag("--version", std::string("dts-operator ") + kVersion);
  AddKubernetesFlags(&app, &flags);
  AddDtsFlags(&app, &flags);
  AddEndpointFlags(&app, &flags);
  app.add_option_function<std::string>(
         "--log-level",
         [&flags](const std::string& text) {
           if (!ParseLogLevel(text, &flags.log_level)) {
             throw CLI::ValidationError("--log-level", "must be debug, info, warn or error");
           }
         },
         "debug, info, warn or error")
      ->default_str("info");
  try {
    app.parse(TidyArguments(app, argc, argv));
    TidyNamespaces("--watch-namespace", &flags.operator_options.namespaces, false);
    TidyNamespaces("--own-credentials-namespaces",
                   &flags.operator_options.own_credentials_namespaces, true);
    CheckLease(flags.operator_options);
    OperatorOptions& o = flags.operator_options;
    if (!o.default_region.empty()) o.endpoints.extra_regions.insert(o.default_region);
    if (!flags.metrics_cert_file.empty() && flags.metrics_key_file.empty()) {
      throw CLI::ValidationError("--metrics-cert-file", "needs --metrics-key-file");
    }
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error);
    return std::nullopt;
  }
  if (flags.operator_options.identity.empty()) flags.operator_options.identity = DefaultIdentity();
  return flags;
}

}  // namespace dtsop
