// Any bytes as the Lease's list of starts in flight: what is accepted is written back the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "lease/start_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto starts = dtsop::DecodeStarts({reinterpret_cast<const char*>(data), size});
  if (!starts) return 0;
  if (starts->size() > dtsop::kStartsInFlightMax) __builtin_trap();
  const std::string text = dtsop::EncodeStarts(*starts);
  const auto again = dtsop::DecodeStarts(text);
  if (!again || dtsop::EncodeStarts(*again) != text) __builtin_trap();
  return 0;
}
