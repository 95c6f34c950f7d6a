// What tests do in the place of a user: the same rules, no authorization.
#include "base/crypto.h"
#include "tests/simulation/sim_api_server.h"
#include "tests/simulation/sim_api_target.h"

namespace dtsop::sim {
namespace {

HttpRequest Call(std::string_view method, const Json& body) {
  HttpRequest request;
  request.method = method;
  request.headers = {{"Content-Type", "application/merge-patch+json"}};
  if (!body.is_null()) request.body = DumpJson(body);
  return request;
}

}  // namespace

HttpResult SimApiServer::CreateDtsJob(std::string_view ns, std::string_view name, const Json& spec,
                                      WallTime now) {
  Target target;
  target.resource = &DtsJobs();
  target.ns = ns;
  return Serve(target, Call("POST", {{"metadata", {{"name", name}}}, {"spec", spec}}), now,
               kLatest);
}

HttpResult SimApiServer::PatchDtsJob(std::string_view ns, std::string_view name, const Json& patch,
                                     WallTime now) {
  Target target;
  target.resource = &DtsJobs();
  target.ns = ns;
  target.name = name;
  return Serve(target, Call("PATCH", patch), now, kLatest);
}

HttpResult SimApiServer::DeleteDtsJob(std::string_view ns, std::string_view name, WallTime now) {
  Target target;
  target.resource = &DtsJobs();
  target.ns = ns;
  target.name = name;
  return Serve(target, Call("DELETE", nullptr), now, kLatest);
}

void SimApiServer::PutSecret(std::string_view ns, std::string_view name, const Json& values,
                             WallTime now) {
  Json data = Json::object();
  for (const auto& [key, value] : values.items()) data[key] = Base64Encode(StringOr(value));
  Target target;
  target.resource = &Secrets();
  target.ns = ns;
  const Json body = {{"metadata", {{"name", name}}}, {"data", data}};
  if (store_.Get(SimStore::Key(Secrets().plural, ns, name)) != nullptr) {
    target.name = name;
    Serve(target, Call("PUT", body), now, kLatest);
  } else {
    Serve(target, Call("POST", body), now, kLatest);
  }
}

void SimApiServer::DeleteSecret(std::string_view ns, std::string_view name, WallTime now) {
  Target target;
  target.resource = &Secrets();
  target.ns = ns;
  target.name = name;
  Serve(target, Call("DELETE", nullptr), now, kLatest);
}

void SimApiServer::DeleteLease(std::string_view ns, std::string_view name, WallTime now) {
  Target target;
  target.resource = FindResource("coordination.k8s.io", "v1", "leases");
  target.ns = ns;
  target.name = name;
  Serve(target, Call("DELETE", nullptr), now, kLatest);
}

Json SimApiServer::DtsJob(std::string_view ns, std::string_view name) const {
  const SimVersion* found = store_.Get(SimStore::Key(DtsJobs().plural, ns, name));
  return found == nullptr ? Json() : found->object;
}

std::vector<Json> SimApiServer::All(std::string_view plural) const {
  std::vector<Json> objects;
  for (const SimVersion* version : store_.List(std::string(plural) + "/", kLatest, "", 0))
    objects.push_back(version->object);
  return objects;
}

}  // namespace dtsop::sim
