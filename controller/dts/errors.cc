#include "dts/errors.h"

#include <array>

namespace dtsop {
namespace {

constexpr std::string_view kWait = "It is tried again by itself.";
constexpr std::string_view kCheckKey =
    "Check the AccessKey in the credentials Secret or in the operator's own credentials.";
constexpr std::string_view kCheckRam =
    "Grant the RAM user or role the DTS action, for example with AliyunDTSFullAccess.";
constexpr std::string_view kCheckSpec =
    "Check the DtsJob's spec against the DTS console; changing it makes the operator try again.";
constexpr std::string_view kClock =
    "Check the clock of the operator's node; requests must be signed within 15 minutes of DTS's "
    "time.";

// Sources: the StartDtsJob page (the four codes of its table), the common error codes of the
// gateway, and codes seen in Terraform's Alibaba provider.
constexpr std::array kRules = {
    ErrorRule{
        "OperationDenied.NotPurchased", ErrorClass::kBilling, false,
        "Purchase the DTS instance; the operator tries again every 10 minutes, or at once when "
        "the annotation dts.aliyun.com/reconcile-requested-at changes."},
    ErrorRule{"InvalidSecurityToken.Expired", ErrorClass::kCredentialExpired, false,
              "Renew the temporary credentials; the operator reads them again by itself."},
    ErrorRule{"Throttling*", ErrorClass::kThrottled, false,
              "The account's request quota is used up; it is tried again within the quota."},
    ErrorRule{"Rejected.Throttling", ErrorClass::kThrottled, false, kWait},
    ErrorRule{"ServiceUnavailable", ErrorClass::kTransient, false, kWait},
    ErrorRule{"CheckJobFailed.ServerUnAvailable", ErrorClass::kTransient, false, kWait},
    ErrorRule{"InternalError", ErrorClass::kTransient, true, kWait},
    ErrorRule{"SQLExecuteError", ErrorClass::kTransient, true, kWait},
    ErrorRule{"SignatureNonceUsed", ErrorClass::kTransient, true, kWait},
    ErrorRule{"InvalidTimeStamp*", ErrorClass::kTransient, false, kClock},
    ErrorRule{"InvalidAccessKeyId*", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"InvalidSecurityToken*", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"MissingSecurityToken", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"SignatureDoesNotMatch", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"IncompleteSignature", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"Forbidden.RAM", ErrorClass::kPermission, false, kCheckRam},
    ErrorRule{"Forbidden.RiskControl", ErrorClass::kPermission, false, kCheckRam},
    ErrorRule{"RamPermissionDenied", ErrorClass::kPermission, false, kCheckRam},
    ErrorRule{"NoPermission", ErrorClass::kPermission, false, kCheckRam},
    ErrorRule{"Forbidden.AliyunUIDNotFound", ErrorClass::kPermission, false, kCheckRam},
    ErrorRule{"Forbidden.InstanceNotFound", ErrorClass::kNotFound, false, kCheckSpec},
    ErrorRule{"InvalidJobId", ErrorClass::kNotFound, false, kCheckSpec},
    ErrorRule{"OperationDenied.JobStatusModifying", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"ModifyDenied.JobStatusNotRunning", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"InvalidJobStatus", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"InvalidTaskStatus", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"UpdateJob.OperationDenied.InitStatus", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"LXBuyError", ErrorClass::kBilling, false, "Check the account's orders and balance."},
    ErrorRule{"LXCreateOrderError", ErrorClass::kBilling, false,
              "Check the account's orders and balance."},
    ErrorRule{"ARREARAGE", ErrorClass::kBilling, false, "Settle the account's overdue payment."},
    ErrorRule{"Invalid*", ErrorClass::kInvalid, false, kCheckSpec},
    ErrorRule{"Missing*", ErrorClass::kInvalid, false, kCheckSpec},
    ErrorRule{"DbTypeNotSupport*", ErrorClass::kInvalid, false, kCheckSpec},
};

constexpr ErrorRule kTooManyRequests = {"", ErrorClass::kThrottled, false, kWait};
constexpr ErrorRule kServerError = {"", ErrorClass::kTransient, true, kWait};
constexpr ErrorRule kOther = {"", ErrorClass::kUnknown, false,
                              "This code is unknown to the operator; it is tried again slowly."};

bool Matches(const ErrorRule& rule, std::string_view code) {
  if (!rule.code.ends_with('*')) return rule.code == code;
  return code.starts_with(rule.code.substr(0, rule.code.size() - 1));
}

}  // namespace

const ErrorRule& RuleForCode(std::string_view code, int http_status) {
  const ErrorRule* best = nullptr;
  for (const ErrorRule& rule : kRules) {
    if (Matches(rule, code) && (best == nullptr || rule.code.size() > best->code.size())) {
      best = &rule;
    }
  }
  if (best != nullptr) return *best;
  if (http_status == 429) return kTooManyRequests;
  return http_status >= 500 ? kServerError : kOther;
}

}  // namespace dtsop
