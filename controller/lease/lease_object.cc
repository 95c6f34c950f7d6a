#include "lease/lease_object.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace dtsop {
namespace {

// A larger number is none to the API server, which would refuse every write.
constexpr int64_t kTransitionsMax = std::numeric_limits<int32_t>::max();
constexpr int64_t kDurationMax = 3600;  // seconds

}  // namespace

Json LeaseIn(const HttpResult& result) {
  auto lease = ParseJson(result.body);
  const bool usable = lease && !StringOr(Member(*lease, "metadata", "resourceVersion")).empty();
  return usable ? std::move(*lease) : Json();
}

std::string HolderOf(const Json& lease) {
  return StringOr(Member(lease, "spec", "holderIdentity"));
}

std::string LeaseAnnotation(const Json& lease, std::string_view name) {
  return StringOr(Member(lease, "metadata", "annotations", name));
}

void HoldLease(std::string_view kube_namespace, std::string_view name, std::string_view holder,
               Duration duration, WallTime now, Json* lease) {
  const bool is_new = lease->is_null();
  if (is_new) *lease = Json::object();
  (*lease)["apiVersion"] = "coordination.k8s.io/v1";
  (*lease)["kind"] = "Lease";
  Json& metadata = (*lease)["metadata"];
  metadata["namespace"] = kube_namespace;
  metadata["name"] = name;
  metadata.erase("managedFields");
  if (!Member(metadata, "annotations").is_object()) metadata["annotations"] = Json::object();
  if (!Member(*lease, "spec").is_object()) (*lease)["spec"] = Json::object();
  Json& spec = (*lease)["spec"];
  const bool taking = !holder.empty() && StringOr(Member(spec, "holderIdentity")) != holder;
  spec["renewTime"] = FormatRfc3339Micro(now);
  if (taking) {
    spec["acquireTime"] = spec["renewTime"];
    const int64_t before =
        std::clamp<int64_t>(IntOr(Member(spec, "leaseTransitions"), 0), 0, kTransitionsMax - 1);
    spec["leaseTransitions"] = is_new ? 0 : before + 1;
  }
  spec["holderIdentity"] = holder;
  spec["leaseDurationSeconds"] = std::max<int64_t>(1, std::chrono::ceil<seconds>(duration).count());
}

MonoTime LeaseExpiry::At(const Json& lease, MonoTime now) {
  std::string seen = HolderOf(lease) + "/" + StringOr(Member(lease, "spec", "renewTime")) + "/" +
                     StringOr(Member(lease, "metadata", "resourceVersion"));
  if (seen != seen_) {
    seen_ = std::move(seen);
    since_ = now;
  }
  return since_ + seconds(std::clamp<int64_t>(
                      IntOr(Member(lease, "spec", "leaseDurationSeconds"), 0), 1, kDurationMax));
}

}  // namespace dtsop
