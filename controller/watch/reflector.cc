#include "watch/reflector.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "base/milestone.h"
#include "kube/requests.h"
#include "kube/watch_decoder.h"
#include "queue/work_queue.h"

namespace dtsop {
namespace {

constexpr int kPageSizeMax = 500;
constexpr Duration kWatchFor = seconds(10);
constexpr Duration kWatchJitter = seconds(4);
// The server opens a watch at once.
constexpr Duration kHeadWithin = seconds(5);
constexpr Duration kBackoffBase = milliseconds(400);
constexpr Duration kBackoffCap = seconds(30);
// A watch that ends sooner than this without an event is not worth resuming at full speed.
constexpr Duration kShortWatch = seconds(1);

const JsonShape& ListShape() {
  static const JsonShape kShape = {
      "",
      {{"metadata", {{"continue"}, {"resourceVersion"}}}, {"items", DtsJobShape().members, true}}};
  return kShape;
}

// The object of an event is a DtsJob, or a Status.
const JsonShape& EventShape() {
  static const JsonShape kShape = [] {
    JsonShape object = {"object", {{"code"}, {"reason"}, {"message"}, {"details"}}};
    for (const JsonShape& member : DtsJobShape().members) object.members.push_back(member);
    return JsonShape{"", {{"type"}, object}};
  }();
  return kShape;
}

// The version that is known is of no use to this server: forgotten, or not known to it yet.
bool MustRelist(const KubeError& error) {
  return IsGone(error) || IsTooLargeResourceVersion(error);
}

// Half of it might have come through.
bool IsTooMuch(const HttpResult& result) {
  return result.error == HttpError::kTooLarge || result.error == HttpError::kTimeout ||
         result.error == HttpError::kTruncated || result.status == 413 || result.status == 504;
}

}  // namespace

Reflector::Reflector(std::string kube_namespace, Store& store, Outbox& outbox, Random& random,
                     Metrics& metrics, OnChange on_change)
    : kube_namespace_(std::move(kube_namespace)),
      store_(store),
      outbox_(outbox),
      random_(random),
      metrics_(metrics),
      on_change_(std::move(on_change)),
      page_limit_(kPageSizeMax) {}

void Reflector::Tick(Now now) {
  if (state_ == State::kWatching && !head_seen_ && now.mono - call_began_ >= kHeadWithin) {
    outbox_.Cancel(call_);
    return Fail("watch DtsJobs", "the API server did not open the watch in time", {}, false, now);
  }
  if (state_ != State::kWaiting || now.mono < wait_until_) return;
  relist_ ? List(now) : Watch(now);
}

MonoTime Reflector::NextWakeup() const {
  if (state_ == State::kWaiting) return wait_until_;
  return state_ == State::kWatching && !head_seen_ ? call_began_ + kHeadWithin : kNever;
}

CallId Reflector::Stream(HttpRequest request, Outbox::StreamHandlers handlers) {
  request.exactly_once = failures_ > 0;
  return outbox_.Stream(Remote::kKubernetes, std::move(request), std::move(handlers));
}

void Reflector::List(Now now) {
  state_ = State::kListing;
  if (continue_token_.empty()) {
    listed_.clear();
    list_began_ = now.mono;
  }
  sieve_.emplace(ListShape(), kDtsJobBytesKeptMax);
  page_bytes_ = 0;
  page_jobs_.clear();
  page_metadata_ = nullptr;
  call_ = Stream(ListDtsJobs(kube_namespace_, page_limit_, continue_token_),
                 {nullptr, [this](std::string_view data, Now then) { OnListChunk(data, then); },
                  [this](const HttpResult& result, Now then) { OnListPage(result, then); }});
}

void Reflector::OnListChunk(std::string_view data, Now now) {
  page_bytes_ += data.size();
  if (page_bytes_ > kPageBytesMax && page_limit_ > 1) {
    outbox_.Cancel(call_);
    return ShrinkPage(now);
  }
  const auto fed =
      sieve_->Feed(data, [this](const JsonSieve::Record& record) { OnListRecord(record); });
  if (fed) return;
  outbox_.Cancel(call_);
  continue_token_.clear();
  Fail("list DtsJobs", "the answer is " + fed.error().message, {}, true, now);
}

void Reflector::OnListRecord(const JsonSieve::Record& record) {
  const auto json = ParseJson(record.text);
  if (record.element) {
    if (!json) return;
    if (auto job = ReadJob(*json, record)) page_jobs_.push_back(std::move(*job));
  } else if (json && Member(*json, "items").is_array()) {
    page_metadata_ = Member(*json, "metadata");
  }
}

void Reflector::ShrinkPage(Now now) {
  page_limit_ = std::max(page_limit_ / 2, 1);
  List(now);
}

void Reflector::OnListPage(const HttpResult& result, Now now) {
  if (const auto error = KubeErrorOf(result, now.wall)) {
    if (result.error == HttpError::kTooLarge && page_limit_ > 1) return ShrinkPage(now);
    if (IsTooMuch(result)) page_limit_ = std::max(page_limit_ / 2, 1);
    refused_ = IsForbidden(*error);
    // The list was read too slowly and the server has forgotten that version: begin anew.
    if (!std::exchange(continue_token_, "").empty() && IsGone(*error))
      return Relist("expired", now);
    return Fail("list DtsJobs", DescribeFailure(result), error->retry_after.value_or(Duration{}),
                true, now);
  }
  if (page_metadata_.is_null()) {
    continue_token_.clear();
    return Fail("list DtsJobs", "the answer is no list", {}, true, now);
  }
  if (page_bytes_ <= kPageBytesMax / 2) page_limit_ = std::min(page_limit_ * 2, kPageSizeMax);
  std::move(page_jobs_.begin(), page_jobs_.end(), std::back_inserter(listed_));
  page_jobs_.clear();
  continue_token_ = StringOr(Member(page_metadata_, "continue"));
  if (!continue_token_.empty()) return List(now);
  OnListComplete(StringOr(Member(page_metadata_, "resourceVersion")), now);
}

void Reflector::OnListComplete(const std::string& version, Now now) {
  uint64_t as_of = ResourceVersionNumber(version);
  if (as_of < ResourceVersionNumber(resource_version_)) {
    // What is stored was true on a server that has been restored since.
    outbox_.Log(LogLevel::kWarn, "the API server has gone back in time; what it has counts",
                {{"namespace", kube_namespace_}});
    as_of = std::numeric_limits<uint64_t>::max();
  }
  resource_version_ = version;
  const auto changed = store_.Replace(kube_namespace_, std::exchange(listed_, {}), as_of);
  last_sign_of_life_ = std::max(last_sign_of_life_, list_began_);
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
  sieve_.emplace(EventShape(), kDtsJobBytesKeptMax);
  call_began_ = now.mono;
  head_seen_ = false;
  watch_heard_ = false;
  const Duration jitter(
      static_cast<int64_t>(random_.Below(static_cast<uint64_t>(kWatchJitter.count()))));
  call_ = Stream(WatchDtsJobs(kube_namespace_, resource_version_, kWatchFor + jitter),
                 {[this](int, Now) {
                    failures_ = 0;
                    head_seen_ = true;
                    metrics_.Set(metric::kNamespaceReadable, {kube_namespace_}, 1);
                  },
                  [this](std::string_view data, Now then) { OnWatchChunk(data, then); },
                  [this](const HttpResult& result, Now then) { OnWatchDone(result, then); }});
}

void Reflector::OnWatchChunk(std::string_view data, Now now) {
  const CallId call = call_;
  const auto fed = sieve_->Feed(data, [this, call, now](const JsonSieve::Record& record) {
    // An earlier event of the same chunk may have ended this watch.
    if (call_ == call && state_ == State::kWatching) OnWatchRecord(record, now);
  });
  if (!fed && call_ == call && state_ == State::kWatching) Relist("unreadable event", now);
}

void Reflector::OnWatchRecord(const JsonSieve::Record& record, Now now) {
  auto event = DecodeWatchEvent(record.text);
  if (!event) return Relist("unreadable event", now);
  watch_heard_ = true;
  if (event->type == WatchEventType::kError)
    return OnServerError(KubeErrorFromStatus(event->object), now);
  const std::string version = StringOr(Member(event->object, "metadata", "resourceVersion"));
  const bool news = version != resource_version_;
  if (!version.empty()) {
    if (ResourceVersionNumber(version) < ResourceVersionNumber(resource_version_)) {
      return Relist("the server went back in time", now);
    }
    resource_version_ = version;
  }
  if (news) last_sign_of_life_ = now.mono;
  if (event->type == WatchEventType::kBookmark) return;
  const Json& metadata = Member(event->object, "metadata");
  const ObjectKey key = {StringOr(Member(metadata, "namespace")),
                         StringOr(Member(metadata, "name"))};
  auto job =
      event->type == WatchEventType::kDeleted ? std::nullopt : ReadJob(event->object, record);
  // An object that can't be read any more is not acted on as it was before: it counts as gone.
  const bool changed =
      job ? store_.Upsert(std::move(*job)) : store_.Delete(key, StringOr(Member(metadata, "uid")));
  if (changed) on_change_(key, now);
}

void Reflector::OnWatchDone(const HttpResult& result, Now now) {
  if (const auto error = KubeErrorOf(result, now.wall)) {
    if (MustRelist(*error)) return Relist("expired", now);
    // A list can get past an event that is too large.
    const bool relist = result.error == HttpError::kTooLarge;
    return Fail("watch DtsJobs", DescribeFailure(result), error->retry_after.value_or(Duration{}),
                relist, now);
  }
  if (!watch_heard_ && now.mono - call_began_ < kShortWatch) return Wait(kShortWatch, false, now);
  Watch(now);
}

void Reflector::OnServerError(const KubeError& error, Now now) {
  outbox_.Cancel(call_);
  if (MustRelist(error)) return Relist("expired", now);
  if (error.retry_after)
    return Fail("watch DtsJobs", error.message, *error.retry_after, false, now);
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

void Reflector::Fail(std::string_view what, const std::string& error, Duration at_least,
                     bool relist, Now now) {
  metrics_.Set(metric::kNamespaceReadable, {kube_namespace_}, 0);
  if (IsMilestone(++failures_)) {
    outbox_.Log(LogLevel::kWarn, "cannot read from the Kubernetes API, trying again",
                {{"operation", std::string(what)},
                 {"namespace", kube_namespace_},
                 {"failures", std::to_string(failures_)},
                 {"error", error}});
  }
  const Duration delay = BackoffDelay(failures_ - 1, kBackoffBase, kBackoffCap, random_);
  Wait(std::max(delay, at_least), relist, now);
}

void Reflector::Relist(std::string_view cause, Now now) {
  outbox_.Cancel(call_);
  continue_token_.clear();
  outbox_.Log(LogLevel::kInfo, "listing DtsJobs again", {{"cause", std::string(cause)}});
  ++failures_;
  Wait(failures_ <= 1 ? Duration{0} : BackoffDelay(failures_, kBackoffBase, kBackoffCap, random_),
       true, now);
}

std::optional<DtsJob> Reflector::ReadJob(const Json& object, const JsonSieve::Record& record) {
  auto job = DtsJobFromRecord(object, record);
  if (job) return std::move(*job);
  metrics_.Add(metric::kUnreadableJobs, {record.cut ? "too large" : "invalid"});
  outbox_.Log(LogLevel::kWarn, "a DtsJob can't be read and is ignored",
              {{"error", job.error().message}});
  return std::nullopt;
}

}  // namespace dtsop
