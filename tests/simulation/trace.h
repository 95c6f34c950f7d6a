// The fingerprint of a run, and on request its text: equal seeds must give equal traces.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/time.h"

namespace dtsop::sim {

class Trace {
 public:
  explicit Trace(bool print) : print_(print) {}

  // `who` did or met `what`; both are part of the fingerprint, with the time.
  void Add(MonoTime time, std::string_view who, std::string_view what) {
    const int64_t nanos = time.time_since_epoch().count();
    Mix({reinterpret_cast<const char*>(&nanos), sizeof(nanos)});
    Mix(who);
    Mix(what);
    if (print_)
      std::printf("%12.6f %-6.*s %.*s\n", static_cast<double>(nanos) / 1e9,
                  static_cast<int>(who.size()), who.data(),
                  static_cast<int>(std::min<size_t>(what.size(), kPrintedBytesMax)), what.data());
  }
  uint64_t hash() const { return hash_; }

 private:
  static constexpr size_t kPrintedBytesMax = 2000;
  // FNV-1a, and a byte that ends each part.
  void Mix(std::string_view bytes) {
    for (const char c : bytes) MixByte(static_cast<unsigned char>(c));
    MixByte(0xFF);
  }
  void MixByte(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3ULL; }

  bool print_;
  uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace dtsop::sim
