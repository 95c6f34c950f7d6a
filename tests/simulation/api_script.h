// Scripts of API calls with the answers that the real kube-apiserver gives, as data. The simulated
// server and a real one run the same scripts, so that the simulator can't drift into a world of its
// own.
//
// A script is {"name", "steps": [{"call": "METHOD /path?query", "type", "body", "keep",
// "expect"}]}.
// ${x} in a call or body stands for what an earlier step kept; "keep": {"x": "/json/pointer"}.
// "expect": {"code", "has": {pointer: value}, "absent": [pointer], "same": {pointer: kept name},
// "differs": {pointer: kept name}, "matches": {pointer: regular expression}, "count": {pointer:
// size}, "lines": [event types]}. A step may be {"action": name} instead, and "repeat": n runs it n
// times with ${i} = 0000, 0001, ... Only what every supported server agrees on stands there: no
// times, uids or revisions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "net/http.h"

namespace dtsop::sim {

// Performs one call and waits for its answer. A watch must carry timeoutSeconds, so that it ends.
using ApiCaller = std::function<HttpResult(const HttpRequest&)>;
// Performs a step that is no HTTP call, by its name: "compact".
using ApiAction = std::function<void(const std::string& name)>;

// Runs one script; gives one line for each expectation that failed, empty when all held.
std::vector<std::string> RunApiScript(const Json& script, const ApiCaller& call,
                                      const ApiAction& action);

}  // namespace dtsop::sim
