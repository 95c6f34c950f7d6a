// The DtsJobs as last seen, fed by the watch and by the answers to own writes. An object never goes
// back in time: whatever is not newer than what is stored is ignored. The exception is what shows
// that the server itself has gone back, as after a restore of etcd.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/dtsjob.h"

namespace dtsop {

// resourceVersion as a number; 0 for text that is none. Comparable within a resource type, as the
// API conventions state since Kubernetes 1.35.
uint64_t ResourceVersionNumber(const std::string& resource_version);

// A DtsJob by its age: those of equal creation time, which has whole seconds, are told apart by
// uid.
struct AgedKey {
  std::string creation_time;
  std::string uid;
  ObjectKey key;
  friend auto operator<=>(const AgedKey&, const AgedKey&) = default;
};

// The Secret that a DtsJob names; the empty key when it names none.
inline ObjectKey SecretOf(const DtsJob& job) {
  if (job.spec.credentials_secret.empty()) return {};
  return {job.key.namespace_name, job.spec.credentials_secret};
}

class Store {
 public:
  // A part of jobs().
  struct Range {
    using Iterator = std::map<ObjectKey, DtsJob>::const_iterator;
    Iterator first;
    Iterator last;
    Iterator begin() const { return first; }
    Iterator end() const { return last; }
    bool empty() const { return first == last; }
  };

  // From the watch or a list: adds or replaces. False when `job` is not newer than what is stored.
  bool Upsert(DtsJob job);
  // From the answer to a read or write of our own: replaces the same object (by uid) only, so that
  // a late answer can't bring back what was deleted. False when nothing changed.
  bool Refresh(DtsJob job);
  // False when no object with that key and uid is stored.
  bool Delete(const ObjectKey& key, const std::string& uid);
  // Like Refresh, but what the server has is taken even if it is older: it was read after the
  // stored version was known, so that version is lost.
  bool Rewind(DtsJob job);
  // Makes the objects of `namespace_name` ("": all) those of a complete list: returns the keys that
  // changed or went. The list says what is true at the version `as_of`; only what is stored and
  // newer than that stays as it is.
  std::vector<ObjectKey> Replace(const std::string& namespace_name, std::vector<DtsJob> jobs,
                                 uint64_t as_of);

  // Valid until the next change of the store; nullptr when not stored.
  const DtsJob* Find(const ObjectKey& key) const;
  const std::map<ObjectKey, DtsJob>& jobs() const { return jobs_; }
  Range InNamespace(const std::string& kube_namespace) const;
  // All DtsJobs that name this DTS job, the oldest first.
  const std::set<AgedKey>& ForDtsJob(const std::string& dts_job_id) const;
  // The keys of all DtsJobs whose SecretOf is `secret`, in key order.
  const std::set<ObjectKey>& ForSecret(const ObjectKey& secret) const;

 private:
  void Put(DtsJob job);
  void Erase(std::map<ObjectKey, DtsJob>::iterator at);

  std::map<ObjectKey, DtsJob> jobs_;
  std::map<std::string, std::set<AgedKey>> by_dts_job_;
  std::map<ObjectKey, std::set<ObjectKey>> by_secret_;
};

}  // namespace dtsop
