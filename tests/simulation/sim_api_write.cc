// Create, update, patch and delete.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/simulation/sim_api_server.h"
#include "tests/simulation/sim_api_target.h"

namespace dtsop::sim {
namespace {

constexpr std::string_view kModified =
    "the object has been modified; please apply your changes to the latest version and try again";

std::string ResourceVersion(const Json& object) {
  return StringOr(Member(object, "metadata", "resourceVersion"));
}

// True: the change is no new generation, as all but metadata and status is the same.
bool SameIntent(const Json& a, const Json& b) {
  const auto kept = [](const Json& from, const Json& in) {
    return std::all_of(from.items().begin(), from.items().end(), [&](const auto& item) {
      return item.key() == "metadata" || item.key() == "status" ||
             Member(in, item.key()) == item.value();
    });
  };
  return kept(a, b) && kept(b, a);
}

}  // namespace

SimApiServer::SimApiServer(SimApiOptions options)
    : options_(std::move(options)), schema_(options_.dtsjob_schema) {}

HttpResult SimApiServer::Handle(const HttpRequest& request, WallTime now, int64_t seen) {
  Target target;
  if (std::optional<HttpResult> refused = Parse(request, &target)) return *std::move(refused);
  return Serve(target, request, now, seen);
}

HttpResult SimApiServer::Serve(const Target& target, const HttpRequest& request, WallTime now,
                               int64_t seen) {
  if (request.method == "GET") return target.name.empty() ? List(target, seen) : Get(target, seen);
  Json body;
  if (!request.body.empty()) {
    Result<Json> parsed = ParseJson(request.body);
    if (!parsed || !parsed->is_object())
      return StatusReply(400, "BadRequest", "the object provided is unrecognized", nullptr);
    body = *std::move(parsed);
  }
  if (request.method == "DELETE" && !target.name.empty()) return Remove(target, body, now);
  if (body.is_null())
    return StatusReply(400, "BadRequest", "the object provided is unrecognized", nullptr);
  if (request.method == "POST" && target.name.empty()) return Create(target, std::move(body), now);
  if (request.method == "PUT" && !target.name.empty()) return Replace(target, std::move(body), now);
  if (request.method == "PATCH" && !target.name.empty()) {
    if (FindHeader(request.headers, "Content-Type") != "application/merge-patch+json")
      return StatusReply(415, "UnsupportedMediaType",
                         "the body of the request was in an unknown format - accepted media types "
                         "include: application/merge-patch+json",
                         Json::object());
    return Patch(target, body, now);
  }
  return StatusReply(405, "MethodNotAllowed",
                     "the server does not allow this method on the requested resource",
                     Json::object());
}

std::optional<HttpResult> SimApiServer::Check(const Target& target, const Json& object,
                                              const Json& old) const {
  if (std::optional<std::string> unreadable = DecodeBuiltIn(*target.resource, object))
    return StatusReply(400, "BadRequest", *unreadable, nullptr);
  std::vector<std::string> findings = target.resource->custom
                                          ? schema_.Validate(object)
                                          : ValidateBuiltIn(*target.resource, object, old);
  // The CRD's one CEL rule that matters to the operator.
  if (target.resource == &DtsJobs() && !old.is_null() &&
      Member(object, "spec", "dtsJobId") != Member(old, "spec", "dtsJobId"))
    findings.emplace_back("spec.dtsJobId: Value is immutable");
  if (findings.empty()) return std::nullopt;
  return InvalidReply(*target.resource, target.name, findings);
}

HttpResult SimApiServer::Create(const Target& target, Json object, WallTime now) {
  Target created = target;
  Json& metadata = object["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  created.name = StringOr(Member(metadata, "name"));
  if (const std::string prefix = StringOr(Member(metadata, "generateName"));
      created.name.empty() && !prefix.empty())
    created.name = fmt::format("{}{:05x}", prefix, ++names_);
  if (created.name.empty())
    return InvalidReply(*target.resource, "",
                        {"metadata.name: Required value: name or generateName is required"});
  if (!ResourceVersion(object).empty())
    return StatusReply(400, "BadRequest",
                       "resourceVersion should not be set on objects to be created", nullptr);
  const std::string ns = StringOr(Member(metadata, "namespace"), target.ns);
  if (ns != target.ns)
    return StatusReply(400, "BadRequest",
                       "the namespace of the provided object does not match the namespace sent on "
                       "the request",
                       nullptr);
  metadata["name"] = created.name;
  metadata["namespace"] = created.ns;
  metadata["uid"] = fmt::format("00000000-0000-4000-8000-{:012x}", ++uids_);
  metadata["creationTimestamp"] = FormatRfc3339(now);
  object["apiVersion"] = ApiVersion(*target.resource);
  object["kind"] = target.resource->kind;
  if (target.resource->custom) {
    metadata["generation"] = 1;
    object.erase("status");
    schema_.Prune(object);
    schema_.Default(object);
  }
  if (std::optional<HttpResult> invalid = Check(created, object, nullptr))
    return *std::move(invalid);
  if (store_.Get(created.Key()) != nullptr)
    return StatusReply(
        409, "AlreadyExists",
        fmt::format("{} \"{}\" already exists", QualifiedName(*target.resource), created.name),
        {{"name", created.name},
         {"group", target.resource->group},
         {"kind", target.resource->plural}});
  return JsonReply(201, store_.Put(created.Key(), std::move(object), now).text);
}

HttpResult SimApiServer::UidConflict(const Target& target, std::string_view wanted,
                                     std::string_view found) {
  return ConflictReply(
      *target.resource, target.name,
      fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", wanted,
                  found));
}

HttpResult SimApiServer::Replace(const Target& target, Json object, WallTime now) {
  if (const std::string name = StringOr(Member(object, "metadata", "name")); name != target.name)
    return StatusReply(400, "BadRequest",
                       fmt::format("the name of the object ({}) does not match the name on the URL "
                                   "({})",
                                   name, target.name),
                       nullptr);
  const SimVersion* old = store_.Get(target.Key());
  const std::string version = ResourceVersion(object);
  const std::string uid = StringOr(Member(object, "metadata", "uid"));
  if (old == nullptr) {
    if (!target.resource->create_on_update) return NotFoundReply(*target.resource, target.name);
    if (!uid.empty()) return UidConflict(target, uid, "");
    // As on the real server: the resourceVersion of an object that is gone does not matter.
    object["metadata"].erase("resourceVersion");
    return Create(target, std::move(object), now);
  }
  // A uid is a precondition that is checked before the resourceVersion.
  const std::string old_uid = StringOr(Member(old->object, "metadata", "uid"));
  if (!uid.empty() && uid != old_uid) return UidConflict(target, uid, old_uid);
  if (version.empty() && !target.resource->unconditional_update)
    return InvalidReply(*target.resource, target.name,
                        {"metadata.resourceVersion: Invalid value: 0: must be specified for an "
                         "update"});
  if (!version.empty() && version != ResourceVersion(old->object))
    return ConflictReply(*target.resource, target.name, kModified);
  return Store(target, *old, std::move(object), now);
}

HttpResult SimApiServer::Patch(const Target& target, const Json& patch, WallTime now) {
  const SimVersion* old = store_.Get(target.Key());
  if (old == nullptr) return NotFoundReply(*target.resource, target.name);
  Json object = old->object;
  object.merge_patch(patch);
  if (Member(object, "metadata", "uid") != Member(old->object, "metadata", "uid"))
    return InvalidReply(*target.resource, target.name, {"metadata.uid: field is immutable"});
  if (ResourceVersion(object) != ResourceVersion(old->object))
    return ConflictReply(*target.resource, target.name, kModified);
  return Store(target, *old, std::move(object), now);
}

// Writes `object` over `old` with what a client can't change put back. Equal content is no write.
HttpResult SimApiServer::Store(const Target& target, const SimVersion& old, Json object,
                               WallTime now) {
  if (target.status) {
    Json status = Member(object, "status");
    object = old.object;
    object["status"] = std::move(status);
  } else if (target.resource->custom) {
    object["status"] = Member(old.object, "status");
  }
  if (target.resource->custom && object["status"].is_null()) object.erase("status");
  Json& metadata = object["metadata"];
  for (const char* name : {"namespace", "uid", "creationTimestamp", "generation",
                           "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion"}) {
    const Json& kept = Member(old.object, "metadata", name);
    if (kept.is_null()) {
      metadata.erase(name);
    } else {
      metadata[name] = kept;
    }
  }
  object["apiVersion"] = ApiVersion(*target.resource);
  object["kind"] = target.resource->kind;
  if (target.resource->custom) {
    schema_.Prune(object);
    schema_.Default(object);
    if (!SameIntent(object, old.object))
      metadata["generation"] = IntOr(Member(old.object, "metadata", "generation"), 0) + 1;
  }
  if (std::optional<HttpResult> invalid = Check(target, object, old.object))
    return *std::move(invalid);
  if (object == old.object) return JsonReply(200, old.text);
  if (metadata.contains("deletionTimestamp") && Member(metadata, "finalizers").empty())
    return JsonReply(200, store_.Delete(target.Key(), std::move(object), now).text);
  return JsonReply(200, store_.Put(target.Key(), std::move(object), now).text);
}

HttpResult SimApiServer::Remove(const Target& target, const Json& options, WallTime now) {
  const SimVersion* old = store_.Get(target.Key());
  if (old == nullptr) return NotFoundReply(*target.resource, target.name);
  const Json& wanted = Member(options, "preconditions");
  for (const char* name : {"uid", "resourceVersion"}) {
    if (wanted.contains(name) && Member(wanted, name) != Member(old->object, "metadata", name))
      return ConflictReply(*target.resource, target.name, "Precondition failed");
  }
  Json object = old->object;
  Json& metadata = object["metadata"];
  if (!Member(metadata, "finalizers").empty()) {
    if (metadata.contains("deletionTimestamp")) return JsonReply(200, old->text);
    metadata["deletionTimestamp"] = FormatRfc3339(now);
    metadata["deletionGracePeriodSeconds"] = 0;
    metadata["generation"] = IntOr(Member(metadata, "generation"), 0) + 1;
    return JsonReply(200, store_.Put(target.Key(), std::move(object), now).text);
  }
  const Json uid = Member(metadata, "uid");
  store_.Delete(target.Key(), std::move(object), now);
  return JsonReply(200, DumpJson({{"kind", "Status"},
                                  {"apiVersion", "v1"},
                                  {"metadata", Json::object()},
                                  {"status", "Success"},
                                  {"details",
                                   {{"name", target.name},
                                    {"group", target.resource->group},
                                    {"kind", target.resource->plural},
                                    {"uid", uid}}}}));
}

}  // namespace dtsop::sim
