// A job as the three Describe actions show it.
#pragma once

#include "base/json.h"
#include "simulator/job.h"

namespace dtsop::simulator {

// The fields of DescribeDtsJobDetail, which writes "synchronizing" in lower case.
Json DetailView(const Job& job, bool reverse, DelayUnit unit, WallTime now);

// The fields of DescribePreCheckStatus of the forward leg for sub-task `code` (JobCode), with every
// item of the precheck.
Json PrecheckStatusView(const Job& job, std::string_view code, WallTime now);

// An item of DtsJobList of DescribeDtsJobs; a two-way job carries its reverse leg as ReverseJob.
Json ListView(const Job& job, DelayUnit unit, WallTime now);

}  // namespace dtsop::simulator
