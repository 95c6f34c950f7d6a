// The open connections of an HttpServer, and which of them makes room when the server is full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>

namespace dtsop {

// Not thread-safe: lives on the server's thread. A connection is idle while the server waits for
// its client: for a request, or for the end. All functions pass over an unknown `id`.
class HttpConnections {
 public:
  // A new connection, idle, from the address `source`. `close` is called at most once.
  void Add(uint64_t id, std::string source, std::function<void()> close);
  // Has become idle, or busy. Among the idle ones it is then the latest.
  void SetIdle(uint64_t id, bool idle);
  void Remove(uint64_t id);
  // Removes and closes one: of those of the source that has the most, the one idle for longest, or
  // the oldest of the others. So who opens many loses their own. Nothing when there is none.
  void EvictOne();
  size_t size() const { return connections_.size(); }

 private:
  struct Connection {
    uint64_t id;
    std::string source;
    bool idle;
    std::function<void()> close;
  };
  using Order = std::list<Connection>;
  void Erase(Order::iterator connection);

  Order connections_;  // in the order in which they became idle or busy
  std::map<uint64_t, Order::iterator> by_id_;
  std::map<std::string, size_t> per_source_;
};

}  // namespace dtsop
