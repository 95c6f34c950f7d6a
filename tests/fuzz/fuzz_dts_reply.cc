// Any bytes as DTS's answer to any action, of any status, with any rate limit header.
#include <cstddef>
#include <cstdint>

#include "dts/job_list.h"
#include "tests/fuzz/answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto reply = dtsop::DecodeReply(
      dtsop::AnswerOf({reinterpret_cast<const char*>(data), size}, "x-ratelimit-user"));
  if (reply) {
    (void)dtsop::DecodeJobDetail(*reply);
    (void)dtsop::DecodePrecheck(*reply);
    const auto page = dtsop::DecodeJobPage(*reply);
    for (const dtsop::ObservedJob& job : page ? page->jobs : std::vector<dtsop::ObservedJob>()) {
      if (job.job_id.empty() || job.status.empty()) __builtin_trap();
      if (job.delay && *job.delay < dtsop::Duration{0}) __builtin_trap();
    }
  } else {
    const dtsop::CallFailure& failure = reply.error();
    if (failure.code.empty() || failure.message.size() > 2048) __builtin_trap();
    if (failure.retry_after > dtsop::kRetryAfterMax) __builtin_trap();
    (void)dtsop::DescribeFailure(failure);
    (void)dtsop::ReasonFromCode(failure.code);
  }
  return 0;
}
