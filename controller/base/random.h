// A deterministic source of randomness: the same seed gives the same sequence on every compiler and
// machine (std::uniform_*_distribution does not). Not for keys; nonces only need to be unique, and
// the shell seeds from the kernel.
#pragma once

#include <cstdint>
#include <string>

namespace dtsop {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // The next 64 bits (splitmix64).
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  // Uniform in [0, bound); 0 when bound is 0. The bias is below 2^-32 for bounds below 2^32.
  uint64_t Below(uint64_t bound) { return bound == 0 ? 0 : Next() % bound; }

  // True with probability `percent` / 100.
  bool Percent(uint64_t percent) { return Below(100) < percent; }

  // 32 lower-case hexadecimal digits, unique for all practical purposes.
  std::string Hex128() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(32);
    for (int half = 0; half < 2; ++half) {
      uint64_t bits = Next();
      for (int i = 0; i < 16; ++i, bits >>= 4) out.push_back(kDigits[bits & 15]);
    }
    return out;
  }

 private:
  uint64_t state_;
};

}  // namespace dtsop
