// Many jobs with few calls: pages of DescribeDtsJobs, or DescribeDtsJobs for a list of ids where
// most of the account's jobs are of no interest.
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "effects/fleet.h"

namespace dtsop {
namespace {

// How many jobs an account has, and that it knows no lists of ids, is found out anew after this.
constexpr Duration kLearnedFor = hours(1);
// By then the jobs of a list that was refused have been asked for by themselves.
constexpr Duration kDoubtFor = seconds(10);

int64_t Calls(int64_t jobs, int64_t at_once) { return (jobs + at_once - 1) / at_once; }

// DTS may mean that it does not like what is asked for, not who asks.
bool RefusesTheQuestion(const CallFailure& failure) {
  return failure.error_class == ErrorClass::kInvalid ||
         failure.error_class == ErrorClass::kNotFound ||
         failure.error_class == ErrorClass::kUnknown;
}

}  // namespace

// Whether `part` of `sweep` may show what `entry` wants.
bool Fleet::MayShow(const Sweep& sweep, const Part& part, const Entry& entry) {
  if (entry.state == State::kAsked || entry.listed) return false;
  if (entry.wish.type == JobType::kUnknown) return sweep.any_type;
  return entry.wish.type == part.type && !(part.by_ids && entry.wish.alone);
}

bool Fleet::WaitsForSweep(const Account& account, const Entry& entry) {
  if (!account.sweep) return false;
  const std::vector<Part>& parts = account.sweep->parts;
  return std::any_of(parts.begin(), parts.end(),
                     [&](const Part& part) { return MayShow(*account.sweep, part, entry); });
}

// What the present part of the sweep is still to show.
int64_t Fleet::Missing(const Account& account) {
  const Sweep& sweep = *account.sweep;
  return std::count_if(account.entries.begin(), account.entries.end(), [&sweep](const auto& item) {
    return MayShow(sweep, sweep.parts[sweep.part], item.second);
  });
}

bool Fleet::KnowsTotals(const Account& account, MonoTime now) {
  return std::any_of(account.totals.begin(), account.totals.end(),
                     [now](const auto& total) { return now - total.second.at < kLearnedFor; });
}

// The wishes for jobs of `type` and what they cost by other means than pages, at the least.
Fleet::Wishes Fleet::WishesFor(const Account& account, JobType type, MonoTime now) {
  Wishes wishes;
  int64_t in_lists = 0;
  for (const auto& [who, entry] : account.entries) {
    if (entry.state == State::kAsked || entry.listed || entry.wish.type != type) continue;
    ++wishes.count;
    if (!entry.wish.alone) ++in_lists;
  }
  wishes.calls = wishes.count;
  if (type == JobType::kUnknown || now < account.ids_after) return wishes;
  const int64_t lists = Calls(in_lists, std::min(account.ids_max, account.page_size));
  wishes.calls = std::min(wishes.count, wishes.count - in_lists + lists);
  return wishes;
}

// How all that is wished for is learned with the fewest calls; what no part shows is asked for job
// by job.
Fleet::Sweep Fleet::CheapestSweep(const Account& account, MonoTime now) {
  Sweep by_type;
  Sweep all;
  if (now < account.sweep_after) return by_type;
  const int64_t unknown = WishesFor(account, JobType::kUnknown, now).count;
  all.any_type = true;
  int64_t calls_by_type = unknown;
  int64_t calls_for_all = 0;
  for (const JobType type : {JobType::kSync, JobType::kMigration, JobType::kSubscribe}) {
    const Wishes wishes = WishesFor(account, type, now);
    const auto total = account.totals.find(type);
    const bool known = total != account.totals.end() && now - total->second.at < kLearnedFor;
    const int64_t pages =
        known ? std::max<int64_t>(1, Calls(total->second.jobs, account.page_size)) : 1;
    const int64_t least = std::min(pages, wishes.calls);
    calls_by_type += least;
    if (least < wishes.count) by_type.parts.push_back({type, least < pages});
    if (unknown == 0 && wishes.count == 0) continue;
    calls_for_all += pages;
    all.parts.push_back({type, false});
  }
  return unknown > 0 && calls_for_all < calls_by_type ? all : by_type;
}

void Fleet::AskForPage(const AccountKey& key, Account& account, Now now) {
  // Wishes for a list may have gone meanwhile.
  while (account.sweep && Present(account).by_ids && Missing(account) == 0)
    NextPart(account, false);
  if (!account.sweep || account.sweep->in_line) return;
  account.sweep->in_line = true;
  if (dts_.Take(DtsAction::kList, key, {}, now.mono)) SendPage(key, account, now);
}

void Fleet::SendPage(const AccountKey& key, Account& account, Now now) {
  Sweep& sweep = *account.sweep;
  const Part& part = sweep.parts[sweep.part];
  std::set<std::string> ids;
  sweep.asked.clear();
  for (const auto& [who, entry] : account.entries) {
    if (!part.by_ids || !MayShow(sweep, part, entry)) continue;
    ids.insert(entry.wish.spec.dts_job_id);
    sweep.asked.emplace_back(who, entry.id);
    if (static_cast<int64_t>(ids.size()) >= std::min(account.ids_max, account.page_size)) break;
  }
  sweep.ids = static_cast<int64_t>(ids.size());
  // Any wish has the credentials that the account is named by.
  const Credentials& credentials = account.entries.begin()->second.wish.credentials;
  dts_.Send(
      {DtsAction::kList, key, credentials,
       part.by_ids ? JobListParameters(part.type, key.region, ids)
                   : JobPageParameters(part.type, key.region, sweep.page, account.page_size),
       "", kNever},
      [this, key, id = sweep.id, sent = now.mono](const tl::expected<DtsReply, CallFailure>& reply,
                                                  Now then) {
        OnPage(key, id, reply.and_then(DecodeJobPage), sent, then);
      },
      now);
}

void Fleet::OnPage(const AccountKey& key, uint64_t id,
                   const tl::expected<JobPage, CallFailure>& page, MonoTime sent, Now now) {
  Account& account = accounts_[key];
  account.changed = true;
  if (!account.sweep || account.sweep->id != id) return;
  if (!page) return OnNoPage(key, account, page.error(), now);
  account.sweep->in_line = false;
  std::map<std::pair<std::string_view, std::string_view>, const ObservedJob*> shown;
  for (const ObservedJob& job : page->jobs) shown[{job.job_id, job.direction}] = &job;
  std::vector<std::tuple<ObjectKey, Wish, const ObservedJob*>> fulfilled;
  std::set<const ObservedJob*> incomplete;
  for (auto at = account.entries.begin(); at != account.entries.end();) {
    const auto here = at++;
    auto& [who, entry] = *here;
    const auto job = shown.find({entry.wish.spec.dts_job_id, entry.wish.spec.direction});
    if (entry.state == State::kAsked || sent < entry.wish.after || job == shown.end()) continue;
    dts_.Leave(DtsAction::kDescribe, key, who);
    if (AskForPrecheck(key, who, entry, *job->second, sent, now)) {
      incomplete.insert(job->second);
      continue;
    }
    fulfilled.emplace_back(who, std::move(entry.wish), job->second);
    account.entries.erase(here);
  }
  Present(account).by_ids ? AfterList(account, now.mono) : AfterPage(account, *page, now.mono);
  for (const auto& [who, wish, job] : fulfilled) {
    listeners_.on_answer(who, wish, *job, sent, now);
  }
  for (const ObservedJob& job : page->jobs) {
    if (!incomplete.contains(&job)) listeners_.on_listed(key, job, sent, now);
  }
}

void Fleet::AfterPage(Account& account, const JobPage& page, MonoTime now) {
  Sweep& sweep = *account.sweep;
  const JobType type = Present(account).type;
  if (page.total) account.totals[type] = {*page.total, now};
  if (sweep.page == 1) {
    sweep.served = page.records;
    account.page_size = ServedPageSize(page, account.page_size);
  }
  sweep.arrived += page.records;
  const bool more = HasNextPage(page, sweep.arrived, sweep.served);
  const int64_t left = page.total ? Calls(*page.total - sweep.arrived, account.page_size) : 1;
  const int64_t missing = Missing(account);
  const int64_t otherwise = sweep.any_type ? missing : WishesFor(account, type, now).calls;
  if (more && missing > 0 && left <= otherwise) {
    ++sweep.page;
  } else {
    NextPart(account, !more);
  }
}

void Fleet::AfterList(Account& account, MonoTime now) {
  const size_t left = MarkListed(account);
  if (left < account.sweep->asked.size() || account.sweep->ids < 2) return;
  // A DTS that takes the list for one id, or for none.
  account.ids_after = now + kLearnedFor;
  account.sweep.reset();
}

// What was asked for by the last list and is not answered is asked for job by job; gives how much.
size_t Fleet::MarkListed(Account& account) {
  size_t left = 0;
  for (const auto& [who, id] : account.sweep->asked) {
    const auto at = account.entries.find(who);
    if (at == account.entries.end() || at->second.id != id || at->second.state == State::kAsked)
      continue;
    at->second.listed = true;
    ++left;
  }
  return left;
}

void Fleet::OnNoPage(const AccountKey& key, Account& account, const CallFailure& why, Now now) {
  const bool by_ids = Present(account).by_ids;
  if (by_ids) MarkListed(account);
  const Sweep sweep = *std::exchange(account.sweep, std::nullopt);
  // Each job would hear the same.
  if (why.error_class == ErrorClass::kCredential ||
      why.error_class == ErrorClass::kCredentialExpired) {
    return FailAll(key, account, why, now);
  }
  if (RefusesTheQuestion(why) && by_ids) {
    // DTS does not like one of the ids, or that there are so many: asked for one by one, they show
    // it.
    account.doubt = Doubt{sweep.ids, now.mono + kDoubtFor, false};
    return;
  }
  const bool large = account.page_size > kSmallPage;
  if (RefusesTheQuestion(why)) account.page_size = large ? kSmallPage : kJobsPerPage;
  if (RefusesTheQuestion(why) && large) return;
  account.sweep_after =
      now.mono + (NeedsPerson(why.error_class) ? kNotAskedWhenRefusedFor : kNotAskedFor);
}

// After `doubt`: too many ids were asked for, unless one of them has turned out to be refused.
void Fleet::SettleDoubt(Account& account, MonoTime now) {
  if (!account.doubt || now < account.doubt->until) return;
  if (!account.doubt->explained) account.ids_max = std::max<int64_t>(1, account.doubt->ids / 2);
  account.doubt.reset();
}

// The present part is over; `complete`: what it has not shown is asked for job by job, else
// whatever is cheapest.
void Fleet::NextPart(Account& account, bool complete) {
  Sweep& sweep = *account.sweep;
  const Part done = Present(account);
  for (auto& [who, entry] : account.entries) {
    const bool known = entry.wish.type == done.type;
    if (complete && known && MayShow(sweep, done, entry)) entry.listed = true;
  }
  do {
    ++sweep.part;
  } while (sweep.part < sweep.parts.size() && Missing(account) == 0);
  sweep.page = 1;
  sweep.arrived = 0;
  if (sweep.part < sweep.parts.size()) return;
  for (auto& [who, entry] : account.entries) {
    if (sweep.any_type && entry.wish.type == JobType::kUnknown) entry.listed = true;
  }
  account.sweep.reset();
}

}  // namespace dtsop
