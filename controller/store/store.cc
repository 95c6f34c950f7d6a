#include "store/store.h"

#include <charconv>
#include <utility>

namespace dtsop {
namespace {

AgedKey AgeOf(const DtsJob& job) { return {job.creation_time, job.uid, job.key}; }

}  // namespace

uint64_t ResourceVersionNumber(const std::string& resource_version) {
  uint64_t number = 0;
  const char* end = resource_version.data() + resource_version.size();
  const auto [at, error] = std::from_chars(resource_version.data(), end, number);
  return error == std::errc() && at == end ? number : 0;
}

bool Store::Upsert(DtsJob job) {
  const DtsJob* stored = Find(job.key);
  if (stored != nullptr && ResourceVersionNumber(job.resource_version) <=
                               ResourceVersionNumber(stored->resource_version)) {
    return false;
  }
  Put(std::move(job));
  return true;
}

bool Store::Refresh(DtsJob job) {
  const DtsJob* stored = Find(job.key);
  return stored != nullptr && stored->uid == job.uid && Upsert(std::move(job));
}

bool Store::Rewind(DtsJob job) {
  const DtsJob* stored = Find(job.key);
  if (stored == nullptr || stored->uid != job.uid ||
      stored->resource_version == job.resource_version) {
    return false;
  }
  Put(std::move(job));
  return true;
}

bool Store::Delete(const ObjectKey& key, const std::string& uid) {
  const auto at = jobs_.find(key);
  if (at == jobs_.end() || at->second.uid != uid) return false;
  Erase(at);
  return true;
}

std::vector<ObjectKey> Store::Replace(const std::string& namespace_name, std::vector<DtsJob> jobs,
                                      uint64_t as_of) {
  std::vector<ObjectKey> changed;
  std::set<ObjectKey> listed;
  for (DtsJob& job : jobs) {
    listed.insert(job.key);
    const DtsJob* stored = Find(job.key);
    const bool keep =
        stored != nullptr && (stored->resource_version == job.resource_version ||
                              ResourceVersionNumber(stored->resource_version) > as_of);
    if (keep) continue;
    changed.push_back(job.key);
    Put(std::move(job));
  }
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    const auto here = at++;
    const bool in_scope = namespace_name.empty() || here->first.namespace_name == namespace_name;
    if (in_scope && !listed.contains(here->first)) {
      changed.push_back(here->first);
      Erase(here);
    }
  }
  return changed;
}

const DtsJob* Store::Find(const ObjectKey& key) const {
  const auto at = jobs_.find(key);
  return at == jobs_.end() ? nullptr : &at->second;
}

Store::Range Store::InNamespace(const std::string& kube_namespace) const {
  const std::string next = kube_namespace + '\0';  // the least text that is greater
  return {jobs_.lower_bound({kube_namespace, ""}), jobs_.lower_bound({next, ""})};
}

const std::set<AgedKey>& Store::ForDtsJob(const std::string& dts_job_id) const {
  static const std::set<AgedKey> kNone;
  const auto at = by_dts_job_.find(dts_job_id);
  return at == by_dts_job_.end() ? kNone : at->second;
}

const std::set<ObjectKey>& Store::ForSecret(const ObjectKey& secret) const {
  static const std::set<ObjectKey> kNone;
  const auto at = by_secret_.find(secret);
  return at == by_secret_.end() ? kNone : at->second;
}

void Store::Put(DtsJob job) {
  if (const auto at = jobs_.find(job.key); at != jobs_.end()) Erase(at);
  by_dts_job_[job.spec.dts_job_id].insert(AgeOf(job));
  by_secret_[SecretOf(job)].insert(job.key);
  const ObjectKey key = job.key;
  jobs_.emplace(key, std::move(job));
}

void Store::Erase(std::map<ObjectKey, DtsJob>::iterator at) {
  const DtsJob& job = at->second;
  const auto same_job = by_dts_job_.find(job.spec.dts_job_id);
  same_job->second.erase(AgeOf(job));
  if (same_job->second.empty()) by_dts_job_.erase(same_job);
  const auto same_secret = by_secret_.find(SecretOf(job));
  same_secret->second.erase(job.key);
  if (same_secret->second.empty()) by_secret_.erase(same_secret);
  jobs_.erase(at);
}

}  // namespace dtsop
