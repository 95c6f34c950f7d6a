#include "effects/fleet.h"

#include <algorithm>
#include <utility>

namespace dtsop {
void Fleet::Observe(const ObjectKey& who, const AccountKey& key, Wish wish) {
  Account& account = accounts_[key];
  account.entries[who] = {std::move(wish), State::kWaiting, false, next_id_++};
  account.changed = true;
}

void Fleet::Forget(const ObjectKey& who, const AccountKey& key) {
  const auto at = accounts_.find(key);
  if (at == accounts_.end() || at->second.entries.erase(who) == 0) return;
  dts_.Leave(DtsAction::kDescribe, key, who);
}

void Fleet::ForgetUnused(const AccountBook& book, MonoTime now) {
  std::erase_if(accounts_, [&](const auto& item) {
    const auto& [key, account] = item;
    if (!account.entries.empty()) return false;
    const bool was_refused = now < std::max(account.sweep_after, account.prechecks_after);
    const bool learned = account.sweep || was_refused || KnowsTotals(account, now);
    return !book.Has(key.account) || !learned;
  });
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
  SettleDoubt(account, now.mono);
  if (account.entries.empty()) account.sweep.reset();
  if (!account.sweep) {
    Sweep sweep = CheapestSweep(account, now.mono);
    sweep.id = next_id_++;
    if (!sweep.parts.empty()) account.sweep = std::move(sweep);
  }
  if (account.sweep) AskForPage(key, account, now);
  for (auto& [who, entry] : account.entries) {
    if (entry.state == State::kWaiting && !WaitsForSweep(account, entry)) {
      AskForDetail(key, who, entry, now);
    }
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
  Account& account = accounts_[key];
  const auto wish = account.entries.extract(who);
  if (account.doubt && !answer && NeedsPerson(answer.error().error_class)) {
    account.doubt->explained = true;
  }
  listeners_.on_answer(who, wish.mapped().wish, answer, sent, now);
}

bool Fleet::OnTurn(DtsAction action, const AccountKey& key, const ObjectKey& who, Now now) {
  const auto account = accounts_.find(key);
  if (account == accounts_.end()) return false;
  if (action == DtsAction::kList) {
    std::optional<Sweep>& sweep = account->second.sweep;
    if (!sweep || !sweep->in_line || account->second.entries.empty()) return false;
    if (Present(account->second).by_ids && Missing(account->second) == 0) {
      sweep->in_line = false;
      account->second.changed = true;
      return false;
    }
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
