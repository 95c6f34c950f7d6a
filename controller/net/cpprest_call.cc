#include "net/cpprest_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "net/cpprest_sink_buffer.h"

namespace dtsop {
namespace {

constexpr size_t kHeaderBytesMax = 64U << 10;

std::chrono::steady_clock::time_point After(Duration duration) {
  return std::chrono::steady_clock::now() + duration;
}

// What the body is wrapped in that the library would pass on as it is; "": nothing.
std::string_view EncodingOf(const HttpHeaders& headers) {
  const std::string_view content = FindHeader(headers, "content-encoding");
  if (!content.empty() && !EqualsIgnoreCase(content, "identity")) return content;
  const std::string_view transfer = FindHeader(headers, "transfer-encoding");
  return EqualsIgnoreCase(transfer, "chunked") || EqualsIgnoreCase(transfer, "identity") ? ""
                                                                                         : transfer;
}

}  // namespace

CpprestCall::CpprestCall(boost::asio::io_context& pool, CallId id, HttpRequest request,
                         Origin origin, Resolver& resolver, HttpSink& sink, OnFinished on_finished)
    : id_(id),
      request_(std::move(request)),
      origin_(std::move(origin)),
      resolver_(resolver),
      sink_(sink),
      on_finished_(std::move(on_finished)),
      pool_(pool),
      timer_(pool) {}

void CpprestCall::StartClock() {
  if (request_.total_timeout.count() > 0) total_deadline_ = After(request_.total_timeout);
  if (request_.not_after != kNever) {
    phase_deadline_ = After(request_.not_after - SystemClock().Read().mono);
  }
  ArmTimer();
}

void CpprestCall::Begin(std::unique_ptr<CpprestLane> lane) {
  begun_ = true;
  lane_ = std::move(lane);
  connect_deadline_ = std::min(phase_deadline_, After(request_.connect_timeout));
  phase_deadline_ = connect_deadline_;
  ArmTimer();
  Connect();
}

void CpprestCall::Connect() {
  if (!lane_->IsNew()) return Exchange();
  const std::string host = lane_->ConnectHost();
  if (IsIpAddress(host)) {
    addresses_ = {host};
    return ConnectToNext();
  }
  resolver_.Resolve(
      host, [&pool = pool_, weak = weak_from_this(), host](const Result<Addresses>& answer) {
        boost::asio::post(pool, [weak, host, answer] {
          const auto self = weak.lock();
          if (self == nullptr || !self->on_finished_) return;
          if (!answer) {
            return self->Finish(
                HttpError::kConnect, false,
                fmt::format("cannot resolve the name {}: {}", host, answer.error().message));
          }
          self->addresses_.assign(answer->rbegin(), answer->rend());
          self->ConnectToNext();
        });
      });
}

void CpprestCall::ConnectToNext() {
  if (!lane_->IsNew()) lane_ = lane_->Fresh();
  lane_->ConnectTo(addresses_.back());
  const auto now = std::chrono::steady_clock::now();
  phase_deadline_ =
      now + (connect_deadline_ - now) / static_cast<SteadyTime::rep>(addresses_.size());
  addresses_.pop_back();
  ArmTimer();
  Exchange();
}

void CpprestCall::Exchange() {
  if (Expired())
    return Finish(HttpError::kExpired, false, "the request expired before it was sent");
  const auto self = shared_from_this();
  cancellation_ = pplx::cancellation_token_source();
  const auto is_current = [self, exchange = ++exchange_] { return self->exchange_ == exchange; };
  try {
    web::http::http_request request(request_.method);
    request.set_request_uri(web::uri(request_.target));
    for (const auto& [name, value] : request_.headers) request.headers().add(name, value);
    // Not the overload for std::string: it reinterprets a buffer of char as one of bytes.
    if (!request_.body.empty()) {
      request.set_body(std::vector<unsigned char>(request_.body.begin(), request_.body.end()));
    }
    request.set_progress_handler(
        [self, is_current](web::http::message_direction::direction, utility::size64_t) {
          if (is_current()) self->OnProgress();
        });
    request.set_response_stream(
        Concurrency::streams::ostream(Concurrency::streams::streambuf<uint8_t>(
            std::make_shared<CpprestSinkBuffer>([self, is_current](std::string_view d) {
              if (is_current()) self->OnData(d);
            }))));
    // A task whose exception nobody observes would end the process; the last continuation does.
    lane_->Request(request, cancellation_.get_token(), request_.not_after)
        .then([self, is_current](const web::http::http_response& response) {
          if (is_current()) self->OnHead(response);
          return response.content_ready();
        })
        .then([self, is_current](const pplx::task<web::http::http_response>& task) {
          std::exception_ptr exception;
          try {
            task.get();
          } catch (...) {
            exception = std::current_exception();
          }
          if (is_current()) self->OnEnd(exception);
        });
  } catch (const web::uri_exception&) {  // its text has the whole target
    Finish(HttpError::kOther, false, "the path or query of the request is malformed");
  } catch (const std::exception& e) {
    Finish(HttpError::kOther, false, fmt::format("the request can't be sent: {}", e.what()));
  }
}

void CpprestCall::Abort(HttpError error, const std::string& detail) {
  Finish(error, lane_ != nullptr && lane_->MayHaveSent(), detail);
}

// The library reports progress when it has written the head of the request and after each piece
// that it read; so the first report also tells that there is a connection.
void CpprestCall::OnProgress() {
  if (!on_finished_) return;
  lane_->NoteProgress(kHeaderBytesMax + (head_seen_ ? request_.body_bytes_max : kHeaderBytesMax));
  phase_deadline_ = After(request_.idle_timeout);
  if (connected_) return;
  connected_ = true;
  ArmTimer();
}

void CpprestCall::OnHead(const web::http::http_response& response) {
  if (!on_finished_) return;
  head_seen_ = true;
  OnProgress();
  result_.status = response.status_code();
  size_t header_bytes = 0;
  for (const auto& [name, value] : response.headers()) {
    header_bytes += name.size() + value.size();
    result_.headers.emplace_back(name, value);
  }
  if (header_bytes > kHeaderBytesMax) {
    return Abort(HttpError::kTooLarge,
                 fmt::format("the head of the answer is larger than {} bytes", kHeaderBytesMax));
  }
  if (const std::string_view encoding = EncodingOf(result_.headers); !encoding.empty()) {
    return Abort(HttpError::kOther,
                 fmt::format("the answer of {} is compressed or encoded ({}), which was not asked "
                             "for; does a proxy or gateway change answers?",
                             origin_.Authority(), CleanText(encoding, 64)));
  }
  if (result_.status < 200) {
    // The library takes an interim answer for the final one, and would then take the final one for
    // the answer to the next request.
    return Abort(HttpError::kTruncated, fmt::format("{} sent the interim answer {}, which is not "
                                                    "supported",
                                                    origin_.Authority(), result_.status));
  }
  if (request_.stream && result_.status < 300) sink_.OnHead(id_, result_.status);
  Deliver(std::exchange(parked_, {}));
}

void CpprestCall::OnData(std::string_view data) {
  if (!on_finished_) return;
  OnProgress();
  if (head_seen_) return Deliver(data);
  parked_.append(data);
}

void CpprestCall::Deliver(std::string_view data) {
  if (data.empty()) return;
  if (request_.stream && result_.status < 300) return sink_.OnChunk(id_, data);
  if (result_.body.size() + data.size() > request_.body_bytes_max) {
    result_.body.clear();
    return Abort(HttpError::kTooLarge,
                 fmt::format("the answer is larger than {} bytes", request_.body_bytes_max));
  }
  result_.body.append(data);
}

void CpprestCall::OnEnd(const std::exception_ptr& exception) {
  if (!on_finished_) return;
  lane_->NoteEnd();
  if (lane_->Overflowed()) {
    return Abort(HttpError::kTooLarge,
                 fmt::format("{} sent a head or a chunk that is too large",
                             lane_->MayHaveSent() ? origin_.Authority() : lane_->ConnectHost()));
  }
  if (!exception) return Finish(HttpError::kNone, true, "");
  if (lane_->FoundStale()) {
    lane_ = lane_->Fresh();
    return Connect();
  }
  CpprestFailure failure = lane_->Explain(exception);
  if (failure.no_connection && !addresses_.empty()) return ConnectToNext();
  Finish(failure.error, failure.sent, std::move(failure.detail));
}

void CpprestCall::Finish(HttpError error, bool sent, std::string detail) {
  if (!on_finished_) return;
  const OnFinished on_finished = std::exchange(on_finished_, nullptr);
  timer_.cancel();
  if (error != HttpError::kNone) cancellation_.cancel();  // closes the connection
  result_.error = error;
  result_.sent = sent;
  result_.detail = std::move(detail);
  on_finished(shared_from_this(), std::move(result_));
}

void CpprestCall::ArmTimer() {
  const SteadyTime deadline = std::min(total_deadline_, phase_deadline_);
  if (deadline == SteadyTime::max()) return;
  timer_.expires_at(deadline);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self != nullptr && self->on_finished_) self->OnTimer();
  });
}

void CpprestCall::OnTimer() {
  const SteadyTime now = std::chrono::steady_clock::now();
  const bool may_have_sent = lane_ != nullptr && lane_->MayHaveSent();
  if (!may_have_sent && Expired()) {
    return Abort(HttpError::kExpired, "the request expired before it was sent");
  }
  const std::string authority = origin_.Authority();
  if (now >= total_deadline_) {
    return Abort(HttpError::kTimeout,
                 lane_ == nullptr ? fmt::format("no free connection to {} within {}", authority,
                                                FormatDuration(request_.total_timeout))
                                  : fmt::format("no complete answer from {} within {}", authority,
                                                FormatDuration(request_.total_timeout)));
  }
  if (now >= phase_deadline_ && lane_ != nullptr && !connected_ && now < connect_deadline_) {
    if (!addresses_.empty() && !lane_->HasConnection()) {
      cancellation_.cancel();
      return ConnectToNext();
    }
    phase_deadline_ = connect_deadline_;
  }
  if (now >= phase_deadline_ && lane_ != nullptr) {
    return Abort(HttpError::kTimeout, connected_
                                          ? fmt::format("no byte from {} for {}", authority,
                                                        FormatDuration(request_.idle_timeout))
                                          : fmt::format("no connection to {} within {}", authority,
                                                        FormatDuration(request_.connect_timeout)));
  }
  ArmTimer();
}

bool CpprestCall::Expired() const { return SystemClock().Read().mono > request_.not_after; }

}  // namespace dtsop
