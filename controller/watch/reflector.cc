#include "watch/reflector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/milestone.h"
#include "kube/requests.h"
#include "queue/work_queue.h"

namespace dtsop {
namespace {

constexpr int kPageSize = 500;
constexpr Duration kWatchFor = seconds(10);
constexpr Duration kWatchJitter = seconds(4);
constexpr Duration kBackoffBase = milliseconds(400);
constexpr Duration kBackoffCap = seconds(30);
// A watch that ends sooner than this without an event is not worth resuming at full speed.
constexpr Duration kShortWatch = seconds(1);

// The version that is known is of no use to this server: forgotten, or not known to it yet.
bool MustRelist(const KubeError& error) {
  return IsGone(error) || IsTooLargeResourceVersion(error);
}

}  // namespace

Reflector::Reflector(std::string kube_namespace, Store& store, Outbox& outbox, Random& random,
                     Metrics& metrics, OnChange on_change)
    : kube_namespace_(std::move(kube_namespace)),
      store_(store),
      outbox_(outbox),
      random_(random),
      metrics_(metrics),
      on_change_(std::move(on_change)) {}

void Reflector::Tick(Now now) {
  if (state_ != State::kWaiting || now.mono < wait_until_) return;
  relist_ ? List(now) : Watch(now);
}

MonoTime Reflector::NextWakeup() const { return state_ == State::kWaiting ? wait_until_ : kNever; }

void Reflector::List(Now now) {
  state_ = State::kListing;
  call_ =
      outbox_.Send(Remote::kKubernetes, ListDtsJobs(kube_namespace_, kPageSize, continue_token_),
                   [this, sent = now.mono](const HttpResult& result, Now then) {
                     OnListPage(result, sent, then);
                   });
}

void Reflector::OnListPage(const HttpResult& result, MonoTime sent, Now now) {
  const bool first_page = continue_token_.empty();
  if (const auto error = KubeErrorOf(result, now.wall)) {
    continue_token_.clear();
    page_jobs_.clear();
    refused_ = IsForbidden(*error);
    // The list was read too slowly and the server has forgotten that version: begin anew.
    if (!first_page && IsGone(*error)) return Relist("expired", now);
    return Fail("list DtsJobs", result, true, now);
  }
  const auto page = ParseJson(result.body);
  if (!page || !Member(*page, "items").is_array()) {
    continue_token_.clear();
    page_jobs_.clear();
    return Fail("list DtsJobs", result, true, now);
  }
  for (const Json& item : Member(*page, "items")) {
    if (auto job = ReadJob(item)) page_jobs_.push_back(std::move(*job));
  }
  continue_token_ = StringOr(Member(*page, "metadata", "continue"));
  if (!continue_token_.empty()) return List(now);
  resource_version_ = StringOr(Member(*page, "metadata", "resourceVersion"));
  const auto changed = store_.Replace(kube_namespace_, std::exchange(page_jobs_, {}));
  // What is known is as new as the beginning of the list at least.
  last_sign_of_life_ = std::max(last_sign_of_life_, sent);
  if (!synced_) {
    outbox_.Log(LogLevel::kInfo, "DtsJobs listed",
                {{"namespace", kube_namespace_}, {"count", std::to_string(store_.jobs().size())}});
  }
  synced_ = true;
  refused_ = false;
  metrics_.Set(metric::kNamespaceReadable, {kube_namespace_}, 1);
  for (const ObjectKey& key : changed) on_change_(key, now);
  Watch(now);
}

void Reflector::Watch(Now now) {
  state_ = State::kWatching;
  lines_.emplace();
  watch_began_ = now.mono;
  watch_heard_ = false;
  const Duration jitter(
      static_cast<int64_t>(random_.Below(static_cast<uint64_t>(kWatchJitter.count()))));
  call_ = outbox_.Stream(
      Remote::kKubernetes, WatchDtsJobs(kube_namespace_, resource_version_, kWatchFor + jitter),
      {[this](int, Now then) {
         failures_ = 0;
         metrics_.Set(metric::kNamespaceReadable, {kube_namespace_}, 1);
         last_sign_of_life_ = then.mono;
       },
       [this](std::string_view data, Now then) { OnWatchChunk(data, then); },
       [this](const HttpResult& result, Now then) { OnWatchDone(result, then); }});
}

void Reflector::OnWatchChunk(std::string_view data, Now now) {
  const CallId call = call_;
  const auto fed = lines_->Feed(data, [this, call, now](std::string_view line) {
    // An earlier line of the same chunk may have ended this watch.
    if (call_ == call && state_ == State::kWatching) OnWatchLine(line, now);
  });
  if (!fed && call_ == call && state_ == State::kWatching) Relist("oversized event", now);
}

void Reflector::OnWatchLine(std::string_view line, Now now) {
  auto event = DecodeWatchEvent(line);
  if (!event) return Relist("unreadable event", now);
  watch_heard_ = true;
  last_sign_of_life_ = now.mono;
  if (event->type == WatchEventType::kError)
    return OnServerError(KubeErrorFromStatus(event->object), now);
  const std::string version = StringOr(Member(event->object, "metadata", "resourceVersion"));
  if (!version.empty()) {
    if (ResourceVersionNumber(version) < ResourceVersionNumber(resource_version_)) {
      return Relist("the server went back in time", now);
    }
    resource_version_ = version;
  }
  if (event->type == WatchEventType::kBookmark) return;
  const Json& metadata = Member(event->object, "metadata");
  const ObjectKey key = {StringOr(Member(metadata, "namespace")),
                         StringOr(Member(metadata, "name"))};
  auto job = event->type == WatchEventType::kDeleted ? std::nullopt : ReadJob(event->object);
  // An object that can't be read any more is not acted on as it was before: it counts as gone.
  const bool changed =
      job ? store_.Upsert(std::move(*job)) : store_.Delete(key, StringOr(Member(metadata, "uid")));
  if (changed) on_change_(key, now);
}

void Reflector::OnWatchDone(const HttpResult& result, Now now) {
  if (const auto error = KubeErrorOf(result, now.wall)) {
    if (MustRelist(*error)) return Relist("expired", now);
    if (error->retry_after) return Wait(*error->retry_after, false, now);
    return Fail("watch DtsJobs", result, false, now);
  }
  if (!watch_heard_ && now.mono - watch_began_ < kShortWatch) return Wait(kShortWatch, false, now);
  Watch(now);
}

void Reflector::OnServerError(const KubeError& error, Now now) {
  outbox_.Cancel(call_);
  if (MustRelist(error)) return Relist("expired", now);
  if (error.retry_after) return Wait(*error.retry_after, false, now);
  // The server can't go on from here ("etcdserver: no leader", an undecodable object): start over.
  outbox_.Log(LogLevel::kWarn, "the API server ended the watch with an error",
              {{"error", error.message}});
  ++failures_;
  Wait(BackoffDelay(failures_, kBackoffBase, kBackoffCap, random_), true, now);
}

void Reflector::Wait(Duration delay, bool relist, Now now) {
  metrics_.Add(metric::kWatchRestarts, {relist ? "list" : "watch"});
  state_ = State::kWaiting;
  relist_ = relist;
  wait_until_ = now.mono + delay;
}

void Reflector::Fail(std::string_view what, const HttpResult& result, bool relist, Now now) {
  metrics_.Set(metric::kNamespaceReadable, {kube_namespace_}, 0);
  if (IsMilestone(++failures_)) {
    outbox_.Log(LogLevel::kWarn, "cannot read from the Kubernetes API, trying again",
                {{"operation", std::string(what)},
                 {"namespace", kube_namespace_},
                 {"failures", std::to_string(failures_)},
                 {"error", DescribeFailure(result)}});
  }
  const auto error = KubeErrorOf(result, now.wall);
  Duration delay = BackoffDelay(failures_ - 1, kBackoffBase, kBackoffCap, random_);
  if (error && error->retry_after) delay = std::max(delay, *error->retry_after);
  Wait(delay, relist, now);
}

void Reflector::Relist(std::string_view cause, Now now) {
  outbox_.Cancel(call_);
  continue_token_.clear();
  page_jobs_.clear();
  outbox_.Log(LogLevel::kInfo, "listing DtsJobs again", {{"cause", std::string(cause)}});
  ++failures_;
  Wait(failures_ <= 1 ? Duration{0} : BackoffDelay(failures_, kBackoffBase, kBackoffCap, random_),
       true, now);
}

std::optional<DtsJob> Reflector::ReadJob(const Json& object) {
  auto job = DtsJobFromJson(object);
  if (job) return std::move(*job);
  outbox_.Log(LogLevel::kWarn, "a DtsJob can't be read and is ignored",
              {{"error", job.error().message}});
  return std::nullopt;
}

}  // namespace dtsop
