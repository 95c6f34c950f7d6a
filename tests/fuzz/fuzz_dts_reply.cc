// Any bytes as DTS's answer with any rate limit header: the first line is the header, the rest the
// body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "dts/reply.h"

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
  } else {
    const dtsop::CallFailure& failure = reply.error();
    if (failure.code.empty() || failure.message.size() > 2048) __builtin_trap();
    if (failure.retry_after > dtsop::seconds(60)) __builtin_trap();
    (void)dtsop::DescribeFailure(failure);
    (void)dtsop::ReasonFromCode(failure.code);
  }
  return 0;
}
