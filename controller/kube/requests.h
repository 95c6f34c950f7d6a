// Pure builders of the Kubernetes API requests that the operator makes. `origin` is left empty: the
// transport's own server. No name can reach beyond its own path segment, see requests.cc. Bodies
// are JSON, taken as they are. None blocks or fails.
#pragma once

#include <string>
#include <string_view>

#include "net/http.h"

namespace dtsop {

inline constexpr std::string_view kFieldManager = "dts-operator";
// The whole time of one request that reads or writes one object.
inline constexpr Duration kUnaryTimeout = seconds(10);
inline constexpr Duration kListTimeout = seconds(60);
inline constexpr Duration kListSilence = seconds(20);
// A page of several objects; the server makes it at once, in memory, as the transport has to.
inline constexpr size_t kPageBytesMax = 8U << 20;
// One object. etcd refuses more than 1.5 MiB, unless it is told otherwise.
inline constexpr size_t kObjectBytesMax = 16U << 20;
// A watch that the server has not ended this long after its timeoutSeconds is dead.
inline constexpr Duration kWatchGrace = seconds(4);

// One page; `kube_namespace` "" lists all namespaces, `continue_token` "" starts a consistent list.
// Streamed, as are all requests whose answer is a DtsJob. More than kPageBytesMax for a `limit` of
// several, or kObjectBytesMax for one, is too large.
HttpRequest ListDtsJobs(std::string_view kube_namespace, int limit,
                        std::string_view continue_token);
// Streams events after `resource_version`; the server ends it after `timeout` (rounded down to
// seconds, at least 1), the transport kWatchGrace later. Waits for no other call.
HttpRequest WatchDtsJobs(std::string_view kube_namespace, std::string_view resource_version,
                         Duration timeout);
HttpRequest GetDtsJob(std::string_view kube_namespace, std::string_view name);
// Replaces the status; `body` is the whole object with the resourceVersion that must still hold.
HttpRequest PutDtsJobStatus(std::string_view kube_namespace, std::string_view name,
                            std::string body);

HttpRequest GetLease(std::string_view kube_namespace, std::string_view name);
// Lease requests that write take the time they may use in all, because leadership depends on it.
HttpRequest CreateLease(std::string_view kube_namespace, std::string body, Duration timeout);
HttpRequest PutLease(std::string_view kube_namespace, std::string_view name, std::string body,
                     Duration timeout);

// Events are those of events.k8s.io/v1.
HttpRequest CreateEvent(std::string_view kube_namespace, std::string body);
// `merge_patch` is a JSON merge patch that advances `series`.
HttpRequest PatchEventSeries(std::string_view kube_namespace, std::string_view name,
                             std::string merge_patch);

HttpRequest GetSecret(std::string_view kube_namespace, std::string_view name);

}  // namespace dtsop
