// The API gateway in front of DTS: who calls, is the signature right, is it fresh, is there quota.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/time.h"
#include "simulator/api_error.h"
#include "simulator/received_call.h"
#include "simulator/settings.h"

namespace dtsop::simulator {

// A timestamp may be this far from the gateway's clock.
inline constexpr Duration kTimestampWindow = minutes(15);
// Nonces remembered per access key; beyond it the oldest are forgotten early.
inline constexpr size_t kNoncesMax = 1U << 17;

class Gateway {
 public:
  // The reason to refuse `call`, or none: method, action, version, access key, security token,
  // timestamp, signature, replay and permission, in this order. Changes nothing.
  std::optional<ApiError> Verify(const ReceivedCall& call, WallTime now) const;

  // Marks the nonce of a verified call as used.
  void RecordNonce(const ReceivedCall& call, WallTime now);

  // Takes one call of `action` from the quota of `account_id`; the error when there is none left.
  std::optional<ApiError> TakeQuota(const std::string& account_id, const std::string& action,
                                    WallTime now);

  // Adds the access key or replaces it. Its used nonces stay used.
  void PutAccount(Account account);
  void RemoveAccount(const std::string& access_key_id);
  // Null when there is no such access key. Valid until the next PutAccount.
  const Account* FindAccount(const std::string& access_key_id) const;
  const std::map<std::string, Account>& accounts() const { return accounts_; }

  // Replaces the quota of `action` and refills its buckets.
  void PutQuota(const std::string& action, Quota quota);

 private:
  struct Nonces {
    std::set<std::string> used;
    std::deque<std::pair<WallTime, std::string>> oldest_first;
  };
  struct Bucket {
    double tokens = 0;
    WallTime filled_at;
  };

  std::map<std::string, Account> accounts_;                        // by access key id
  std::map<std::string, Nonces> nonces_;                           // by access key id
  std::map<std::string, Quota> quotas_;                            // by action
  std::map<std::pair<std::string, std::string>, Bucket> buckets_;  // by action, account id
};

}  // namespace dtsop::simulator
