#include "tests/simulation/sim_store.h"

#include <algorithm>
#include <utility>

namespace dtsop::sim {
namespace {

const SimVersion* AsOf(const std::vector<const SimVersion*>& versions, int64_t at) {
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if ((*it)->revision <= at) return (*it)->deleted ? nullptr : *it;
  }
  return nullptr;
}

}  // namespace

std::string SimStore::Key(std::string_view resource, std::string_view ns, std::string_view name) {
  return std::string(resource).append("/").append(ns).append("/").append(name);
}

const SimVersion* SimStore::Get(const std::string& key, int64_t at) const {
  const auto found = versions_.find(key);
  return found == versions_.end() ? nullptr : AsOf(found->second, at);
}

const SimVersion& SimStore::Append(SimVersion version) {
  version.revision = ++revision_;
  version.object["metadata"]["resourceVersion"] = std::to_string(revision_);
  version.text = DumpJson(version.object);
  log_.push_back(std::move(version));
  versions_[log_.back().key].push_back(&log_.back());
  const SimVersion& appended = log_.back();
  for (const auto& listener : listeners_) listener(appended.revision);
  return appended;
}

const SimVersion& SimStore::Put(const std::string& key, Json object, WallTime time) {
  SimVersion version;
  version.key = key;
  version.time = time;
  version.created = Get(key) == nullptr;
  version.object = std::move(object);
  return Append(std::move(version));
}

const SimVersion& SimStore::Delete(const std::string& key, Json object, WallTime time) {
  SimVersion version;
  version.key = key;
  version.time = time;
  version.deleted = true;
  version.object = std::move(object);
  return Append(std::move(version));
}

std::vector<const SimVersion*> SimStore::List(const std::string& prefix, int64_t at,
                                              const std::string& after, size_t limit) const {
  std::vector<const SimVersion*> out;
  auto it = after.empty() ? versions_.lower_bound(prefix) : versions_.upper_bound(after);
  for (; it != versions_.end() && it->first.starts_with(prefix); ++it) {
    const SimVersion* version = AsOf(it->second, at);
    if (version == nullptr) continue;
    out.push_back(version);
    if (limit != 0 && out.size() == limit) break;
  }
  return out;
}

std::vector<const SimVersion*> SimStore::History(const std::string& key) const {
  const auto found = versions_.find(key);
  return found == versions_.end() ? std::vector<const SimVersion*>() : found->second;
}

}  // namespace dtsop::sim
