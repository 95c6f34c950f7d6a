#include "effects/event_recorder.h"

#include <utility>

#include "base/json.h"
#include "base/milestone.h"
#include "base/strings.h"
#include "kube/requests.h"
#include "kube/status_error.h"

namespace dtsop {
namespace {

constexpr Duration kSeriesFor = minutes(10);
constexpr size_t kInFlightMax = 4;
constexpr size_t kWaitingMax = 4096;
constexpr size_t kSeriesMax = 4096;
constexpr size_t kNoteBytesMax = 1024;  // the API's own limits
constexpr size_t kWordBytesMax = 128;
constexpr size_t kNameBytesMax = 220;  // of the DtsJob's name in the event's

// An event's name begins as that of its DtsJob. Before a dot only a letter or digit may stand.
std::string NameOf(const DtsJob& job, Random& random) {
  std::string name = job.key.name.substr(0, kNameBytesMax);
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  return name + "." + random.Hex128().substr(0, 16);
}

}  // namespace

EventRecorder::EventRecorder(const std::string& instance, Outbox& outbox, Random& random)
    : instance_(CleanText(instance, kWordBytesMax)), outbox_(outbox), random_(random) {}

void EventRecorder::Record(const DtsJob& job, std::string_view type, std::string_view reason,
                           std::string_view action, std::string_view note, Now now) {
  const auto key = std::make_tuple(job.uid, std::string(type), std::string(reason));
  const auto at = series_.find(key);
  if (at != series_.end() && now.mono - at->second.first < kSeriesFor) {
    Series& series = at->second;
    const int64_t count = ++series.count;
    if (!IsMilestone(count)) return;
    const Json patch = {
        {"series", {{"count", count}, {"lastObservedTime", FormatRfc3339Micro(now.wall)}}}};
    return Send(PatchEventSeries(job.key.namespace_name, series.name, DumpJson(patch)));
  }
  Prune(now);
  const std::string name = NameOf(job, random_);
  series_[key] = {name, 1, now.mono};
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
  Send(CreateEvent(job.key.namespace_name, DumpJson(event)));
}

void EventRecorder::Send(HttpRequest request) {
  if (waiting_.size() >= kWaitingMax) {
    outbox_.Log(LogLevel::kWarn, "cannot write an event", {{"error", "too many are waiting"}});
    return;
  }
  waiting_.push_back(std::move(request));
  SendNext();
}

void EventRecorder::SendNext() {
  if (waiting_.empty() || in_flight_ >= kInFlightMax) return;
  ++in_flight_;
  HttpRequest request = std::move(waiting_.front());
  waiting_.pop_front();
  outbox_.Send(Remote::kKubernetes, std::move(request), [this](const HttpResult& result, Now now) {
    --in_flight_;
    SendNext();
    const auto error = KubeErrorOf(result, now.wall);
    // NotFound: the event or its namespace has gone meanwhile.
    if (!error || IsNotFound(*error)) return;
    outbox_.Log(LogLevel::kWarn, "cannot write an event", {{"error", DescribeFailure(result)}});
  });
}

void EventRecorder::Prune(Now now) {
  if (series_.size() < kSeriesMax) return;
  std::erase_if(series_,
                [now](const auto& item) { return now.mono - item.second.first >= kSeriesFor; });
  if (series_.size() >= kSeriesMax) series_.erase(series_.begin());
}

}  // namespace dtsop
