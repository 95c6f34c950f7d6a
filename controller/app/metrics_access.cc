#include "app/metrics_access.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/milestone.h"
#include "base/strings.h"
#include "kube/reviews.h"

namespace dtsop {
namespace {

// The token of "Authorization: Bearer TOKEN"; empty: none.
SecretString BearerToken(const ServerRequest& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view value = FindHeader(request.headers, "Authorization");
  if (!EqualsIgnoreCase(value.substr(0, kScheme.size()), kScheme)) return SecretString();
  return SecretString(std::string(Trim(value.substr(kScheme.size()))));
}

}  // namespace

ServerReply MetricsAccess::Refusal(Answer answer) {
  ServerReply reply;
  reply.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  if (answer == Answer::kForbidden) {
    reply.status = 403;
    reply.body =
        "The owner of this token may not read /metrics: bind a ClusterRole with nonResourceURLs "
        "[/metrics] and verbs [get] to it.\n";
  } else if (answer == Answer::kUnknownToken) {
    reply.status = 401;
    reply.headers.emplace_back("WWW-Authenticate", "Bearer");
    reply.body = "Send a token of this cluster as Authorization: Bearer.\n";
  } else {
    reply.status = 503;
    reply.headers.emplace_back("Retry-After", "1");
    reply.body = "The API server can't be asked about this token now; the log says why.\n";
  }
  return reply;
}

void MetricsAccess::Check(const ServerRequest& request, Then then) {
  const SecretString token = BearerToken(request);
  if (token.empty()) return then(Refusal(Answer::kUnknownToken));
  const std::string digest = Sha256Hex(token.Reveal());
  std::unique_lock lock(mutex_);
  const auto known = remembered_.find(digest);
  if (known != remembered_.end() && clock_.Read().mono < known->second.until) {
    const Answer answer = known->second.answer;
    lock.unlock();
    return then(answer == Answer::kAllowed ? std::nullopt : std::optional(Refusal(answer)));
  }
  const auto waiting = waiting_.find(digest);
  if (waiting != waiting_.end()) {
    waiting->second.push_back(std::move(then));
    return;
  }
  if (waiting_.size() >= kUnderReviewMax) {
    lock.unlock();
    return then(Refusal(Answer::kNoAnswer));
  }
  waiting_[digest].push_back(std::move(then));
  Send(lock, {digest}, ReviewToken(token));
}

void MetricsAccess::Stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  waiting_.clear();
  sent_.wait(lock, [this] { return sending_ == 0; });
}

void MetricsAccess::Send(std::unique_lock<std::mutex>& lock, Review review, HttpRequest request) {
  if (stopped_) return;
  const CallId id = next_call_++;
  reviews_[id] = std::move(review);
  ++sending_;
  lock.unlock();
  kubernetes_.Send(id, std::move(request), *this);
  lock.lock();
  if (--sending_ == 0) sent_.notify_all();
}

void MetricsAccess::OnDone(CallId id, HttpResult result) {
  std::unique_lock lock(mutex_);
  const Review review = std::move(reviews_.extract(id).mapped());
  if (stopped_) return;
  if (review.of_access) {
    const auto allowed = ReadAccessReview(result);
    if (!allowed) Tell(allowed.error());
    return Settle(review.digest, !allowed   ? Answer::kNoAnswer
                                 : *allowed ? Answer::kAllowed
                                            : Answer::kForbidden);
  }
  const auto user = ReadTokenReview(result);
  if (!user) Tell(user.error());
  if (!user || !*user) {
    return Settle(review.digest, !user ? Answer::kNoAnswer : Answer::kUnknownToken);
  }
  Send(lock, {review.digest, true}, ReviewAccess(**user, "get", "/metrics"));
}

void MetricsAccess::Settle(const std::string& digest, Answer answer) {
  if (answer != Answer::kNoAnswer) {
    failures_ = 0;
    Remember(digest, answer, clock_.Read().mono);
  }
  const auto waiting = waiting_.extract(digest);
  // Under the lock, so that none is called after Stop; the server takes replies without waiting.
  for (const Then& then : waiting.mapped()) {
    then(answer == Answer::kAllowed ? std::nullopt : std::optional(Refusal(answer)));
  }
}

void MetricsAccess::Remember(const std::string& digest, Answer answer, MonoTime now) {
  std::erase_if(remembered_, [now](const auto& entry) { return entry.second.until <= now; });
  if (remembered_.size() >= kRememberedMax) {
    // Refusals are short-lived, so they go first: nobody is forgotten for a flood of bad tokens.
    remembered_.erase(std::min_element(
        remembered_.begin(), remembered_.end(),
        [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
  }
  remembered_[digest] = {answer, now + (answer == Answer::kAllowed ? kAllowedFor : kRefusedFor)};
}

void MetricsAccess::Tell(const Error& error) {
  if (!IsMilestone(++failures_)) return;
  log_(LogLevel::kWarn, "cannot check who may read /metrics", {{"error", error.message}});
}

}  // namespace dtsop
