// What etcd is to the API server: every version of every object under one growing revision. Nothing
// is ever dropped, so that checkers can read the whole history; compaction only forbids the old.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace dtsop::sim {

inline constexpr int64_t kLatest = std::numeric_limits<int64_t>::max();

// One version of one object. A deletion is a version too: the last state under the revision of the
// deletion.
struct SimVersion {
  std::string key;  // "dtsjobs/shop/orders"
  int64_t revision = 0;
  WallTime time;
  bool created = false;
  bool deleted = false;
  Json object;
  std::string text;  // `object` as JSON
};

class SimStore {
 public:
  static std::string Key(std::string_view resource, std::string_view ns, std::string_view name);

  int64_t revision() const { return revision_; }
  int64_t compacted() const { return compacted_; }
  // From now on nothing older than `revision` can be listed or watched.
  void Compact(int64_t revision) { compacted_ = std::max(compacted_, revision); }

  // The object as of revision `at`, or nullptr when there was none. The pointer stays valid.
  const SimVersion* Get(const std::string& key, int64_t at = kLatest) const;
  // Writes a new version and returns it; sets metadata.resourceVersion.
  const SimVersion& Put(const std::string& key, Json object, WallTime time);
  // `object` is what is told of the deletion: its last state. The key must exist.
  const SimVersion& Delete(const std::string& key, Json object, WallTime time);

  // At most `limit` (0: all) objects as of `at` whose key starts with `prefix` and is greater than
  // `after`, in the order of their keys.
  std::vector<const SimVersion*> List(const std::string& prefix, int64_t at,
                                      const std::string& after, size_t limit) const;

  // All versions in the order of their revisions.
  const std::deque<SimVersion>& log() const { return log_; }
  // The first version in the log with a revision above `revision`, as an index.
  size_t IndexAfter(int64_t revision) const {
    return static_cast<size_t>(std::max<int64_t>(revision - kEmpty, 0));
  }
  void OnChange(std::function<void(int64_t revision)> listener) {
    listeners_.push_back(std::move(listener));
  }
  // All versions of one key.
  std::vector<const SimVersion*> History(const std::string& key) const;

 private:
  const SimVersion& Append(SimVersion version);

  // The revision of an empty store: 0 has a meaning of its own in the API.
  static constexpr int64_t kEmpty = 1;

  int64_t revision_ = kEmpty;
  int64_t compacted_ = 0;
  std::deque<SimVersion> log_;
  std::map<std::string, std::vector<const SimVersion*>> versions_;
  std::vector<std::function<void(int64_t revision)>> listeners_;
};

}  // namespace dtsop::sim
