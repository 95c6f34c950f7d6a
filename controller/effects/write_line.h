// Places for status writes: more at once would only wait in the API server, and time out there.
//
// Invariant between two passes: while somebody stands in line, each place is taken by a write or
// promised to a DtsJob that has been called and not looked at since. So no wake-up gets lost.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "api/dtsjob.h"

namespace dtsop {

class WriteLine {
 public:
  explicit WriteLine(size_t places) : places_(places) {}

  // A pass over `key` begins. The place that it was promised is free: for it, or for the next.
  void BeginPass(const ObjectKey& key) { called_.erase(key); }
  // True: one write may be sent, and Leave follows when it has ended. False: `key` stands in line.
  bool Enter(const ObjectKey& key) {
    if (taken_ + called_.size() < places_) {
      ++taken_;
      return true;
    }
    if (waiting_.insert(key).second) line_.push_back(key);
    return false;
  }
  void Leave() { --taken_; }
  // The next in line, if a place is free: it is to be looked at, whatever it needs by then.
  std::optional<ObjectKey> Call() {
    if (line_.empty() || taken_ + called_.size() >= places_) return std::nullopt;
    ObjectKey key = std::move(line_.front());
    line_.pop_front();
    waiting_.erase(key);
    called_.insert(key);
    return key;
  }
  // Nobody stands in line any more; writes under way go on.
  void Clear() {
    line_.clear();
    waiting_.clear();
    called_.clear();
  }
  // Writes under way.
  size_t taken() const { return taken_; }

 private:
  const size_t places_;
  size_t taken_ = 0;
  std::deque<ObjectKey> line_;
  std::set<ObjectKey> waiting_;  // what is in line_
  std::set<ObjectKey> called_;
};

}  // namespace dtsop
