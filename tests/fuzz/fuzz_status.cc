// Any bytes as an error body with any Retry-After: the first line is the header, the rest the body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "kube/status_error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t line_end = std::min(text.find('\n'), text.size());
  dtsop::HttpResult result;
  result.status = 503;
  result.headers = {{"Retry-After", text.substr(0, line_end)}};
  result.body = text.substr(line_end);
  const auto error = dtsop::DecodeKubeError(result, dtsop::WallTime());
  if (error.message.size() > dtsop::kKubeMessageBytesMax) __builtin_trap();
  if (error.retry_after && *error.retry_after > dtsop::kRetryAfterMax) __builtin_trap();
  (void)dtsop::DescribeFailure(result);
  return 0;
}
