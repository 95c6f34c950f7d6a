// What the actions that look at jobs are asked and what they answer. Pure functions. DTS mixes its
// spellings: DtsInstanceID in answers and in DescribeDtsJobDetail, DtsInstanceId elsewhere; Region
// beside RegionId; PageNumber beside PageNo; numbers and booleans with and without quotes.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/observed_job.h"
#include "dts/reply.h"

namespace dtsop {

// The largest page that DTS ever gave, and the one that it gives by all of its papers.
inline constexpr int64_t kJobsPerPage = 100;
inline constexpr int64_t kSmallPage = 30;
// How many ids one call names at most: no paper says how many are allowed.
inline constexpr int64_t kIdsPerList = 30;
// What such a page may take: a job is 2 to 5 KiB, a message of a failed one may be long.
inline constexpr size_t kJobPageBytesMax = 8U << 20;

// DescribeDtsJobs, page `page` (from 1) of the jobs of `type` in `region`, by age, so that jobs
// created meanwhile don't shift the pages. Without a type DTS would list migrations only;
// kUnknown is listed as those.
QueryParameters JobPageParameters(JobType type, std::string_view region, int64_t page,
                                  int64_t size = kJobsPerPage);
// DescribeDtsJobs for the jobs of these ids, at most kIdsPerList, all of `type`.
QueryParameters JobListParameters(JobType type, std::string_view region,
                                  const std::set<std::string>& ids);

// The precheck of the job's forward leg: DTS offers none of the other.
QueryParameters PrecheckParameters(std::string_view job_id, std::string_view region);

struct JobPage {
  std::vector<ObservedJob> jobs;  // the reverse leg of a two-way job follows its forward leg
  int64_t records = 0;            // entries on this page, unreadable ones and no reverse legs
  int64_t unreadable = 0;         // entries without an id or a status; they are not in `jobs`
  std::optional<int64_t> total;   // of all pages
};
// An answer without a list is an unreadable one, unless it says that there are no jobs. The legs of
// a two-way job share the job's id: it is what StartDtsJob takes beside the direction.
tl::expected<JobPage, CallFailure> DecodeJobPage(const DtsReply& reply);
// Whether a page has a successor: `arrived` records have come with all pages so far, `served` of
// them with the first.
bool HasNextPage(const JobPage& answer, int64_t arrived, int64_t served);
// How large pages really are, if `first` is the first when pages of `asked` records are asked for:
// DTS may give smaller ones without a word.
int64_t ServedPageSize(const JobPage& first, int64_t asked);

// An answer without a Status is an unreadable one.
tl::expected<ObservedJob, CallFailure> DecodeJobDetail(const DtsReply& reply);

struct PrecheckReport {
  std::string state;  // NotStarted, Checking, Failed, Finished, or another word of DTS
  std::vector<PrecheckItem> failed;  // worst first, without what somebody chose to ignore
};
// An answer without a State is an unreadable one.
tl::expected<PrecheckReport, CallFailure> DecodePrecheck(const DtsReply& reply);

}  // namespace dtsop
