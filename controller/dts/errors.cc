#include "dts/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "base/yaml.h"

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

constexpr std::string_view kCheckEndpoint =
    "Check --dts-endpoint: what answers there does not know this action of DTS.";
constexpr std::string_view kCheckOrders = "Check the account's orders and balance.";
constexpr std::string_view kCheckDatabases =
    "Check the job's source and target databases in the DTS console.";

// Sources: the StartDtsJob page (the four codes of its table), the common error codes of the
// gateway, those of DTS's page about configuration, and codes seen in Terraform's Alibaba provider.
// Compared without case: the gateway's older and newer names for a wrong clock differ in it.
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
    ErrorRule{"DescribeColumns.TimeOut", ErrorClass::kTransient, true, kWait},
    ErrorRule{"DescribeStruct.TimeOut", ErrorClass::kTransient, true, kWait},
    ErrorRule{"InternalError", ErrorClass::kTransient, true, kWait},
    ErrorRule{"SQLExecuteError", ErrorClass::kTransient, true, kWait},
    ErrorRule{"SignatureNonceUsed", ErrorClass::kTransient, true, kWait},
    ErrorRule{"InvalidTimeStamp*", ErrorClass::kTransient, false, kClock},
    ErrorRule{"IllegalTimestamp*", ErrorClass::kTransient, false, kClock},
    ErrorRule{"InvalidAccessKeyId*", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"InvalidSecurityToken*", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"MissingSecurityToken", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"SignatureDoesNotMatch", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"IncompleteSignature", ErrorClass::kCredential, false, kCheckKey},
    ErrorRule{"Forbidden*", ErrorClass::kPermission, false, kCheckRam},
    ErrorRule{"RamPermissionDenied", ErrorClass::kPermission, false, kCheckRam},
    ErrorRule{"NoPermission*", ErrorClass::kPermission, false, kCheckRam},
    ErrorRule{"Forbidden.InstanceNotFound", ErrorClass::kNotFound, false, kCheckSpec},
    ErrorRule{"InvalidJobId", ErrorClass::kNotFound, false, kCheckSpec},
    ErrorRule{"OperationDenied*", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"ModifyDenied.JobStatusNotRunning", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"InvalidJobStatus", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"InvalidTaskStatus", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"UpdateJob.OperationDenied.InitStatus", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"CheckStatus*", ErrorClass::kStateConflict, false, kWait},
    ErrorRule{"LXBuyError", ErrorClass::kBilling, false, kCheckOrders},
    ErrorRule{"LXCreateOrder*", ErrorClass::kBilling, false, kCheckOrders},
    ErrorRule{"LXPayOrder*", ErrorClass::kBilling, false, kCheckOrders},
    ErrorRule{"ARREARAGE", ErrorClass::kBilling, false, "Settle the account's overdue payment."},
    ErrorRule{"Invalid*", ErrorClass::kInvalid, false, kCheckSpec},
    ErrorRule{"InvalidApi*", ErrorClass::kInvalid, false, kCheckEndpoint},
    ErrorRule{"InvalidProduct*", ErrorClass::kInvalid, false, kCheckEndpoint},
    ErrorRule{"InvalidProtocol*", ErrorClass::kInvalid, false,
              "Give --dts-endpoint with https://: DTS takes no plain HTTP here."},
    ErrorRule{"Missing*", ErrorClass::kInvalid, false, kCheckSpec},
    ErrorRule{"Unsupported*", ErrorClass::kInvalid, false, kCheckSpec},
    ErrorRule{"DbTypeNotSupport*", ErrorClass::kInvalid, false, kCheckDatabases},
    ErrorRule{"DRDSInvokeFail*", ErrorClass::kInvalid, false, kCheckDatabases},
    ErrorRule{"DRDSErrExecuteOnMySQL*", ErrorClass::kInvalid, false, kCheckDatabases},
    ErrorRule{"SrcLink*", ErrorClass::kInvalid, false, kCheckDatabases},
    ErrorRule{
        "DuplicateAccount*", ErrorClass::kInvalid, false,
        "Ask Alibaba Cloud's support, with the RequestId: the database account exists twice."},
};

constexpr ErrorRule kTooManyRequests = {"", ErrorClass::kThrottled, false, kWait};
constexpr ErrorRule kServerError = {"", ErrorClass::kTransient, true, kWait};
// Nobody has said that a code without a rule means that nothing was done.
constexpr ErrorRule kOther = {"", ErrorClass::kUnknown, true,
                              "This code is unknown to the operator; it is tried again slowly. "
                              "--error-table can say what it means."};

constexpr size_t kOwnRulesMax = 1000;
constexpr size_t kRemedyBytesMax = 1024;

constexpr std::array kClasses = {ErrorClass::kThrottled,         ErrorClass::kTransient,
                                 ErrorClass::kCredentialExpired, ErrorClass::kCredential,
                                 ErrorClass::kPermission,        ErrorClass::kStateConflict,
                                 ErrorClass::kBilling,           ErrorClass::kNotFound,
                                 ErrorClass::kInvalid,           ErrorClass::kUnknown};

bool Matches(std::string_view rule, std::string_view code) {
  if (!rule.ends_with('*')) return EqualsIgnoreCase(rule, code);
  rule.remove_suffix(1);
  return EqualsIgnoreCase(rule, code.substr(0, rule.size()));
}

// The longest of `rules` that matches, or nullptr.
template <class Rules>
auto Longest(const Rules& rules, std::string_view code) {
  const typename Rules::value_type* best = nullptr;
  for (const auto& rule : rules) {
    if (Matches(rule.code, code) && (best == nullptr || rule.code.size() > best->code.size())) {
      best = &rule;
    }
  }
  return best;
}

// What an entry's `code` must look like, or why not.
std::string ProblemOfCode(std::string_view code) {
  std::string_view name = code;
  if (name.ends_with('*')) name.remove_suffix(1);
  if (name.empty()) return "needs a code";
  const bool legal = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  if (!legal || code.size() > kDtsCodeBytesMax) {
    return "has a code of other characters than letters, digits, '.', '_' and '-', or a '*' that "
           "is not at the end";
  }
  return "";
}

const ErrorClass* ClassNamed(std::string_view name) {
  const auto found = std::find_if(kClasses.begin(), kClasses.end(), [name](ErrorClass known) {
    return EqualsIgnoreCase(ErrorClassName(known), name);
  });
  return found == kClasses.end() ? nullptr : &*found;
}

}  // namespace

ErrorRule ErrorTable::RuleFor(std::string_view code, int http_status) const {
  const ErrorRule* known = Longest(kRules, code);
  const ErrorRule rule = known != nullptr     ? *known
                         : http_status == 429 ? kTooManyRequests
                         : http_status >= 500 ? kServerError
                                              : kOther;
  const Own* own = Longest(own_, code);
  if (own == nullptr || own->code.size() < rule.code.size()) return rule;
  const bool open = rule.may_have_acted && (known != nullptr || http_status >= 500);
  return {own->code, own->error_class, own->may_have_acted || open, own->remedy};
}

std::shared_ptr<const ErrorTable> BuiltInErrors() {
  static const auto kTable = std::make_shared<const ErrorTable>();
  return kTable;
}

Result<ErrorTable> ParseErrorTable(std::string_view yaml) {
  const auto list = ParseYaml(yaml);
  if (!list) return tl::unexpected(list.error());
  ErrorTable table;
  if (list->is_null()) return table;
  if (!list->is_array()) return Fail("the error table must be a list of code, class and remedy");
  if (list->size() > kOwnRulesMax) {
    return Fail(fmt::format("the error table has more than {} entries", kOwnRulesMax));
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const Json& entry = (*list)[i];
    const auto fail = [i](std::string_view problem) {
      return Fail(fmt::format("entry {} of the error table {}", i + 1, problem));
    };
    if (!entry.is_object()) return fail("is not a mapping of code, class and remedy");
    for (const auto& [name, value] : entry.items()) {
      if (name != "code" && name != "class" && name != "remedy" && name != "mayHaveActed") {
        return fail("has a field other than code, class, remedy and mayHaveActed");
      }
    }
    std::string code = LenientString(Member(entry, "code"));
    if (code.starts_with("DTS.Msg.")) code.erase(0, 8);
    if (const std::string problem = ProblemOfCode(code); !problem.empty()) return fail(problem);
    const ErrorClass* error_class = ClassNamed(StringOr(Member(entry, "class")));
    if (error_class == nullptr) {
      std::string names;
      for (const ErrorClass known : kClasses) {
        names.append(names.empty() ? "" : ", ").append(ErrorClassName(known));
      }
      return fail(fmt::format("({}) needs a class, one of {}", code, names));
    }
    std::string remedy = CleanText(Trim(StringOr(Member(entry, "remedy"))), kRemedyBytesMax);
    if (remedy.empty()) return fail(fmt::format("({}) needs a remedy", code));
    const Json& acted = Member(entry, "mayHaveActed");
    if (!acted.is_null() && !acted.is_boolean()) {
      return fail(fmt::format("({}) has a mayHaveActed that is neither true nor false", code));
    }
    const auto same = [&code](const ErrorTable::Own& own) { return own.code == code; };
    if (std::any_of(table.own_.begin(), table.own_.end(), same)) {
      return fail(fmt::format("({}) is there twice", code));
    }
    table.own_.push_back({code, *error_class, BoolOr(acted, false), std::move(remedy)});
  }
  return table;
}

}  // namespace dtsop
