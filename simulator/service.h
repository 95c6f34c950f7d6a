// The DTS service behind the gateway: the six actions over a table of jobs.
#pragma once

#include <map>
#include <string>
#include <tl/expected.hpp>

#include "base/json.h"
#include "base/random.h"
#include "simulator/job.h"
#include "simulator/received_call.h"

namespace dtsop::simulator {

using JobTable = std::map<std::string, Job>;  // by job id

struct ServiceAnswer {
  Json fields = Json::object();  // beside RequestId, HttpStatusCode and Success
  std::string effect;            // what changed, see Job::Outcome; empty: nothing
};

// Performs the action of a verified call of `account_id`. `now` is job time; `random` draws what
// Behaviour::lags leave open.
tl::expected<ServiceAnswer, ApiError> Perform(const ReceivedCall& call,
                                              const std::string& account_id,
                                              const Behaviour& behaviour, WallTime now,
                                              JobTable* jobs, Random* random);

}  // namespace dtsop::simulator
