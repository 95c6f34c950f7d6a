// Any bytes as an error body of the API server, of any status, with any Retry-After.
#include <cstddef>
#include <cstdint>

#include "kube/status_error.h"
#include "tests/fuzz/answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const dtsop::HttpResult result =
      dtsop::AnswerOf({reinterpret_cast<const char*>(data), size}, "Retry-After");
  const auto error = dtsop::DecodeKubeError(result, dtsop::WallTime());
  if (error.message.size() > dtsop::kKubeMessageBytesMax) __builtin_trap();
  if (error.retry_after && *error.retry_after > dtsop::kKubeRetryAfterMax) __builtin_trap();
  if (error.retry_after && *error.retry_after < dtsop::kKubeRetryAfterMin) __builtin_trap();
  (void)dtsop::DescribeFailure(result);
  return 0;
}
