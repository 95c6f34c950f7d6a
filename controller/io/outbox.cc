#include "io/outbox.h"

#include <iterator>

namespace dtsop {

CallId Outbox::Send(Remote remote, HttpRequest request, OnDone on_done) {
  return Stream(remote, std::move(request), {nullptr, nullptr, std::move(on_done)});
}

CallId Outbox::Stream(Remote remote, HttpRequest request, StreamHandlers handlers) {
  const CallId id = next_id_++;
  calls_.emplace(id, std::move(handlers));
  commands_.emplace_back(SendRequest{id, remote, std::move(request)});
  return id;
}

void Outbox::Cancel(CallId id) {
  if (calls_.erase(id) != 0) commands_.emplace_back(CancelRequest{id});
}

void Outbox::Log(LogLevel level, std::string_view message, LogFields fields) {
  commands_.emplace_back(LogLine{level, message, std::move(fields)});
}

void Outbox::Deliver(const Event& event, Now now) {
  // Handlers may start or cancel calls, so each is taken out of the map, or copied, before it runs.
  if (const auto* head = std::get_if<HttpHead>(&event)) {
    const auto found = calls_.find(head->id);
    if (found == calls_.end() || !found->second.on_head) return;
    const auto handler = found->second.on_head;
    handler(head->status, now);
  } else if (const auto* chunk = std::get_if<HttpChunk>(&event)) {
    const auto found = calls_.find(chunk->id);
    if (found == calls_.end() || !found->second.on_chunk) return;
    const auto handler = found->second.on_chunk;
    handler(chunk->data, now);
  } else if (const auto* done = std::get_if<HttpDone>(&event)) {
    auto node = calls_.extract(done->id);
    if (!node.empty() && node.mapped().on_done) node.mapped().on_done(done->result, now);
  }
}

void Outbox::TakeInto(std::vector<Command>* out) {
  out->insert(out->end(), std::make_move_iterator(commands_.begin()),
              std::make_move_iterator(commands_.end()));
  commands_.clear();
}

}  // namespace dtsop
