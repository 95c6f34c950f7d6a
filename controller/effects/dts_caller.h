// Makes the calls to DTS: builds, signs, limits, decodes, counts. It never repeats a call.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/random.h"
#include "dts/credentials.h"
#include "dts/endpoints.h"
#include "dts/reply.h"
#include "dts/server_clock.h"
#include "dts/signer.h"
#include "effects/dts_account.h"
#include "io/outbox.h"
#include "observe/metrics.h"

namespace dtsop {

struct DtsCallerOptions {
  Endpoints endpoints;
  SignatureKind signature = SignatureKind::kAcs3;
  DtsQuotas quotas;
  ErrorTableSource errors = &BuiltInErrors;
};

class DtsCaller {
 public:
  using OnReply = std::function<void(const tl::expected<DtsReply, CallFailure>&, Now)>;
  struct Listeners {
    // Somebody who stood in line may call now, by another Take. False: there is no use for it.
    std::function<bool(DtsAction, const AccountKey&, const ObjectKey& who, Now)> on_turn;
    // DTS answers this account again, after it had not.
    std::function<void(const AccountKey&, Now)> on_restored;
  };

  DtsCaller(DtsCallerOptions options, Outbox& outbox, Random& random, Metrics& metrics,
            Listeners listeners);

  // True: `action` may be called now; the call is counted. False: `who` stands in line.
  bool Take(DtsAction action, const AccountKey& account, const ObjectKey& who, MonoTime now);
  // The same, but nobody stands in line.
  bool TakeAtOnce(DtsAction action, const AccountKey& account, const ObjectKey& who, MonoTime now);
  // `who` has no use for a turn any more.
  void Leave(DtsAction action, const AccountKey& account, const ObjectKey& who);

  // Forgets the accounts that are not in the book any more, once their calls have ended, and
  // regions that an account has not called for long.
  void ForgetUnused(const AccountBook& book, MonoTime now);
  size_t accounts() const { return accounts_.size(); }

  // Set while DTS does not answer this account: why. Only probes are to be made then.
  const CallFailure* Outage(const AccountKey& account) const;
  // True: the next call of the account may be made as a probe; the caller makes it.
  bool TakeProbe(const AccountKey& account, MonoTime now);

  // See RegionProblem of endpoints.h.
  std::string ProblemOf(const std::string& region) const {
    return RegionProblem(options_.endpoints, region);
  }

  struct Call {
    DtsAction action;
    const AccountKey& account;
    const Credentials& credentials;
    QueryParameters parameters;
    std::string nonce;            // of the announced start; empty: a fresh one
    MonoTime not_after = kNever;  // no byte leaves after this
  };
  // Sends one request; `on_reply` follows exactly once. What does not only read is never sent twice
  // by any layer below.
  void Send(Call call, OnReply on_reply, Now now);

  // Gives turns to those who stand in line.
  void Advance(Now now);
  // When Advance has something to do, if nothing happens before.
  MonoTime NextWakeup() const;

 private:
  DtsAccount& Account(const AccountKey& key, MonoTime now);
  struct Sent {
    DtsAction action;
    AccountKey account;
    std::string access_key_id;
    MonoTime at;
  };
  void OnEnded(const Sent& sent, const HttpResult& result,
               const tl::expected<DtsReply, CallFailure>& reply, Now now);
  void CountBreakers();
  void LearnClock(const HttpResult& result, MonoTime sent, Now now);

  const DtsCallerOptions options_;
  Outbox& outbox_;
  Random& random_;
  Metrics& metrics_;
  const Listeners listeners_;
  std::map<AccountKey, DtsAccount> accounts_;
  ServerClock clock_;  // of DTS
};

// The parameters of the actions that are about one job, as DTS spells them; DescribeDtsJobDetail
// alone has "ID" in capitals.
QueryParameters JobParameters(DtsAction action, const DtsJobSpec& spec, const std::string& region);

}  // namespace dtsop
