// Reads what people write for the simulator: the YAML file and the JSON of the control endpoint,
// in the same words. Every error names the field by its path.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "simulator/settings.h"

namespace dtsop::simulator {

// After `count` of the jobs is applied.
inline constexpr size_t kJobsMax = 200'000;

// The whole file.
Result<Settings> ParseConfig(const std::string& yaml);

// One object each. `where` is its path for messages. Fields that are not given keep the value that
// they have in `base`.
Result<Account> ReadAccount(const Json& value, const std::string& where, Account base);
Result<JobConfig> ReadJob(const Json& value, const std::string& where, JobConfig base);
Result<FaultRule> ReadFault(const Json& value, const std::string& where);
Result<Behaviour> ReadBehaviour(const Json& value, const std::string& where, Behaviour base);
Result<Quota> ReadQuota(const Json& value, const std::string& where);
Result<IdentitySettings> ReadIdentity(const Json& value, const std::string& where,
                                      IdentitySettings base);

// The reverse, for GET of the control endpoint.
Json ShowBehaviour(const Behaviour& behaviour);
Json ShowIdentity(const IdentitySettings& settings);
Json ShowFault(const FaultRule& rule);

}  // namespace dtsop::simulator
