// Kubernetes Events (events.k8s.io/v1) for what changes about a DtsJob. Best effort: an event that
// the API server refuses is logged and dropped; while the server is away, events wait, up to a
// bound.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>

#include "api/dtsjob.h"
#include "base/random.h"
#include "io/outbox.h"

namespace dtsop {

class EventRecorder {
 public:
  // `instance` names this process in the events.
  EventRecorder(const std::string& instance, Outbox& outbox, Random& random);

  // `type` is "Normal" or "Warning". The same type and reason for the same object within 10 minutes
  // counts up the first event's series, and is written at the 2nd, 4th, 8th, ... occurrence only,
  // so that nothing can flood the API server. Of too many series those that began first are
  // forgotten.
  void Record(const DtsJob& job, std::string_view type, std::string_view reason,
              std::string_view action, std::string_view note, Now now);

  // Tries again to write what is waiting, once NextWakeup has come.
  void Tick(Now now) { SendNext(now); }
  MonoTime NextWakeup() const;

 private:
  struct Series {
    std::string name;  // of the Event object
    int64_t count = 1;
    MonoTime first;
  };
  using SeriesMap = std::map<std::tuple<std::string, std::string, std::string>, Series>;
  void Send(HttpRequest request, Now now);
  void SendNext(Now now);
  void OnAnswer(int64_t place, const HttpRequest& request, const HttpResult& result, Now now);
  // Keeps `request` for later.
  void PutBack(int64_t place, const HttpRequest& request, const HttpResult& result, Now now);
  size_t AtOnce() const;
  void Prune(Now now);  // forgets series that are over
  void ForgetOldest();

  const std::string instance_;
  Outbox& outbox_;
  Random& random_;
  // In the order of Record. Events give way to all other writes.
  std::map<int64_t, HttpRequest> waiting_;
  int64_t next_place_ = 0;
  size_t in_flight_ = 0;
  int64_t failures_ = 0;                      // since the API server took or refused an event
  MonoTime paused_until_ = MonoTime::min();   // by a failure
  int64_t dropped_ = 0;                       // for want of room
  SeriesMap series_;                          // by uid, type and reason
  std::deque<SeriesMap::iterator> by_begin_;  // of all of series_, the oldest first
};

}  // namespace dtsop
