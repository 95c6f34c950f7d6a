#include "api/call_failure.h"

namespace dtsop {
namespace {

constexpr size_t kReasonBytesMax = 128;  // an event's reason allows no more

bool IsAsciiAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string_view ErrorClassName(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kThrottled:
      return "Throttled";
    case ErrorClass::kTransient:
      return "Transient";
    case ErrorClass::kCredentialExpired:
      return "CredentialExpired";
    case ErrorClass::kCredential:
      return "Credential";
    case ErrorClass::kPermission:
      return "Permission";
    case ErrorClass::kStateConflict:
      return "StateConflict";
    case ErrorClass::kBilling:
      return "Billing";
    case ErrorClass::kNotFound:
      return "NotFound";
    case ErrorClass::kInvalid:
      return "Invalid";
    case ErrorClass::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

bool NeedsPerson(ErrorClass error_class) {
  return error_class == ErrorClass::kCredential || error_class == ErrorClass::kPermission ||
         error_class == ErrorClass::kBilling || error_class == ErrorClass::kNotFound ||
         error_class == ErrorClass::kInvalid;
}

bool RefusedUnseen(const CallFailure& failure) {
  return !failure.may_have_acted && (failure.error_class == ErrorClass::kThrottled ||
                                     failure.error_class == ErrorClass::kCredential ||
                                     failure.error_class == ErrorClass::kCredentialExpired);
}

std::string ReasonFromCode(std::string_view code) {
  std::string reason;
  bool upper = true;
  for (const char c : code) {
    if (!IsAsciiAlnum(c)) {
      upper = true;
      continue;
    }
    const bool lower = c >= 'a' && c <= 'z';
    reason.push_back(upper && lower ? static_cast<char>(c - 'a' + 'A') : c);
    upper = false;
  }
  if (reason.empty()) return "UnknownError";
  if (reason[0] >= '0' && reason[0] <= '9') reason.insert(0, "Code");
  return reason.substr(0, kReasonBytesMax);
}

std::string DescribeFailure(const CallFailure& failure) {
  std::string text = failure.message.empty() ? "DTS gave no message" : failure.message;
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  text += " (" + failure.code;
  if (!failure.request_id.empty()) text += ", RequestId " + failure.request_id;
  text += ").";
  if (!failure.remedy.empty()) text += " " + failure.remedy;
  return text;
}

}  // namespace dtsop
