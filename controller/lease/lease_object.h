// A coordination.k8s.io/v1 Lease as JSON: what the election of a leader and the Leases of
// namespaces have in common. Pure, but for LeaseExpiry, which remembers what it was shown.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"
#include "net/http.h"

namespace dtsop {

// The Lease in an answer; null when the answer is something else, as a proxy's may be.
Json LeaseIn(const HttpResult& result);

// "" when nobody holds it, or `lease` is null.
std::string HolderOf(const Json& lease);
std::string LeaseAnnotation(const Json& lease, std::string_view name);

// Makes `lease`, as it was read, or null when there is none, say that `holder` has it from now on,
// for `duration`; "" gives it back. All else that stands in it stays.
void HoldLease(std::string_view kube_namespace, std::string_view name, std::string_view holder,
               Duration duration, WallTime now, Json* lease);

// When a Lease that somebody else holds is free: it has not changed for the duration that it names,
// by the clock of who looks. That duration counts within reason: a tampered one must not lock
// everybody out.
class LeaseExpiry {
 public:
  // `lease` has just been read.
  MonoTime At(const Json& lease, MonoTime now);
  void Reset() { seen_.clear(); }

 private:
  std::string seen_;  // holder, renewal and version ...
  MonoTime since_{};  // ... and when they were first seen so
};

}  // namespace dtsop
