// Observes jobs with as few calls as possible: many jobs of an account by pages of DescribeDtsJobs,
// or by lists of their ids when the account has far more; DescribeDtsJobDetail for a few jobs, or
// for those that neither shows. DescribePreCheckStatus names the failed items of a precheck when
// the answer does not. How large pages and lists may be is learned for each account.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dts/job_list.h"
#include "effects/dts_caller.h"

namespace dtsop {

class Fleet {
 public:
  struct Wish {
    std::string uid;  // of the DtsJob that wishes it
    DtsJobSpec spec;
    JobType type = JobType::kUnknown;  // as far as it is known; pages are by type
    MonoTime after;                    // an answer to an earlier question is of no use
    Credentials credentials;
    // The failed precheck whose items are known, by the job's error message.
    std::optional<std::string> known_precheck = std::nullopt;
    // DTS has refused the last question about it: in a list it might spoil the answer for others.
    bool alone = false;
  };
  struct Listeners {
    // One DtsJob's wish has been answered, with what was asked at `sent`. A failed precheck comes
    // with its items, unless they are known or DTS does not give them.
    std::function<void(const ObjectKey& who, const Wish&,
                       const tl::expected<ObservedJob, CallFailure>&, MonoTime sent, Now)>
        on_answer;
    // A page shows this job, whether somebody wished for it or not.
    std::function<void(const AccountKey&, const ObservedJob&, MonoTime sent, Now)> on_listed;
  };
  Fleet(DtsCaller& dts, Listeners listeners) : dts_(dts), listeners_(std::move(listeners)) {}

  // `who` wants to be observed. The calls are made by Advance, so that wishes of one moment are
  // considered together. An earlier wish of the same DtsJob is replaced.
  void Observe(const ObjectKey& who, const AccountKey& account, Wish wish);
  void Forget(const ObjectKey& who, const AccountKey& account);
  // Forgets the accounts that are not in the book any more, and what was learned of those that
  // nobody has asked about for long.
  void ForgetUnused(const AccountBook& book, MonoTime now);
  size_t accounts() const { return accounts_.size(); }

  void Advance(Now now);
  // DtsCaller's on_turn for the actions that read. False: nobody has use for the turn.
  bool OnTurn(DtsAction action, const AccountKey& account, const ObjectKey& who, Now now);

 private:
  enum class State { kWaiting, kInLine, kAsked };
  struct Entry {
    Wish wish;
    State state = State::kWaiting;
    bool listed = false;  // the pages have been looked through in vain
    uint64_t id = 0;      // tells a wish from a later one of the same DtsJob
  };
  // Pause before asking again for what was refused: pages, in whose place each job is asked for by
  // itself, and the items of failed prechecks.
  static constexpr Duration kNotAskedFor = seconds(10);
  static constexpr Duration kNotAskedWhenRefusedFor = minutes(10);
  struct Total {
    int64_t jobs = 0;
    MonoTime at;
  };
  struct Part {
    JobType type;
    bool by_ids;
  };
  // A walk through pages or lists of the jobs of some types.
  struct Sweep {
    uint64_t id = 0;  // tells its pages from those of an earlier one
    std::vector<Part> parts;
    bool any_type = false;  // jobs whose type is not known are looked for in all parts
    size_t part = 0;
    int64_t page = 1;
    int64_t served = 0;                                 // records of the part's first page
    int64_t arrived = 0;                                // records of all its pages
    std::vector<std::pair<ObjectKey, uint64_t>> asked;  // by the last list: entries and their ids
    int64_t ids = 0;                                    // in that list
    bool in_line = false;
  };
  // A list of so many ids was refused.
  struct Doubt {
    int64_t ids;
    MonoTime until;
    bool explained;  // by one of them, which is refused by itself as well
  };
  struct Wishes {
    int64_t count = 0;
    int64_t calls = 0;  // to answer them without pages
  };
  struct Account {
    std::map<ObjectKey, Entry> entries;
    std::optional<Sweep> sweep;
    std::map<JobType, Total> totals;
    int64_t page_size = kJobsPerPage;
    int64_t ids_max = kIdsPerList;
    std::optional<Doubt> doubt;
    MonoTime ids_after = MonoTime::min();
    MonoTime sweep_after = MonoTime::min();
    MonoTime prechecks_after = MonoTime::min();
    bool changed = false;  // Advance has to look at it
  };

  void Plan(const AccountKey& key, Account& account, Now now);
  void FailAll(const AccountKey& key, Account& account, const CallFailure& why, Now now);
  static const Part& Present(const Account& account) {
    return account.sweep->parts[account.sweep->part];
  }
  static bool MayShow(const Sweep& sweep, const Part& part, const Entry& entry);
  static bool WaitsForSweep(const Account& account, const Entry& entry);
  static int64_t Missing(const Account& account);
  static bool KnowsTotals(const Account& account, MonoTime now);
  static Wishes WishesFor(const Account& account, JobType type, MonoTime now);
  static Sweep CheapestSweep(const Account& account, MonoTime now);
  static void SettleDoubt(Account& account, MonoTime now);
  void AskForPage(const AccountKey& key, Account& account, Now now);
  void SendPage(const AccountKey& key, Account& account, Now now);
  void OnPage(const AccountKey& key, uint64_t sweep, const tl::expected<JobPage, CallFailure>& page,
              MonoTime sent, Now now);
  static void AfterPage(Account& account, const JobPage& page, MonoTime now);
  static void AfterList(Account& account, MonoTime now);
  static size_t MarkListed(Account& account);
  void OnNoPage(const AccountKey& key, Account& account, const CallFailure& why, Now now);
  static void NextPart(Account& account, bool complete);
  void AskForDetail(const AccountKey& key, const ObjectKey& who, Entry& entry, Now now);
  void SendDetail(const AccountKey& key, const ObjectKey& who, Entry& entry, Now now);
  bool AskForPrecheck(const AccountKey& key, const ObjectKey& who, Entry& entry,
                      const ObservedJob& seen, MonoTime sent, Now now);
  ObservedJob WithPrecheck(const AccountKey& key, ObservedJob seen,
                           const tl::expected<PrecheckReport, CallFailure>& report, Now now);
  Entry* Asked(const AccountKey& key, const ObjectKey& who, uint64_t id);
  void Fulfil(const AccountKey& key, const ObjectKey& who,
              const tl::expected<ObservedJob, CallFailure>& answer, MonoTime sent, Now now);

  DtsCaller& dts_;
  const Listeners listeners_;
  std::map<AccountKey, Account> accounts_;
  uint64_t next_id_ = 1;
};

}  // namespace dtsop
