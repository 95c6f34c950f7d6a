// The resources that the simulated API server serves, the rules of each, and the Status bodies of
// its refusals.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "net/http.h"

namespace dtsop::sim {

// How one resource differs from the others on the real server.
struct SimResource {
  std::string_view group;  // empty: the core group
  std::string_view version;
  std::string_view plural;
  std::string_view kind;
  bool custom = false;                // has a CRD: generation, /status, structural schema
  bool unconditional_update = false;  // a PUT needs no resourceVersion
  bool create_on_update = false;      // a PUT of a missing object creates it
  std::string_view verbs;             // what the operator's ClusterRole grants, " get list " ...
};

// nullptr for a resource that the server does not have.
const SimResource* FindResource(std::string_view group, std::string_view version,
                                std::string_view plural);
const SimResource& DtsJobs();
const SimResource& Secrets();

// "apps/v1", or "v1" for the core group.
std::string ApiVersion(const SimResource& resource);
// "dtsjobs.dts.aliyun.com", or "secrets": as messages name it.
std::string QualifiedName(const SimResource& resource);

// A failure as the API server words it.
HttpResult StatusReply(int code, std::string_view reason, std::string_view message, Json details);
HttpResult NotFoundReply(const SimResource& resource, std::string_view name);
HttpResult ConflictReply(const SimResource& resource, std::string_view name,
                         std::string_view cause);
HttpResult InvalidReply(const SimResource& resource, std::string_view name,
                        const std::vector<std::string>& findings);
HttpResult JsonReply(int code, std::string body);

// Why a Lease or an Event can't even be read, or nullopt.
std::optional<std::string> DecodeBuiltIn(const SimResource& resource, const Json& object);
// What is wrong with a Lease or an Event, by the rules of the built-in types; empty for others.
// `old` is null for a creation.
std::vector<std::string> ValidateBuiltIn(const SimResource& resource, const Json& object,
                                         const Json& old);

}  // namespace dtsop::sim
