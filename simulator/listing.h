// DescribeDtsJobs: filters, order and pages.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/json.h"
#include "simulator/job.h"
#include "simulator/received_call.h"

namespace dtsop::simulator {

// A decimal parameter between 1 and `max`; `fallback` when it is not given.
tl::expected<int64_t, ApiError> ReadCount(const ReceivedCall& call, std::string_view name,
                                          int64_t fallback, int64_t max);

// The region that a call names, under either of its names, or "".
std::string RegionOf(const ReceivedCall& call);

// The fields of the answer: the page that `call` asks for of the jobs that `account_id` owns and
// that pass every filter. `now` is job time.
tl::expected<Json, ApiError> ListJobs(const ReceivedCall& call, const std::string& account_id,
                                      const Behaviour& behaviour, WallTime now,
                                      std::map<std::string, Job>* jobs);

}  // namespace dtsop::simulator
