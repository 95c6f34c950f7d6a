// The command line of dts-operator.
#pragma once

#include <optional>
#include <string>

#include "app/operator.h"
#include "io/core_io.h"

namespace dtsop {

struct Flags {
  OperatorOptions operator_options;
  std::string kubeconfig;
  std::string context;
  std::string metrics_address = ":8080";
  std::string probe_address = ":8081";
  std::string metrics_cert_file;  // empty, as metrics_key_file then is: no TLS
  std::string metrics_key_file;
  bool metrics_auth = false;
  std::string dts_ca_file;
  std::string error_table_file;
  LogLevel log_level = LogLevel::kInfo;
};

// Parses the command line. nullopt: the process is to end now with `*exit_code`, since --help or
// --version was asked for, or since something is wrong; what there is to say has been printed.
// POD_NAME, POD_UID and POD_NAMESPACE in the environment give the defaults of --identity and
// --leader-election-namespace.
std::optional<Flags> ParseFlags(int argc, const char* const* argv, int* exit_code);

}  // namespace dtsop
