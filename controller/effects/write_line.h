// Places for status writes and reads of DtsJobs: more at once would only wait in the API server,
// and time out there. Each answer is the whole DtsJob, so a large one takes several places, and
// memory is bounded.
//
// Invariant between two passes: while somebody stands in line, the first has not got the places
// that it needs, and each of these is taken by a call or promised to a DtsJob that has been called
// and not looked at since. So no wake-up gets lost.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "api/dtsjob.h"

namespace dtsop {

class WriteLine {
 public:
  explicit WriteLine(size_t places) : places_(places) {}

  // A pass over `key` begins. The places that it was promised are free: for it, or for the next.
  void BeginPass(const ObjectKey& key) {
    const auto promise = called_.find(key);
    is_called_ = promise != called_.end();
    if (!is_called_) return;
    promised_ -= promise->second;
    called_.erase(promise);
  }
  // True: one call may be sent, and Leave follows when it has ended. False: `key` stands in line.
  bool Enter(const ObjectKey& key, size_t json_bytes) {
    const size_t need = Need(json_bytes);
    if ((line_.empty() || is_called_) && taken_ + promised_ + need <= places_) {
      taken_ += need;
      return true;
    }
    if (waiting_.insert(key).second) line_.emplace_back(key, need);
    return false;
  }
  void Leave(size_t json_bytes) { taken_ -= Need(json_bytes); }
  // The next in line, if there is room for it: it is to be looked at, whatever it needs by then.
  std::optional<ObjectKey> Call() {
    if (line_.empty() || taken_ + promised_ + line_.front().second > places_) return std::nullopt;
    auto [key, need] = std::move(line_.front());
    line_.pop_front();
    waiting_.erase(key);
    promised_ += need;
    called_.emplace(key, need);
    return key;
  }
  // Nobody stands in line any more; writes under way go on.
  void Clear() {
    line_.clear();
    waiting_.clear();
    called_.clear();
    promised_ = 0;
  }
  // Places of calls under way.
  size_t taken() const { return taken_; }

 private:
  // A place is worth this much of an answer.
  static constexpr size_t kPlaceBytes = 256U << 10;
  size_t Need(size_t json_bytes) const { return std::min(1 + json_bytes / kPlaceBytes, places_); }

  const size_t places_;
  size_t taken_ = 0;
  size_t promised_ = 0;
  std::deque<std::pair<ObjectKey, size_t>> line_;  // and the places that it needs
  std::set<ObjectKey> waiting_;                    // what is in line_
  std::map<ObjectKey, size_t> called_;             // and the places that it is promised
  bool is_called_ = false;                         // whom the present pass is about
};

}  // namespace dtsop
