#include "effects/event_recorder.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/milestone.h"
#include "base/strings.h"
#include "kube/requests.h"
#include "kube/status_error.h"
#include "queue/work_queue.h"

namespace dtsop {
namespace {

constexpr Duration kSeriesFor = minutes(10);
constexpr size_t kInFlightMax = 4;
constexpr size_t kWaitingMax = 4096;
constexpr size_t kSeriesMax = 4096;
constexpr size_t kNoteBytesMax = 1024;  // the API's own limits
constexpr size_t kWordBytesMax = 128;
constexpr size_t kNameBytesMax = 220;  // of the DtsJob's name in the event's
constexpr Duration kBackoffBase = seconds(1);
constexpr Duration kBackoffCap = seconds(30);

// An event's name begins as that of its DtsJob. Before a dot only a letter or digit may stand.
std::string NameOf(const DtsJob& job, Random& random) {
  std::string name = job.key.name.substr(0, kNameBytesMax);
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  return name + "." + random.Hex128().substr(0, 16);
}

// The server was not there or not able to, and said nothing about the event itself.
bool MayWorkLater(const HttpResult& result) {
  switch (result.error) {
    case HttpError::kNone:
      return result.status == 429 || result.status >= 500;
    case HttpError::kConnect:
    case HttpError::kTls:
    case HttpError::kTimeout:
    case HttpError::kTruncated:
      return true;
    default:
      return false;
  }
}

}  // namespace

EventRecorder::EventRecorder(const std::string& instance, Outbox& outbox, Random& random)
    : instance_(CleanText(instance, kWordBytesMax)), outbox_(outbox), random_(random) {}

void EventRecorder::Record(const DtsJob& job, std::string_view type, std::string_view reason,
                           std::string_view action, std::string_view note, Now now) {
  Prune(now);
  const auto key = std::make_tuple(job.uid, std::string(type), std::string(reason));
  if (const auto at = series_.find(key); at != series_.end()) {
    Series& series = at->second;
    const int64_t count = ++series.count;
    if (!IsMilestone(count)) return;
    const Json patch = {
        {"series", {{"count", count}, {"lastObservedTime", FormatRfc3339Micro(now.wall)}}}};
    return Send(PatchEventSeries(job.key.namespace_name, series.name, DumpJson(patch)), now);
  }
  if (series_.size() == kSeriesMax) ForgetOldest();
  const std::string name = NameOf(job, random_);
  by_begin_.push_back(series_.emplace(key, Series{name, 1, now.mono}).first);
  const Json event = {{"apiVersion", "events.k8s.io/v1"},
                      {"kind", "Event"},
                      {"metadata", {{"namespace", job.key.namespace_name}, {"name", name}}},
                      {"eventTime", FormatRfc3339Micro(now.wall)},
                      {"type", type},
                      {"reason", reason.substr(0, kWordBytesMax)},
                      {"action", action},
                      {"note", CleanText(note, kNoteBytesMax)},
                      {"reportingController", "dts.aliyun.com/dts-operator"},
                      {"reportingInstance", instance_},
                      {"regarding",
                       {{"apiVersion", kApiVersion},
                        {"kind", "DtsJob"},
                        {"namespace", job.key.namespace_name},
                        {"name", job.key.name},
                        {"uid", job.uid},
                        {"resourceVersion", job.resource_version}}}};
  Send(CreateEvent(job.key.namespace_name, DumpJson(event)), now);
}

MonoTime EventRecorder::NextWakeup() const {
  return waiting_.empty() || in_flight_ >= AtOnce() ? kNever : paused_until_;
}

// After a failure, one finds out whether the server is back.
size_t EventRecorder::AtOnce() const { return failures_ > 0 ? 1 : kInFlightMax; }

void EventRecorder::Send(HttpRequest request, Now now) {
  if (waiting_.size() < kWaitingMax) {
    waiting_.emplace(next_place_++, std::move(request));
  } else if (IsMilestone(++dropped_)) {
    outbox_.Log(LogLevel::kWarn, "events are dropped, as too many wait to be written",
                {{"dropped", std::to_string(dropped_)}});
  }
  SendNext(now);
}

void EventRecorder::SendNext(Now now) {
  while (!waiting_.empty() && in_flight_ < AtOnce() && now.mono >= paused_until_) {
    ++in_flight_;
    const auto next = waiting_.extract(waiting_.begin());
    outbox_.Send(
        Remote::kKubernetes, next.mapped(),
        [this, place = next.key(), request = next.mapped()](const HttpResult& result, Now then) {
          OnAnswer(place, request, result, then);
        });
  }
}

void EventRecorder::OnAnswer(int64_t place, const HttpRequest& request, const HttpResult& result,
                             Now now) {
  --in_flight_;
  if (MayWorkLater(result)) return PutBack(place, request, result, now);
  failures_ = 0;
  paused_until_ = MonoTime::min();
  const auto error = KubeErrorOf(result, now.wall);
  // NotFound: the event or its namespace has gone meanwhile. AlreadyExists: an earlier try worked,
  // whose answer was lost.
  if (error && !IsNotFound(*error) && !IsAlreadyExists(*error)) {
    outbox_.Log(LogLevel::kWarn, "cannot write an event", {{"error", DescribeFailure(result)}});
  }
  SendNext(now);
}

void EventRecorder::PutBack(int64_t place, const HttpRequest& request, const HttpResult& result,
                            Now now) {
  waiting_.emplace(place, request);
  const bool another = now.mono >= paused_until_;  // those sent together fail together
  if (const auto error = KubeErrorOf(result, now.wall); error && error->retry_after) {
    paused_until_ = std::max(paused_until_, now.mono + *error->retry_after);
  }
  if (!another) return;
  const Duration delay = BackoffDelay(failures_++, kBackoffBase, kBackoffCap, random_);
  paused_until_ = std::max(paused_until_, now.mono + delay);
  if (IsMilestone(failures_)) {
    outbox_.Log(LogLevel::kWarn, "cannot write events now, trying again",
                {{"waiting", std::to_string(waiting_.size())}, {"error", DescribeFailure(result)}});
  }
}

void EventRecorder::Prune(Now now) {
  while (!by_begin_.empty() && now.mono - by_begin_.front()->second.first >= kSeriesFor)
    ForgetOldest();
}

void EventRecorder::ForgetOldest() {
  series_.erase(by_begin_.front());
  by_begin_.pop_front();
}

}  // namespace dtsop
