#include "simulator/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/strings.h"

namespace dtsop::simulator {
namespace {

constexpr std::string_view kVersion = "2020-01-01";
constexpr std::string_view kStsAction = "AssumeRole";
constexpr std::array<std::string_view, 7> kActions = {
    "StartDtsJob",          "SuspendDtsJob",          "StopDtsJob", "DescribeDtsJobs",
    "DescribeDtsJobDetail", "DescribePreCheckStatus", kStsAction};

std::optional<ApiError> CheckEnvelope(const ReceivedCall& call) {
  const bool acs3 = call.kind == SignatureKind::kAcs3;
  if (call.method != "GET" && call.method != "POST") return MakeApiError("UnsupportedHTTPMethod");
  if (call.path != "/" && !call.path.empty()) return MakeApiError("InvalidApi.NotFound");
  if (call.action.empty()) return MissingParameter("Action");
  if (call.version.empty()) return MissingParameter("Version");
  if (std::find(kActions.begin(), kActions.end(), call.action) == kActions.end()) {
    return MakeApiError("InvalidAction.NotFound");
  }
  if (call.version != (call.action == kStsAction ? kStsVersion : kVersion))
    return MakeApiError("InvalidVersion");
  if (call.access_key_id.empty()) return MissingParameter("AccessKeyId");
  if (call.signature_method != (acs3 ? kAcs3Algorithm : "HMAC-SHA1")) {
    return MakeApiError("InvalidSignatureMethod");
  }
  if (call.signature.empty()) return MakeApiError("IncompleteSignature");
  if (call.timestamp.empty()) return MissingParameter("Timestamp");
  if (call.nonce.empty()) return MissingParameter("SignatureNonce");
  return std::nullopt;
}

std::optional<ApiError> CheckAccount(const ReceivedCall& call, const Account& account) {
  if (!account.active) return MakeApiError("InvalidAccessKeyId.Inactive");
  if (account.token_expired && !call.security_token.empty()) {
    return MakeApiError("InvalidSecurityToken.Expired");
  }
  if (account.security_token.empty()) return std::nullopt;
  if (call.security_token.empty()) return MissingParameter("SecurityToken");
  if (!ConstantTimeEqual(call.security_token, account.security_token.Reveal())) {
    return MakeApiError("InvalidSecurityToken.MismatchWithAccessKey");
  }
  return std::nullopt;
}

std::optional<ApiError> CheckTimestamp(const ReceivedCall& call, WallTime now) {
  const auto time = ParseRfc3339(call.timestamp);
  if (!time.has_value() || call.timestamp.back() != 'Z') {
    return MakeApiError("InvalidTimeStamp.Format");
  }
  if (*time < now - kTimestampWindow || *time > now + kTimestampWindow) {
    return MakeApiError("InvalidTimeStamp.Expired");
  }
  return std::nullopt;
}

// Every x-acs header and the host must be under the signature.
bool SignsEnough(const ReceivedCall& call) {
  if (call.kind == SignatureKind::kV1) return true;
  return std::all_of(call.headers.begin(), call.headers.end(), [&](const auto& header) {
    const std::string name = ToLower(header.first);
    if (name != "host" && name.compare(0, 6, "x-acs-") != 0) return true;
    return std::find(call.signed_headers.begin(), call.signed_headers.end(), name) !=
           call.signed_headers.end();
  });
}

bool IsSignedBy(const ReceivedCall& call, const Account& account) {
  return ConstantTimeEqual(call.signature, ServerSignature(call, account.access_key_secret));
}

// The one of `accounts`, which are not none, that has signed; the first when none has.
const Account& SignerOf(const ReceivedCall& call, const std::vector<Account>& accounts) {
  if (accounts.size() == 1) return accounts.front();
  const auto signer = std::find_if(accounts.begin(), accounts.end(), [&](const Account& account) {
    return IsSignedBy(call, account);
  });
  return signer != accounts.end() ? *signer : accounts.front();
}

std::optional<ApiError> CheckSignature(const ReceivedCall& call, const Account& account) {
  if (!SignsEnough(call)) return MakeApiError("IncompleteSignature");
  if (IsSignedBy(call, account)) return std::nullopt;
  ApiError error = MakeApiError("SignatureDoesNotMatch");
  const std::string text = ServerCanonicalText(call);
  error.message += call.kind == SignatureKind::kV1
                       ? " server string to sign is:" + text
                       : fmt::format(" server signString is:[{}], server CanonicalRequest is:[{}]",
                                     Acs3StringToSign(text), text);
  return error;
}

}  // namespace

tl::expected<const Account*, ApiError> Gateway::Verify(const ReceivedCall& call,
                                                       WallTime now) const {
  if (auto error = CheckEnvelope(call)) return tl::unexpected(*error);
  const std::vector<Account>& accounts = AccountsOf(call.access_key_id);
  if (accounts.empty()) return tl::unexpected(MakeApiError("InvalidAccessKeyId.NotFound"));
  const Account& account = SignerOf(call, accounts);
  if (auto error = CheckAccount(call, account)) return tl::unexpected(*error);
  if (auto error = CheckTimestamp(call, now)) return tl::unexpected(*error);
  if (auto error = CheckSignature(call, account)) return tl::unexpected(*error);
  const auto nonces = nonces_.find(call.access_key_id);
  if (nonces != nonces_.end() && nonces->second.used.count(call.nonce) != 0) {
    return tl::unexpected(MakeApiError("SignatureNonceUsed"));
  }
  const auto& denied = account.denied_actions;
  if (std::find(denied.begin(), denied.end(), call.action) != denied.end()) {
    return tl::unexpected(MakeApiError("Forbidden.RAM"));
  }
  return &account;
}

void Gateway::RecordNonce(const ReceivedCall& call, WallTime now) {
  Nonces& nonces = nonces_[call.access_key_id];
  // A timestamp may lie one window ahead and is good for one window more.
  while (!nonces.oldest_first.empty() &&
         (nonces.oldest_first.size() >= kNoncesMax ||
          nonces.oldest_first.front().first < now - 2 * kTimestampWindow)) {
    nonces.used.erase(nonces.oldest_first.front().second);
    nonces.oldest_first.pop_front();
  }
  if (nonces.used.insert(call.nonce).second) nonces.oldest_first.emplace_back(now, call.nonce);
}

std::optional<ApiError> Gateway::TakeQuota(const std::string& account_id, const std::string& action,
                                           WallTime now) {
  const auto quota = quotas_.find(action);
  if (quota == quotas_.end()) return std::nullopt;
  const auto [rate, burst] = quota->second;
  const auto [entry, fresh] = buckets_.try_emplace({action, account_id}, Bucket{burst, now});
  Bucket& bucket = entry->second;
  const double elapsed = std::chrono::duration<double>(now - bucket.filled_at).count();
  bucket.tokens = std::min(burst, bucket.tokens + std::max(0.0, elapsed) * rate);
  bucket.filled_at = std::max(bucket.filled_at, now);
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  ApiError error = MakeApiError("Throttling.User");
  error.time_left = Bounded(std::chrono::duration<double>((1 - bucket.tokens) / rate));
  return error;
}

void Gateway::PutAccount(Account account) {
  std::vector<Account>& accounts = accounts_[account.access_key_id];
  const auto old = std::find_if(accounts.begin(), accounts.end(), [&](const Account& other) {
    return other.account_id == account.account_id;
  });
  if (old != accounts.end()) {
    *old = std::move(account);
  } else {
    accounts.push_back(std::move(account));
  }
}

void Gateway::RemoveAccount(const std::string& access_key_id) {
  accounts_.erase(access_key_id);
  nonces_.erase(access_key_id);
}

const std::vector<Account>& Gateway::AccountsOf(const std::string& access_key_id) const {
  static const std::vector<Account> kNone;
  const auto found = accounts_.find(access_key_id);
  return found == accounts_.end() ? kNone : found->second;
}

void Gateway::PutQuota(const std::string& action, Quota quota) {
  quotas_.insert_or_assign(action, quota);
  for (auto bucket = buckets_.begin(); bucket != buckets_.end();) {
    bucket = bucket->first.first == action ? buckets_.erase(bucket) : std::next(bucket);
  }
}

}  // namespace dtsop::simulator
