// A call whose answer is one DtsJob, of any size: only what is read of it is kept.
#pragma once

#include <functional>

#include "api/dtsjob.h"
#include "io/outbox.h"

namespace dtsop {

// `job` fails when the answer holds no DtsJob; after a failed call it says nothing.
using OnDtsJob = std::function<void(const HttpResult& result, Result<DtsJob> job, Now now)>;

// Sends `request`, which must be streamed, to the API server. `on_done` runs once, later.
void CallForDtsJob(Outbox& outbox, HttpRequest request, OnDtsJob on_done);

}  // namespace dtsop
