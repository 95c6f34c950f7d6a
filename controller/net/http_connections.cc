#include "net/http_connections.h"

#include <utility>

namespace dtsop {

void HttpConnections::Add(uint64_t id, std::string source, std::function<void()> close) {
  ++per_source_[source];
  connections_.push_back({id, std::move(source), true, std::move(close)});
  by_id_[id] = std::prev(connections_.end());
}

void HttpConnections::SetIdle(uint64_t id, bool idle) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second->idle == idle) return;
  found->second->idle = idle;
  connections_.splice(connections_.end(), connections_, found->second);
}

void HttpConnections::Remove(uint64_t id) {
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) Erase(found->second);
}

void HttpConnections::EvictOne() {
  auto victim = connections_.end();
  const auto rank = [this](Order::iterator connection) {
    return std::pair(per_source_[connection->source], connection->idle);
  };
  for (auto i = connections_.begin(); i != connections_.end(); ++i) {
    if (victim == connections_.end() || rank(i) > rank(victim)) victim = i;
  }
  if (victim == connections_.end()) return;
  const std::function<void()> close = std::move(victim->close);
  Erase(victim);
  close();
}

void HttpConnections::Erase(Order::iterator connection) {
  const auto source = per_source_.find(connection->source);
  if (--source->second == 0) per_source_.erase(source);
  by_id_.erase(connection->id);
  connections_.erase(connection);
}

}  // namespace dtsop
