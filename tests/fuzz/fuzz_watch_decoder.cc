// Any bytes as a watch stream, cut into slices of the length that the first byte gives: no record
// grows beyond what is kept, and each is an event or an error.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json_sieve.h"
#include "kube/watch_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const dtsop::JsonShape kShape = {
      "", {{"type"}, {"object", {{"metadata", {{"name"}}}, {"status"}}}, {"items", {}, true}}};
  constexpr size_t kKept = 512;
  const size_t slice = size_t{data[0]} + 1;
  std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  dtsop::JsonSieve sieve(kShape, kKept);
  for (; !stream.empty(); stream.remove_prefix(std::min(slice, stream.size()))) {
    (void)sieve.Feed(stream.substr(0, slice), [](const dtsop::JsonSieve::Record& record) {
      const auto event = dtsop::DecodeWatchEvent(record.text);
      // A key of up to 1 KiB and the closing brackets come on top.
      if (record.text.size() > kKept + 2048 || record.bytes < 2) __builtin_trap();
      if (event && !event->object.is_object()) __builtin_trap();
    });
  }
  return 0;
}
