// Any bytes as a watch stream, cut into slices of the length that the first byte gives.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kube/watch_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t slice = size_t{data[0]} + 1;
  std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  dtsop::LineDecoder decoder(512);
  for (; !stream.empty(); stream.remove_prefix(std::min(slice, stream.size()))) {
    (void)decoder.Feed(stream.substr(0, slice), [](std::string_view line) {
      const auto event = dtsop::DecodeWatchEvent(line);
      if (line.size() > 512 || (event && !event->object.is_object())) __builtin_trap();
    });
  }
  return 0;
}
