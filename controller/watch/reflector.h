// Keeps a Store equal to what the API server has: lists once, then watches, and does so for ever.
//
//   kListing   pages of a consistent list are being read; the store changes with the last one. A
//              page that is too large is asked for again with half the limit
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
#include "base/json_sieve.h"
#include "base/random.h"
#include "io/outbox.h"
#include "kube/status_error.h"
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
  // The store is known to be as new as this: the beginning of the last list, or the last time that
  // the watch brought something new. That a watch can be opened says nothing: it may be fed from a
  // cache that stands still.
  MonoTime last_sign_of_life() const { return last_sign_of_life_; }

 private:
  enum class State { kListing, kWatching, kWaiting };

  void List(Now now);
  void OnListChunk(std::string_view data, Now now);
  void OnListRecord(const JsonSieve::Record& record);
  void OnListPage(const HttpResult& result, Now now);
  void OnListComplete(const std::string& version, Now now);
  // Asks for the page once more, for half as many objects.
  void ShrinkPage(Now now);
  void Watch(Now now);
  void OnWatchChunk(std::string_view data, Now now);
  void OnWatchRecord(const JsonSieve::Record& record, Now now);
  void OnWatchDone(const HttpResult& result, Now now);
  void OnServerError(const KubeError& error, Now now);
  void Wait(Duration delay, bool relist, Now now);
  void Fail(std::string_view what, const std::string& error, Duration at_least, bool relist,
            Now now);
  void Relist(std::string_view cause, Now now);
  // `request` on a new connection after a failure: those that are open may be dead as well.
  CallId Stream(HttpRequest request, Outbox::StreamHandlers handlers);
  std::optional<DtsJob> ReadJob(const Json& object, const JsonSieve::Record& record);

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
  std::optional<JsonSieve> sieve_;  // of the call
  MonoTime call_began_{};

  // kListing: what has been read so far, and of the present page.
  std::vector<DtsJob> listed_;
  MonoTime list_began_{};
  std::string continue_token_;
  int page_limit_;
  size_t page_bytes_ = 0;
  std::vector<DtsJob> page_jobs_;
  Json page_metadata_;  // null: not read yet

  std::string resource_version_;
  bool head_seen_ = false;    // kWatching
  bool watch_heard_ = false;  // an event arrived on this watch
  bool synced_ = false;
  bool refused_ = false;
  int64_t failures_ = 0;
  MonoTime last_sign_of_life_ = MonoTime::min();
};

}  // namespace dtsop
