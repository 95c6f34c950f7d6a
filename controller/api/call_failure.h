// A failed call to DTS, decoded: what the decision needs (its class) and what the user needs (all
// else).
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace dtsop {

// What the operator does about an error; dts/errors.h maps codes to these.
enum class ErrorClass {
  kThrottled,          // wait, call less often
  kTransient,          // try again with a growing delay
  kCredentialExpired,  // read the credentials again and retry once at once
  kCredential,         // the AccessKey is wrong: a person must act
  kPermission,         // RAM refuses: a person must act
  kStateConflict,      // the job's state does not allow the action now: look again
  kBilling,            // not purchased, in arrears: a person must act
  kNotFound,           // no such job in this region and account
  kInvalid,            // DTS rejects the parameters: a person must act
  kUnknown,            // an unknown code: like kTransient, more slowly
};
inline constexpr int kErrorClasses = static_cast<int>(ErrorClass::kUnknown) + 1;
std::string_view ErrorClassName(ErrorClass error_class);

// True when retrying soon is useless: the DtsJob is Stalled and probed slowly until something
// changes.
bool NeedsPerson(ErrorClass error_class);

struct CallFailure {
  ErrorClass error_class = ErrorClass::kUnknown;
  // True when nobody knows whether DTS acted: no answer, an unreadable one, or an internal error.
  bool may_have_acted = false;
  int http_status = 0;
  std::string code;  // without the "DTS.Msg." prefix
  std::string err_message;
  std::string dynamic_message;
  std::string dynamic_code;
  std::string message;  // err_message with dynamic_message in place of every %s; cleaned
  std::string remedy;   // what to do next, a sentence
  std::string request_id;
  std::string recommend_url;
  Duration retry_after{0};  // as DTS asks for; 0: it does not say
};

// True when the call was refused for who made it or how often, before DTS looked at the job: what
// was known of the job is as good as before.
bool RefusedUnseen(const CallFailure& failure);

// "OperationDenied.NotPurchased" -> "OperationDeniedNotPurchased": a legal condition reason for any
// code, the same for the same code. The raw code stands in lastError.errCode.
std::string ReasonFromCode(std::string_view code);

// "<message> (<code>, RequestId <id>). <remedy>"
std::string DescribeFailure(const CallFailure& failure);

}  // namespace dtsop
