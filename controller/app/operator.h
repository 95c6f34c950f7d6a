// The operator's deterministic core: everything that decides, wired together. It does no I/O, reads
// no clock and owns no thread. The shell (app/shell.h) feeds it in production, the simulator
// (tests/simulation) in tests; the same events at the same times give the same commands.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "credentials/own_credentials.h"
#include "dts/endpoints.h"
#include "dts/errors.h"
#include "dts/signer.h"
#include "effects/dts_account.h"
#include "io/core_io.h"
#include "observe/metrics.h"

namespace dtsop {

struct OperatorOptions {
  std::vector<std::string> namespaces;  // to watch; empty: all
  std::string lease_namespace = "dts-system";
  std::string lease_name = "dts-operator";
  std::string identity;  // of the pod, not of the process
  Duration lease_duration = seconds(15);
  Duration renew_deadline = seconds(10);
  Duration retry_period = seconds(2);
  std::string default_region;  // for DtsJobs without regionId; may be empty
  Endpoints endpoints;         // of DTS
  OwnCredentialsOptions credentials;
  std::vector<std::string> own_credentials_namespaces;  // that they serve; "*": all
  SignatureKind signature = SignatureKind::kAcs3;
  DtsQuotas quotas;
  ErrorTableSource errors = &BuiltInErrors;  // what DTS's error codes mean
};

// What a probe or a test may ask of the core at any time between two Handle calls.
struct OperatorState {
  // Every watched namespace has been listed once, but for those that the API server's rules refuse
  // to this operator; at least one has.
  bool synced = false;
  bool leading = false;  // holds a Lease that is still valid
  size_t jobs = 0;
  size_t secrets = 0;   // whose credentials are in memory, the operator's own included
  size_t accounts = 0;  // of which the most is remembered: proofs, paces or pages
};

class Operator {
 public:
  // `metrics` must outlive the operator.
  Operator(OperatorOptions options, Random random, Metrics& metrics, Surroundings surroundings);
  ~Operator();

  // Handles one event and appends what is to be done to `out`. The first call, with Tick, starts
  // everything. Never blocks, never throws.
  void Handle(const Event& event, Now now, std::vector<Command>* out);

  // When the core wants its next Tick even if nothing else happens.
  MonoTime NextWakeup() const;

  OperatorState State(Now now) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace dtsop
