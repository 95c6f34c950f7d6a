// Keeps a Store equal to what the API server has: lists once, then watches, and does so for ever.
//
//   kListing   pages of a consistent list are being read; the store changes with the last one
//   kWatching  events after resource_version_ arrive; ended after 10 to 14 s by design, so that a
//              connection on which nothing arrives any more is noticed within 18 s, and resumed
//   kWaiting   after a failure: a growing delay, then kWatching again, or kListing when the known
//              version is too old for the server
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/dtsjob.h"
#include "base/random.h"
#include "io/outbox.h"
#include "kube/status_error.h"
#include "kube/watch_decoder.h"
#include "observe/metrics.h"
#include "store/store.h"

namespace dtsop {

class Reflector {
 public:
  // Called with each key whose object was added, changed or removed, after the store has changed.
  using OnChange = std::function<void(const ObjectKey&, Now)>;

  // `kube_namespace` "" watches all. The references must outlive the reflector.
  Reflector(std::string kube_namespace, Store& store, Outbox& outbox, Random& random,
            Metrics& metrics, OnChange on_change);

  // Starts what is due; also the very first list.
  void Tick(Now now);
  MonoTime NextWakeup() const;

  // True once a complete list has been stored.
  bool synced() const { return synced_; }
  // True while the server's rules forbid to list this namespace, and it was never listed.
  bool refused() const { return refused_ && !synced_; }
  // The store is known to be as new as this: the last time the server was heard on this list or
  // watch.
  MonoTime last_sign_of_life() const { return last_sign_of_life_; }

 private:
  enum class State { kListing, kWatching, kWaiting };

  void List(Now now);
  void OnListPage(const HttpResult& result, MonoTime sent, Now now);
  void Watch(Now now);
  void OnWatchChunk(std::string_view data, Now now);
  void OnWatchLine(std::string_view line, Now now);
  void OnWatchDone(const HttpResult& result, Now now);
  void OnServerError(const KubeError& error, Now now);
  void Wait(Duration delay, bool relist, Now now);
  void Fail(std::string_view what, const HttpResult& result, bool relist, Now now);
  void Relist(std::string_view cause, Now now);
  std::optional<DtsJob> ReadJob(const Json& object);

  const std::string kube_namespace_;
  Store& store_;
  Outbox& outbox_;
  Random& random_;
  Metrics& metrics_;
  const OnChange on_change_;

  State state_ = State::kWaiting;
  bool relist_ = true;     // kWaiting: list next, else watch
  MonoTime wait_until_{};  // kWaiting
  CallId call_ = 0;
  std::vector<DtsJob> page_jobs_;  // kListing: what has been read so far
  std::string continue_token_;
  std::string resource_version_;
  std::optional<LineDecoder> lines_;
  MonoTime watch_began_{};
  bool watch_heard_ = false;  // a head or an event arrived on this watch
  bool synced_ = false;
  bool refused_ = false;
  int64_t failures_ = 0;
  MonoTime last_sign_of_life_ = MonoTime::min();
};

}  // namespace dtsop
