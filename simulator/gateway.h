// The API gateway in front of DTS: who calls, is the signature right, is it fresh, is there quota.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/time.h"
#include "simulator/api_error.h"
#include "simulator/received_call.h"
#include "simulator/settings.h"

namespace dtsop::simulator {

// The version of the API of STS.
inline constexpr std::string_view kStsVersion = "2015-04-01";

// A timestamp may be this far from the gateway's clock.
inline constexpr Duration kTimestampWindow = minutes(15);
// Nonces remembered per access key; beyond it the oldest are forgotten early.
inline constexpr size_t kNoncesMax = 1U << 17;

class Gateway {
 public:
  // Who calls, or the reason to refuse `call`: method, action, version, access key, security token,
  // timestamp, signature, replay and permission, in this order. Of several accounts with one access
  // key id it is the one whose secret has signed. Changes nothing. Valid until the next PutAccount.
  tl::expected<const Account*, ApiError> Verify(const ReceivedCall& call, WallTime now) const;

  // Marks the nonce of a verified call as used.
  void RecordNonce(const ReceivedCall& call, WallTime now);

  // Takes one call of `action` from the quota of `account_id`; the error when there is none left.
  std::optional<ApiError> TakeQuota(const std::string& account_id, const std::string& action,
                                    WallTime now);

  // Adds the access key of an account or replaces it. Its used nonces stay used.
  void PutAccount(Account account);
  // Removes the access key from every account.
  void RemoveAccount(const std::string& access_key_id);
  // All accounts that have an access key of this id. Valid until the next PutAccount.
  const std::vector<Account>& AccountsOf(const std::string& access_key_id) const;

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

  std::map<std::string, std::vector<Account>> accounts_;           // by access key id
  std::map<std::string, Nonces> nonces_;                           // by access key id
  std::map<std::string, Quota> quotas_;                            // by action
  std::map<std::pair<std::string, std::string>, Bucket> buckets_;  // by action, account id
};

}  // namespace dtsop::simulator
