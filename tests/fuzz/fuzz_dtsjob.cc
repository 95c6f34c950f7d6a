// Any JSON as a DtsJob: what is accepted must be usable, and its status must survive a round trip,
// or it would be written again and again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "api/dtsjob.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto json = dtsop::ParseJson({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  const auto job = dtsop::DtsJobFromJson(*json);
  if (!job) return 0;
  if (job->uid.empty() || job->spec.dts_job_id.empty()) __builtin_trap();
  if (job->spec.poll_interval < dtsop::seconds(1)) __builtin_trap();
  if (dtsop::StatusFromJson(dtsop::StatusToJson(job->status)) != job->status) __builtin_trap();
  (void)dtsop::DumpJson(dtsop::StatusUpdateBody(*job, job->status));
  return 0;
}
