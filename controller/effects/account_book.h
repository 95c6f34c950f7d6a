// Tells the accounts apart by the proof that credentials are: AccessKey id, secret and token. An
// AccessKey id alone is no secret, so whoever copies one is another account.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "api/dtsjob.h"
#include "base/random.h"
#include "dts/credentials.h"

namespace dtsop {

// Names an account within this process; it tells nothing about the credentials. 0: none.
using AccountId = uint64_t;

class AccountBook {
 public:
  explicit AccountBook(Random& random) : key_(random.Hex128() + random.Hex128()) {}

  // The account of `source` (a Secret; the empty key: the operator's own credentials), which gives
  // these credentials now. Sources with equal credentials share an account. Renewed credentials
  // stay with the source's account, unless another source shares it: that one has not shown the new
  // ones.
  AccountId Bind(const ObjectKey& source, const Credentials& credentials);
  // Nobody uses `source` any more.
  void Drop(const ObjectKey& source);

  // False: its last source has left. It is not named again.
  bool Has(AccountId account) const { return accounts_.contains(account); }
  size_t accounts() const { return accounts_.size(); }

 private:
  struct Account {
    std::string proof;  // a keyed digest; never printed
    size_t sources = 0;
  };
  std::string ProofOf(const Credentials& credentials) const;

  const std::string key_;
  AccountId last_ = 0;
  std::map<AccountId, Account> accounts_;
  std::map<std::string, AccountId> by_proof_;
  std::map<ObjectKey, AccountId> by_source_;
};

}  // namespace dtsop
