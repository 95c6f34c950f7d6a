#include "effects/fleet.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace dtsop {
namespace {

// How many jobs an account has is found out anew after this time.
constexpr Duration kTotalKeptFor = hours(1);

int64_t Pages(int64_t jobs) {
  return std::max<int64_t>(1, (jobs + kJobsPerPage - 1) / kJobsPerPage);
}

}  // namespace

void Fleet::Observe(const ObjectKey& who, const AccountKey& key, Wish wish, MonoTime now) {
  std::erase_if(accounts_, [&](const auto& item) {
    const Account& account = item.second;
    const bool knows =
        std::any_of(account.totals.begin(), account.totals.end(),
                    [now](const auto& total) { return now - total.second.at < kTotalKeptFor; });
    const bool was_refused = now < std::max(account.sweep_after, account.prechecks_after);
    return item.first != key && account.entries.empty() && !account.sweep && !knows && !was_refused;
  });
  Account& account = accounts_[key];
  account.entries[who] = {std::move(wish), State::kWaiting, false, next_id_++};
  account.changed = true;
}

void Fleet::Forget(const ObjectKey& who, const AccountKey& key) {
  const auto at = accounts_.find(key);
  if (at == accounts_.end() || at->second.entries.erase(who) == 0) return;
  dts_.Leave(DtsAction::kDescribe, key, who);
}

void Fleet::Advance(Now now) {
  for (auto at = accounts_.begin(); at != accounts_.end();) {
    const auto here = at++;
    if (std::exchange(here->second.changed, false)) Plan(here->first, here->second, now);
  }
}

void Fleet::Plan(const AccountKey& key, Account& account, Now now) {
  if (const CallFailure* outage = dts_.Outage(key)) {
    // One call finds out whether DTS is well again; the others need not fail one by one.
    const auto probe =
        std::find_if(account.entries.begin(), account.entries.end(),
                     [](const auto& item) { return item.second.state != State::kAsked; });
    if (probe != account.entries.end() && dts_.TakeProbe(key, now.mono)) {
      SendDetail(key, probe->first, probe->second, now);
    }
    account.sweep.reset();
    return FailAll(key, account, *outage, now);
  }
  if (account.entries.empty()) account.sweep.reset();
  if (!account.sweep) {
    auto types = TypesWorthASweep(account, now.mono);
    if (!types.empty()) account.sweep = Sweep{next_id_++, std::move(types), 0, 1, false};
  }
  if (account.sweep) AskForPage(key, account, now);
  for (auto& [who, entry] : account.entries) {
    const bool waits_for_page = account.sweep && Sweepable(account, entry, entry.wish.type);
    if (entry.state == State::kWaiting && !waits_for_page) AskForDetail(key, who, entry, now);
  }
}

void Fleet::FailAll(const AccountKey& key, Account& account, const CallFailure& why, Now now) {
  std::vector<std::pair<ObjectKey, Wish>> failed;
  std::erase_if(account.entries, [&](const auto& item) {
    if (item.second.state == State::kAsked) return false;
    dts_.Leave(DtsAction::kDescribe, key, item.first);
    failed.emplace_back(item.first, item.second.wish);
    return true;
  });
  for (const auto& [who, wish] : failed) {
    listeners_.on_answer(who, wish, tl::unexpected(why), now.mono, now);
  }
}

// Whether a page of `type`'s jobs may show what `entry` wants.
bool Fleet::Sweepable(const Account& account, const Entry& entry, JobType type) const {
  if (entry.state == State::kAsked || entry.listed) return false;
  if (entry.wish.type != JobType::kUnknown && entry.wish.type != type) return false;
  if (!account.sweep) return true;
  const std::vector<JobType>& types = account.sweep->types;
  return type == JobType::kUnknown || std::find(types.begin(), types.end(), type) != types.end();
}

bool Fleet::IsWanted(const Account& account, JobType type) const {
  return std::any_of(account.entries.begin(), account.entries.end(),
                     [&](const auto& item) { return Sweepable(account, item.second, type); });
}

// Empty: asking for each job is not dearer.
std::vector<JobType> Fleet::TypesWorthASweep(const Account& account, MonoTime now) const {
  if (now < account.sweep_after) return {};
  std::vector<JobType> types;
  int64_t pages = 0;
  for (const JobType type : {JobType::kSync, JobType::kMigration, JobType::kSubscribe}) {
    if (!IsWanted(account, type)) continue;
    types.push_back(type);
    const auto total = account.totals.find(type);
    const bool known = total != account.totals.end() && now - total->second.at < kTotalKeptFor;
    pages += known ? Pages(total->second.jobs) : 1;
  }
  const auto wishes = std::count_if(
      account.entries.begin(), account.entries.end(),
      [](const auto& item) { return item.second.state != State::kAsked && !item.second.listed; });
  if (wishes <= pages) types.clear();
  return types;
}

void Fleet::AskForPage(const AccountKey& key, Account& account, Now now) {
  if (account.sweep->in_line) return;
  account.sweep->in_line = true;
  if (dts_.Take(DtsAction::kList, key, {}, now.mono)) SendPage(key, account, now);
}

void Fleet::SendPage(const AccountKey& key, Account& account, Now now) {
  const Sweep& sweep = *account.sweep;
  // Any wish has the credentials that the account is named by.
  const Credentials& credentials = account.entries.begin()->second.wish.credentials;
  dts_.Send(
      {DtsAction::kList, key, credentials,
       JobPageParameters(sweep.types[sweep.type], key.region, sweep.page), "", kNever},
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
  Sweep& sweep = *account.sweep;
  sweep.in_line = false;
  const JobType type = sweep.types[sweep.type];
  if (page->total) account.totals[type] = {*page->total, now.mono};
  std::map<std::pair<std::string_view, std::string_view>, const ObservedJob*> shown;
  for (const ObservedJob& job : page->jobs) shown[{job.job_id, job.direction}] = &job;
  std::vector<std::tuple<ObjectKey, Wish, const ObservedJob*>> fulfilled;
  std::set<const ObservedJob*> incomplete;
  int64_t missing = 0;
  for (auto at = account.entries.begin(); at != account.entries.end();) {
    const auto here = at++;
    auto& [who, entry] = *here;
    const auto job = shown.find({entry.wish.spec.dts_job_id, entry.wish.spec.direction});
    if (entry.state == State::kAsked || sent < entry.wish.after || job == shown.end()) {
      if (Sweepable(account, entry, type)) ++missing;
      continue;
    }
    dts_.Leave(DtsAction::kDescribe, key, who);
    if (AskForPrecheck(key, who, entry, *job->second, sent, now)) {
      incomplete.insert(job->second);
      continue;
    }
    fulfilled.emplace_back(who, std::move(entry.wish), job->second);
    account.entries.erase(here);
  }
  const int64_t pages_left = page->total ? Pages(*page->total) - sweep.page : 1;
  if (HasNextPage(*page, sweep.page) && missing > 0 && pages_left <= missing) {
    ++sweep.page;
  } else {
    NextType(account);
  }
  for (const auto& [who, wish, job] : fulfilled) {
    listeners_.on_answer(who, wish, *job, sent, now);
  }
  for (const ObservedJob& job : page->jobs) {
    if (!incomplete.contains(&job)) listeners_.on_listed(key, job, sent, now);
  }
}

void Fleet::OnNoPage(const AccountKey& key, Account& account, const CallFailure& why, Now now) {
  account.sweep.reset();
  // Each job would hear the same.
  if (why.error_class == ErrorClass::kCredential ||
      why.error_class == ErrorClass::kCredentialExpired) {
    return FailAll(key, account, why, now);
  }
  account.sweep_after =
      now.mono + (NeedsPerson(why.error_class) ? kNotAskedWhenRefusedFor : kNotAskedFor);
}

// What the pages of the last type have not shown is asked for job by job.
void Fleet::NextType(Account& account) {
  Sweep& sweep = *account.sweep;
  do {
    ++sweep.type;
  } while (sweep.type < sweep.types.size() && !IsWanted(account, sweep.types[sweep.type]));
  sweep.page = 1;
  if (sweep.type < sweep.types.size()) return;
  for (auto& [who, entry] : account.entries) {
    if (Sweepable(account, entry, entry.wish.type)) entry.listed = true;
  }
  account.sweep.reset();
}

void Fleet::AskForDetail(const AccountKey& key, const ObjectKey& who, Entry& entry, Now now) {
  entry.state = State::kInLine;
  if (dts_.Take(DtsAction::kDescribe, key, who, now.mono)) SendDetail(key, who, entry, now);
}

void Fleet::SendDetail(const AccountKey& key, const ObjectKey& who, Entry& entry, Now now) {
  entry.state = State::kAsked;
  const Wish& wish = entry.wish;
  dts_.Send(
      {DtsAction::kDescribe, key, wish.credentials,
       JobParameters(DtsAction::kDescribe, wish.spec, key.region), "", kNever},
      [this, key, who, id = entry.id, sent = now.mono](
          const tl::expected<DtsReply, CallFailure>& reply, Now then) {
        Entry* const asked = Asked(key, who, id);
        if (asked == nullptr) return;
        const auto answer = reply.and_then(DecodeJobDetail);
        if (answer && AskForPrecheck(key, who, *asked, *answer, sent, then)) return;
        Fulfil(key, who, answer, sent, then);
      },
      now);
}

// The wish that a call was made for, if it still stands.
Fleet::Entry* Fleet::Asked(const AccountKey& key, const ObjectKey& who, uint64_t id) {
  Account& account = accounts_[key];
  account.changed = true;
  const auto at = account.entries.find(who);
  return at != account.entries.end() && at->second.id == id ? &at->second : nullptr;
}

void Fleet::Fulfil(const AccountKey& key, const ObjectKey& who,
                   const tl::expected<ObservedJob, CallFailure>& answer, MonoTime sent, Now now) {
  const auto wish = accounts_[key].entries.extract(who);
  listeners_.on_answer(who, wish.mapped().wish, answer, sent, now);
}

bool Fleet::OnTurn(DtsAction action, const AccountKey& key, const ObjectKey& who, Now now) {
  const auto account = accounts_.find(key);
  if (account == accounts_.end()) return false;
  if (action == DtsAction::kList) {
    const bool wanted =
        account->second.sweep && account->second.sweep->in_line && !account->second.entries.empty();
    if (!wanted) return false;
    // The turn was given to be taken.
    if (dts_.Take(action, key, who, now.mono)) SendPage(key, account->second, now);
    return true;
  }
  const auto at = account->second.entries.find(who);
  if (at == account->second.entries.end() || at->second.state != State::kInLine) return false;
  if (dts_.Take(action, key, who, now.mono)) SendDetail(key, who, at->second, now);
  return true;
}

}  // namespace dtsop
