// Any bytes as DTS's answer to any action with any rate limit header: the first line is the header,
// the rest the body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "dts/job_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t line_end = std::min(text.find('\n'), text.size());
  dtsop::HttpResult result;
  result.status = size % 2 == 0 ? 200 : 400;
  result.headers = {{"x-ratelimit-user", text.substr(0, line_end)}};
  result.body = text.substr(line_end);
  const auto reply = dtsop::DecodeReply(result);
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
    if (failure.retry_after > dtsop::seconds(60)) __builtin_trap();
    (void)dtsop::DescribeFailure(failure);
    (void)dtsop::ReasonFromCode(failure.code);
  }
  return 0;
}
