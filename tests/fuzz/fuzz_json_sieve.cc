// Any bytes as a stream of JSON objects, cut into slices of the length that the first byte gives: a
// sieve that keeps everything gives back what was sent, and one that keeps little gives JSON.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "base/json_sieve.h"

namespace {

using dtsop::JsonShape;
using dtsop::JsonSieve;

template <typename OnRecord>
void FeedInSlices(const JsonShape& shape, std::string_view text, size_t slice, OnRecord on_record) {
  JsonSieve sieve(shape, size_t{1} << 20);
  for (; !text.empty(); text.remove_prefix(std::min(slice, text.size()))) {
    (void)sieve.Feed(text.substr(0, slice), on_record);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t slice = size_t{data[0]} + 1;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto json = dtsop::ParseJson(text);
  if (!json || !json->is_object()) return 0;
  static const JsonShape kAll;
  int records = 0;
  FeedInSlices(kAll, text, slice, [&](const JsonSieve::Record& record) {
    ++records;
    if (record.cut) return;  // a very long key, or a number of very many digits
    const auto kept = dtsop::ParseJson(record.text);
    if (!kept || *kept != *json) __builtin_trap();
  });
  if (records != 1) __builtin_trap();
  static const JsonShape kLittle = {
      "", {{"a", {{"b"}, {"c", {{"d"}}}}}, {"items", {{"a"}}, true}, {"s"}}};
  FeedInSlices(kLittle, text, slice, [](const JsonSieve::Record& record) {
    if (!record.cut && !dtsop::ParseJson(record.text)) __builtin_trap();
  });
  return 0;
}
