#include "effects/account_book.h"

#include <fmt/format.h>

#include <utility>

#include "base/crypto.h"

namespace dtsop {

// The lengths keep parts of different credentials from running together to the same text.
std::string AccountBook::ProofOf(const Credentials& credentials) const {
  const std::string& secret = credentials.access_key_secret.Reveal();
  return HmacSha256Hex(
      key_, fmt::format("{}:{}:{}{}{}", credentials.access_key_id.size(), secret.size(),
                        credentials.access_key_id, secret, credentials.security_token.Reveal()));
}

AccountId AccountBook::Bind(const ObjectKey& source, const Credentials& credentials) {
  std::string proof = ProofOf(credentials);
  const auto equal = by_proof_.find(proof);
  if (const auto at = by_source_.find(source); at != by_source_.end()) {
    const AccountId id = at->second;
    Account& account = accounts_.at(id);
    if (account.proof == proof) return id;
    if (equal == by_proof_.end() && account.sources == 1) {
      by_proof_.erase(account.proof);
      by_proof_.emplace(proof, id);
      account.proof = std::move(proof);
      return id;
    }
    Drop(source);
  }
  const AccountId id = equal != by_proof_.end() ? equal->second : ++last_;
  Account& account = accounts_[id];
  ++account.sources;
  by_source_.emplace(source, id);
  by_proof_.emplace(proof, id);
  account.proof = std::move(proof);
  return id;
}

void AccountBook::Drop(const ObjectKey& source) {
  const auto at = by_source_.find(source);
  if (at == by_source_.end()) return;
  const auto account = accounts_.find(at->second);
  by_source_.erase(at);
  if (--account->second.sources > 0) return;
  by_proof_.erase(account->second.proof);
  accounts_.erase(account);
}

}  // namespace dtsop
