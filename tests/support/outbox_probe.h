// The other side of an Outbox: takes the requests that a component queues and answers them, oldest
// first, with a clock that the test moves.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "io/outbox.h"

namespace dtsop {

class OutboxProbe {
 public:
  // The requests that wait for an answer.
  const std::deque<SendRequest>& sent() {
    Collect();
    return sent_;
  }
  // The oldest one; the default request when there is none, so that an EXPECT fails instead of the
  // program.
  HttpRequest Take() { return sent().empty() ? HttpRequest{} : sent_.front().request; }
  Json TakeBody() { return ParseJson(Take().body).value_or(Json()); }

  void Answer(int status, std::string body, HttpHeaders headers = {}) {
    HttpResult result;
    result.status = status;
    result.headers = std::move(headers);
    if (Take().stream && status / 100 == 2) {
      const CallId id = Front();
      Head(status);
      if (!body.empty()) Chunk(std::move(body));
      if (Front() != id) return;  // canceled meanwhile
    } else {
      result.body = std::move(body);
    }
    Finish(std::move(result));
  }
  void Break(HttpError error, bool was_sent = true) {
    HttpResult result;
    result.error = error;
    result.sent = was_sent;
    result.detail = "broken by the test";
    Finish(std::move(result));
  }
  void Head(int status) { outbox.Deliver(HttpHead{Front(), status}, now); }
  void Chunk(std::string data) { outbox.Deliver(HttpChunk{Front(), std::move(data)}, now); }
  void Finish(HttpResult result) {
    const CallId id = Front();
    if (!sent_.empty()) sent_.pop_front();
    outbox.Deliver(HttpDone{id, std::move(result)}, now);
  }
  void Advance(Duration time) { now = {now.mono + time, now.wall + time}; }

  // For `time`: does `pass`, then has `serve` answer a request, or moves on by `step` when none
  // waits.
  template <class Pass, class Serve>
  void Live(Duration time, Duration step, Pass pass, Serve serve) {
    for (const MonoTime end = now.mono + time; now.mono < end;) {
      pass();
      sent().empty() ? Advance(step) : serve();
    }
  }

  // The messages logged so far.
  std::vector<std::string> Logged() {
    Collect();
    return logged_;
  }

  Outbox outbox;
  Now now{MonoTime(hours(100)), WallTime(seconds(1'800'000'000))};

 private:
  CallId Front() { return sent().empty() ? 0 : sent_.front().id; }
  void Collect() {
    std::vector<Command> commands;
    outbox.TakeInto(&commands);
    for (Command& command : commands) {
      if (auto* send = std::get_if<SendRequest>(&command)) sent_.push_back(std::move(*send));
      if (const auto* line = std::get_if<LogLine>(&command)) logged_.emplace_back(line->message);
      if (const auto* cancel = std::get_if<CancelRequest>(&command)) {
        std::erase_if(sent_, [cancel](const SendRequest& call) { return call.id == cancel->id; });
      }
    }
  }

  std::deque<SendRequest> sent_;
  std::vector<std::string> logged_;
};

}  // namespace dtsop
