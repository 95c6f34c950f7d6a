// GET, LIST and WATCH.
#include <utility>

#include "base/crypto.h"
#include "tests/simulation/sim_api_server.h"
#include "tests/simulation/sim_api_target.h"

namespace dtsop::sim {
namespace {

constexpr std::string_view kContinueExpired =
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list.";

std::string ContinueToken(int64_t revision, const std::string& after) {
  return Base64Encode(DumpJson({{"v", "meta.k8s.io/v1"}, {"rv", revision}, {"start", after}}));
}

HttpResult TooLarge(int64_t asked, int64_t current) {
  return StatusReply(
      504, "Timeout",
      "Timeout: Too large resource version: " + std::to_string(asked) +
          ", current: " + std::to_string(current),
      {{"retryAfterSeconds", 1},
       {"causes",
        {{{"reason", "ResourceVersionTooLarge"}, {"message", "Too large resource version"}}}}});
}

HttpResult TooOld(int64_t asked, int64_t compacted) {
  return StatusReply(
      410, "Expired",
      "too old resource version: " + std::to_string(asked) + " (" + std::to_string(compacted) + ")",
      nullptr);
}

}  // namespace

HttpResult SimApiServer::Get(const Target& target, int64_t seen) const {
  // Without a resourceVersion a read is answered from etcd; with "0" from whatever the cache has.
  const bool any = target.Query("resourceVersion") == "0";
  const SimVersion* found = store_.Get(target.Key(), any ? seen : kLatest);
  if (found == nullptr) return NotFoundReply(*target.resource, target.name);
  return JsonReply(200, found->text);
}

HttpResult SimApiServer::List(const Target& target, int64_t seen) const {
  const std::string asked = target.Query("resourceVersion");
  const std::string match = target.Query("resourceVersionMatch");
  const auto limit = static_cast<size_t>(ParseNumber(target.Query("limit")));
  if (const std::string token = target.Query("continue"); !token.empty()) {
    if (!asked.empty() && asked != "0")
      return StatusReply(400, "BadRequest",
                         "specifying resource version is not allowed when using continue", nullptr);
    return ContinueList(target, token);
  }
  if (!match.empty() && asked.empty())
    return InvalidReply(*target.resource, "",
                        {"resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden "
                         "unless resourceVersion is provided"});
  if (asked.empty()) return ListPage(target, store_.revision(), "", limit);
  // A cache that may be old answers in one piece.
  if (asked == "0") return ListPage(target, std::min(seen, store_.revision()), "", 0);
  const int64_t revision = ParseNumber(asked);
  if (revision > store_.revision()) return TooLarge(revision, store_.revision());
  if (match == "Exact" || (match.empty() && limit != 0)) {
    if (revision < store_.compacted())
      return StatusReply(410, "Expired", "The resourceVersion for the provided list is too old.",
                         nullptr);
    return ListPage(target, revision, "", limit);
  }
  if (revision > seen) return TooLarge(revision, seen);
  return ListPage(target, std::min(seen, store_.revision()), "", limit);
}

HttpResult SimApiServer::ContinueList(const Target& target, const std::string& token) const {
  std::string text;
  const Result<Json> parsed =
      Base64Decode(token, &text) ? ParseJson(text) : Result<Json>(Fail("not base64"));
  if (!parsed || StringOr(Member(*parsed, "start")).empty())
    return StatusReply(400, "BadRequest", "continue key is not valid", nullptr);
  int64_t revision = IntOr(Member(*parsed, "rv"), 0);
  const std::string after = StringOr(Member(*parsed, "start"));
  if (revision == -1) {
    revision = store_.revision();  // the client accepts an inconsistent list
  } else if (revision < store_.compacted()) {
    HttpResult expired = StatusReply(410, "Expired", kContinueExpired, nullptr);
    Json body = Json::parse(expired.body);
    body["metadata"]["continue"] = ContinueToken(-1, after);
    expired.body = DumpJson(body);
    return expired;
  }
  return ListPage(target, revision, after, static_cast<size_t>(ParseNumber(target.Query("limit"))));
}

HttpResult SimApiServer::ListPage(const Target& target, int64_t revision, const std::string& after,
                                  size_t limit) const {
  const std::string selected = SelectedName(target.Query("fieldSelector"));
  std::vector<const SimVersion*> items =
      store_.List(target.Prefix(), revision, after, limit == 0 ? 0 : limit + 1);
  const bool more = limit != 0 && items.size() > limit;
  if (more) items.pop_back();
  Json metadata = {{"resourceVersion", std::to_string(revision)}};
  // Built-in types leave an empty token out, custom resources do not.
  if (target.resource->custom) metadata["continue"] = "";
  if (more) {
    metadata["continue"] = ContinueToken(revision, items.back()->key);
    metadata["remainingItemCount"] =
        store_.List(target.Prefix(), revision, items.back()->key, 0).size();
  }
  // The items go in as the text that they have; as on the real server, a custom resource's list
  // metadata comes after them.
  std::string body = R"({"apiVersion":")" + ApiVersion(*target.resource) + R"(","items":[)";
  bool first = true;
  for (const SimVersion* item : items) {
    if (!selected.empty() && StringOr(Member(item->object, "metadata", "name")) != selected)
      continue;
    if (!std::exchange(first, false)) body += ',';
    body += item->text;
  }
  body += R"(],"kind":")" + std::string(target.resource->kind) + R"(List","metadata":)" +
          DumpJson(metadata) + "}";
  return JsonReply(200, std::move(body));
}

std::unique_ptr<SimWatch> SimApiServer::OpenWatch(const HttpRequest& request, WallTime now,
                                                  HttpResult* refusal, int64_t seen) {
  Target target;
  if (std::optional<HttpResult> refused = Parse(request, &target)) {
    *refusal = *std::move(refused);
    return nullptr;
  }
  SimWatch::Options options;
  options.prefix = target.Prefix();
  options.name = target.name.empty() ? SelectedName(target.Query("fieldSelector")) : target.name;
  options.bookmarks =
      target.Query("allowWatchBookmarks") == "true" || target.Query("allowWatchBookmarks") == "1";
  options.bookmark_interval = options_.bookmark_interval;
  options.bookmark = {{"kind", target.resource->kind},
                      {"apiVersion", ApiVersion(*target.resource)}};
  if (const int64_t timeout = ParseNumber(target.Query("timeoutSeconds")); timeout > 0)
    options.closes_at = now + seconds(timeout);
  const int64_t from = ParseNumber(target.Query("resourceVersion"));
  const int64_t visible = std::min(seen, store_.revision());
  if (from == 0) {
    options.initial = store_.List(options.prefix, visible, "", 0);
    options.next_index = store_.IndexAfter(visible);
  } else if (from < store_.compacted()) {
    HttpResult expired = TooOld(from, store_.compacted());
    if (options_.expired_watch_as_http) {
      *refusal = std::move(expired);
      return nullptr;
    }
    auto watch = std::make_unique<SimWatch>(store_, std::move(options), now);
    watch->Fail(std::move(expired.body));
    return watch;
  } else {
    options.next_index = store_.IndexAfter(from);
  }
  return std::make_unique<SimWatch>(store_, std::move(options), now);
}

SimWatch::SimWatch(const SimStore& store, Options options, WallTime now)
    : store_(store),
      options_(std::move(options)),
      next_bookmark_(now + options_.bookmark_interval) {}

std::optional<WallTime> SimWatch::NextWakeup() const {
  if (!options_.bookmarks) return options_.closes_at;
  return options_.closes_at ? std::min(*options_.closes_at, next_bookmark_) : next_bookmark_;
}

void SimWatch::AppendEvents(int64_t seen, std::string* out) {
  const auto append = [out](std::string_view type, const std::string& object) {
    out->append(R"({"type":")").append(type).append(R"(","object":)").append(object).append("}\n");
  };
  for (const SimVersion* version : std::exchange(options_.initial, {}))
    append("ADDED", version->text);
  const size_t end = std::min(store_.log().size(), store_.IndexAfter(seen));
  for (; options_.next_index < end; ++options_.next_index) {
    const SimVersion& version = store_.log()[options_.next_index];
    if (!version.key.starts_with(options_.prefix)) continue;
    if (!options_.name.empty() && !version.key.ends_with("/" + options_.name)) continue;
    append(version.deleted ? "DELETED" : version.created ? "ADDED" : "MODIFIED", version.text);
  }
}

SimWatch::Output SimWatch::Poll(WallTime now, int64_t seen) {
  Output output;
  if (!error_.empty()) {
    output.bytes = R"({"type":"ERROR","object":)" + error_ + "}\n";
    output.closed = true;
    return output;
  }
  AppendEvents(seen, &output.bytes);
  output.closed = options_.closes_at && now >= *options_.closes_at;
  if (options_.bookmarks && (now >= next_bookmark_ || output.closed)) {
    next_bookmark_ = now + options_.bookmark_interval;
    Json bookmark = options_.bookmark;
    bookmark["metadata"]["resourceVersion"] = std::to_string(std::min(seen, store_.revision()));
    output.bytes += R"({"type":"BOOKMARK","object":)" + DumpJson(bookmark) + "}\n";
  }
  return output;
}

}  // namespace dtsop::sim
