// A kube-apiserver at the level of HttpRequest and HttpResult values: single-threaded, in virtual
// time, and equal to the real one in all that an operator can notice (tests/simulation/fidelity
// runs the same scripted calls against both). Left out on purpose: authentication, discovery,
// server-side apply, label selectors, watch-list.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "net/http.h"
#include "tests/simulation/sim_resources.h"
#include "tests/simulation/sim_schema.h"
#include "tests/simulation/sim_store.h"

namespace dtsop::sim {

struct SimApiOptions {
  // The openAPIV3Schema of the DtsJob CRD; empty: anything goes.
  Json dtsjob_schema = Json::object();
  // Whether a watch from a compacted revision is refused with HTTP 410 or, as by a server with a
  // watch cache, accepted and ended by an ERROR event.
  bool expired_watch_as_http = false;
  Duration bookmark_interval = minutes(1);
  // Refuse what the operator's ClusterRole does not grant. Off for scripts that a cluster
  // administrator runs.
  bool authorize = true;
};

// One open watch: a cursor over the store's log that writes JSON lines.
class SimWatch {
 public:
  struct Options {
    std::string prefix;  // of the keys it tells of
    std::string name;    // empty: all
    size_t next_index = 0;
    std::vector<const SimVersion*> initial;  // told as ADDED first
    bool bookmarks = false;
    Duration bookmark_interval{};
    Json bookmark;  // the object of a bookmark, without its revision
    std::optional<WallTime> closes_at;
  };
  SimWatch(const SimStore& store, Options options, WallTime now);

  struct Output {
    std::string bytes;
    bool closed = false;  // the server ends the stream in good order
  };
  // What the server sends now, to a client whose API server knows the log up to `seen`.
  Output Poll(WallTime now, int64_t seen);
  // When the next bookmark or the end is due, without regard to changes; nullopt: never.
  std::optional<WallTime> NextWakeup() const;
  // Ends the stream at the next Poll with an ERROR event of this Status.
  void Fail(std::string status) { error_ = std::move(status); }

 private:
  void AppendEvents(int64_t seen, std::string* out);

  const SimStore& store_;
  Options options_;
  WallTime next_bookmark_;
  std::string error_;
};

class SimApiServer {
 public:
  explicit SimApiServer(SimApiOptions options = {});

  // True when the request opens a stream, so that it goes to OpenWatch.
  static bool IsWatch(const HttpRequest& request);
  // Answers at once. `seen` is how far this server's cache has got: it matters to reads that allow
  // an old answer, and to nothing else.
  HttpResult Handle(const HttpRequest& request, WallTime now, int64_t seen = kLatest);
  // nullptr when refused: `refusal` is then the answer.
  std::unique_ptr<SimWatch> OpenWatch(const HttpRequest& request, WallTime now, HttpResult* refusal,
                                      int64_t seen = kLatest);

  // What a user or another controller does, past authorization but through the same rules. Each
  // gives the server's answer; `patch` is a merge patch.
  HttpResult CreateDtsJob(std::string_view ns, std::string_view name, const Json& spec,
                          WallTime now);
  HttpResult PatchDtsJob(std::string_view ns, std::string_view name, const Json& patch,
                         WallTime now);
  HttpResult DeleteDtsJob(std::string_view ns, std::string_view name, WallTime now);
  // Creates or replaces a Secret; values are given in the clear.
  void DeleteLease(std::string_view ns, std::string_view name, WallTime now);
  void PutSecret(std::string_view ns, std::string_view name, const Json& values, WallTime now);
  void DeleteSecret(std::string_view ns, std::string_view name, WallTime now);
  // null when it does not exist.
  Json DtsJob(std::string_view ns, std::string_view name) const;
  // Live objects of one resource.
  std::vector<Json> All(std::string_view plural) const;

  // `listener` is told of every new revision, from inside the call that made it.
  void OnChange(std::function<void(int64_t revision)> listener) {
    store_.OnChange(std::move(listener));
  }
  // Compacts everything before the latest revision.
  void Compact() { store_.Compact(store_.revision()); }
  const SimStore& store() const { return store_; }

 private:
  struct Target;  // a parsed request

  std::optional<HttpResult> Parse(const HttpRequest& request, Target* target) const;
  HttpResult Serve(const Target& target, const HttpRequest& request, WallTime now, int64_t seen);
  HttpResult Get(const Target& target, int64_t seen) const;
  HttpResult List(const Target& target, int64_t seen) const;
  HttpResult ListPage(const Target& target, int64_t revision, const std::string& after,
                      size_t limit) const;
  HttpResult ContinueList(const Target& target, const std::string& token) const;
  HttpResult Create(const Target& target, Json object, WallTime now);
  HttpResult Replace(const Target& target, Json object, WallTime now);
  HttpResult Patch(const Target& target, const Json& patch, WallTime now);
  HttpResult Store(const Target& target, const SimVersion& old, Json object, WallTime now);
  HttpResult Remove(const Target& target, const Json& options, WallTime now);
  std::optional<HttpResult> Check(const Target& target, const Json& object, const Json& old) const;
  static HttpResult UidConflict(const Target& target, std::string_view wanted,
                                std::string_view found);

  SimApiOptions options_;
  SimSchema schema_;
  SimStore store_;
  uint64_t uids_ = 0;
  uint64_t names_ = 0;
};

}  // namespace dtsop::sim
