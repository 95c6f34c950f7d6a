// A Lease as an API server keeps it: optimistic concurrency and nothing else.
#pragma once

#include <string>

#include "base/json.h"
#include "tests/support/outbox_probe.h"

namespace dtsop {

class FakeLease {
 public:
  // What the server does with `request`, without telling anybody.
  HttpResult Serve(const HttpRequest& request) {
    HttpResult result;
    const auto body = ParseJson(request.body).value_or(Json());
    if (request.method == "GET") return Reply(lease.is_null() ? 404 : 200);
    ++writes;
    if (request.method == "POST") {
      if (!lease.is_null()) return Status(409, "AlreadyExists");
      return Store(body);
    }
    if (lease.is_null()) return Status(404, "NotFound");
    if (StringOr(Member(body, "metadata", "resourceVersion")) !=
        StringOr(Member(lease, "metadata", "resourceVersion"))) {
      return Status(409, "Conflict");
    }
    return Store(body);
  }
  // Serves and answers the oldest request of `probe`.
  void Answer(OutboxProbe& probe) { probe.Finish(Serve(probe.Take())); }

  // Somebody writes without asking: `change` is merged into the object.
  void Edit(const Json& change) {
    lease.merge_patch(change);
    lease["metadata"]["resourceVersion"] = std::to_string(++version_);
  }
  std::string Holder() const { return StringOr(Member(lease, "spec", "holderIdentity")); }
  std::string Starts() const {
    return StringOr(Member(lease, "metadata", "annotations", "dts.aliyun.com/starts-in-flight"));
  }

  static HttpResult Status(int code, const std::string& reason) {
    HttpResult result;
    result.status = code;
    result.body = DumpJson({{"kind", "Status"}, {"reason", reason}, {"code", code}});
    return result;
  }

  Json lease;  // null: there is none
  int writes = 0;

 private:
  HttpResult Store(const Json& body) {
    lease = body;
    lease["metadata"]["resourceVersion"] = std::to_string(++version_);
    lease["metadata"]["uid"] = "lease-uid";
    return Reply(200);
  }
  HttpResult Reply(int code) const {
    if (code == 404) return Status(404, "NotFound");
    HttpResult result;
    result.status = code;
    result.body = DumpJson(lease);
    return result;
  }
  int version_ = 10;
};

}  // namespace dtsop
