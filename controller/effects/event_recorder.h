// Kubernetes Events (events.k8s.io/v1) for what changes about a DtsJob. Best effort: an event that
// can't be written is logged and dropped.
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
  // so that nothing can flood the API server.
  void Record(const DtsJob& job, std::string_view type, std::string_view reason,
              std::string_view action, std::string_view note, Now now);

 private:
  struct Series {
    std::string name;  // of the Event object
    int64_t count = 1;
    MonoTime first;
  };
  void Send(HttpRequest request);
  void SendNext();
  void Prune(Now now);

  const std::string instance_;
  Outbox& outbox_;
  Random& random_;
  std::deque<HttpRequest> waiting_;  // events give way to all other writes
  size_t in_flight_ = 0;
  std::map<std::tuple<std::string, std::string, std::string>, Series> series_;  // uid, type, reason
};

}  // namespace dtsop
