#include "kube/reviews.h"

#include <string>
#include <utility>

#include "kube/requests.h"
#include "kube/status_error.h"

namespace dtsop {
namespace {

HttpRequest Create(std::string path, const Json& review) {
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(path);
  request.headers = {{"Content-Type", "application/json"}};
  request.body = DumpJson(review);
  request.idle_timeout = kUnaryTimeout;
  request.total_timeout = kUnaryTimeout;
  return request;
}

// The status of the review in the answer.
Result<Json> StatusOf(const HttpResult& result) {
  if (result.error != HttpError::kNone || result.status / 100 != 2) {
    return Fail(DescribeFailure(result));
  }
  const auto review = ParseJson(result.body);
  if (!review || !Member(*review, "status").is_object()) {
    return Fail("the API server's answer to a review has no status; check what is in between");
  }
  return Member(*review, "status");
}

}  // namespace

HttpRequest ReviewToken(const SecretString& token) {
  return Create("/apis/authentication.k8s.io/v1/tokenreviews",
                {{"apiVersion", "authentication.k8s.io/v1"},
                 {"kind", "TokenReview"},
                 {"spec", {{"token", token.Reveal()}}}});
}

Result<std::optional<Json>> ReadTokenReview(const HttpResult& result) {
  const auto status = StatusOf(result);
  if (!status) return tl::unexpected(status.error());
  if (!BoolOr(Member(*status, "authenticated"), false)) return std::nullopt;
  return Member(*status, "user");
}

HttpRequest ReviewAccess(const Json& user, std::string_view verb, std::string_view path) {
  Json spec = {{"nonResourceAttributes", {{"verb", verb}, {"path", path}}}};
  spec["user"] = StringOr(Member(user, "username"));
  for (const char* name : {"uid", "groups", "extra"}) {
    if (!Member(user, name).is_null()) spec[name] = Member(user, name);
  }
  return Create("/apis/authorization.k8s.io/v1/subjectaccessreviews",
                {{"apiVersion", "authorization.k8s.io/v1"},
                 {"kind", "SubjectAccessReview"},
                 {"spec", std::move(spec)}});
}

Result<bool> ReadAccessReview(const HttpResult& result) {
  const auto status = StatusOf(result);
  if (!status) return tl::unexpected(status.error());
  return BoolOr(Member(*status, "allowed"), false) && !BoolOr(Member(*status, "denied"), false);
}

}  // namespace dtsop
