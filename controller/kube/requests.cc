#include "kube/requests.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace dtsop {
namespace {

constexpr std::string_view kDtsGroup = "/apis/dts.aliyun.com/v1alpha1";
constexpr std::string_view kLeaseGroup = "/apis/coordination.k8s.io/v1";
constexpr std::string_view kEventGroup = "/apis/events.k8s.io/v1";
constexpr std::string_view kCoreGroup = "/api/v1";

// One path segment. The API server splits the path after decoding it, so "%2F" would still be a
// separator and "%2E%2E" a step up. Encoded twice, what it sees is a literal "%2F", which no
// Kubernetes name may hold: such a request can only be answered with "not found". Valid names
// (letters, digits, '-', '.') stay as they are.
std::string Segment(std::string_view name) {
  if (name.empty()) return "%25";
  if (name == ".") return "%252E";
  if (name == "..") return "%252E%252E";
  return PercentEncode(PercentEncode(name));
}

// ".../namespaces/NS/RESOURCE", or ".../RESOURCE" for all namespaces.
std::string Collection(std::string_view group, std::string_view kube_namespace,
                       std::string_view resource) {
  std::string path(group);
  if (!kube_namespace.empty()) path.append("/namespaces/").append(Segment(kube_namespace));
  return path.append("/").append(resource);
}

std::string Object(std::string_view group, std::string_view kube_namespace,
                   std::string_view resource, std::string_view name) {
  std::string path(group);
  path.append("/namespaces/").append(Segment(kube_namespace));
  return path.append("/").append(resource).append("/").append(Segment(name));
}

HttpRequest Read(std::string target, Duration timeout) {
  HttpRequest request;
  request.target = std::move(target);
  request.idle_timeout = timeout;
  request.total_timeout = timeout;
  return request;
}

HttpRequest Write(std::string method, std::string path, std::string content_type, std::string body,
                  Duration timeout) {
  HttpRequest request =
      Read(path.append("?").append(EncodeQuery({{"fieldManager", std::string(kFieldManager)}})),
           timeout);
  request.method = std::move(method);
  request.headers = {{"Content-Type", std::move(content_type)}};
  request.body = std::move(body);
  return request;
}

constexpr char kJson[] = "application/json";
constexpr char kMergePatch[] = "application/merge-patch+json";

}  // namespace

HttpRequest ListDtsJobs(std::string_view kube_namespace, int limit,
                        std::string_view continue_token) {
  QueryParameters query = {{"limit", std::to_string(limit)}};
  if (!continue_token.empty()) query.emplace_back("continue", continue_token);
  HttpRequest request = Read(
      Collection(kDtsGroup, kube_namespace, "dtsjobs") + "?" + EncodeQuery(query), kListTimeout);
  request.idle_timeout = kListSilence;
  request.body_bytes_max = limit > 1 ? kPageBytesMax : kObjectBytesMax;
  request.stream = true;
  return request;
}

HttpRequest WatchDtsJobs(std::string_view kube_namespace, std::string_view resource_version,
                         Duration timeout) {
  const auto whole = std::max(std::chrono::duration_cast<seconds>(timeout), seconds(1));
  const QueryParameters query = {{"watch", "true"},
                                 {"allowWatchBookmarks", "true"},
                                 {"resourceVersion", std::string(resource_version)},
                                 {"timeoutSeconds", std::to_string(whole.count())}};
  HttpRequest request =
      Read(Collection(kDtsGroup, kube_namespace, "dtsjobs") + "?" + EncodeQuery(query),
           whole + kWatchGrace);
  request.body_bytes_max = kObjectBytesMax;
  request.stream = true;
  request.urgent = true;
  return request;
}

HttpRequest GetDtsJob(std::string_view kube_namespace, std::string_view name) {
  HttpRequest request = Read(Object(kDtsGroup, kube_namespace, "dtsjobs", name), kUnaryTimeout);
  request.body_bytes_max = kObjectBytesMax;
  request.stream = true;
  return request;
}

HttpRequest PutDtsJobStatus(std::string_view kube_namespace, std::string_view name,
                            std::string body) {
  HttpRequest request = Write("PUT", Object(kDtsGroup, kube_namespace, "dtsjobs", name) + "/status",
                              kJson, std::move(body), kUnaryTimeout);
  request.body_bytes_max = kObjectBytesMax;
  request.stream = true;
  return request;
}

HttpRequest GetLease(std::string_view kube_namespace, std::string_view name) {
  return Read(Object(kLeaseGroup, kube_namespace, "leases", name), kUnaryTimeout);
}

HttpRequest CreateLease(std::string_view kube_namespace, std::string body, Duration timeout) {
  return Write("POST", Collection(kLeaseGroup, kube_namespace, "leases"), kJson, std::move(body),
               timeout);
}

HttpRequest PutLease(std::string_view kube_namespace, std::string_view name, std::string body,
                     Duration timeout) {
  return Write("PUT", Object(kLeaseGroup, kube_namespace, "leases", name), kJson, std::move(body),
               timeout);
}

HttpRequest CreateEvent(std::string_view kube_namespace, std::string body) {
  return Write("POST", Collection(kEventGroup, kube_namespace, "events"), kJson, std::move(body),
               kUnaryTimeout);
}

HttpRequest PatchEventSeries(std::string_view kube_namespace, std::string_view name,
                             std::string merge_patch) {
  return Write("PATCH", Object(kEventGroup, kube_namespace, "events", name), kMergePatch,
               std::move(merge_patch), kUnaryTimeout);
}

HttpRequest GetSecret(std::string_view kube_namespace, std::string_view name) {
  return Read(Object(kCoreGroup, kube_namespace, "secrets", name), kUnaryTimeout);
}

}  // namespace dtsop
