#include "dts/errors.h"

#include <gtest/gtest.h>

namespace dtsop {
namespace {

struct CodeCase {
  const char* code;
  int status;
  ErrorClass error_class;
  bool may_have_acted;
};

TEST(ErrorTable, ClassesOfTheCodesThatSourcesName) {
  for (const CodeCase& c : {
           CodeCase{"OperationDenied.NotPurchased", 403, ErrorClass::kBilling, false},
           CodeCase{"InvalidSecurityToken.Expired", 403, ErrorClass::kCredentialExpired, false},
           CodeCase{"Throttling.User", 400, ErrorClass::kThrottled, false},
           CodeCase{"ServiceUnavailable", 500, ErrorClass::kTransient, false},
           CodeCase{"Throttling", 400, ErrorClass::kThrottled, false},
           CodeCase{"Throttling.Api", 429, ErrorClass::kThrottled, false},
           CodeCase{"Rejected.Throttling", 400, ErrorClass::kThrottled, false},
           CodeCase{"CheckJobFailed.ServerUnAvailable", 403, ErrorClass::kTransient, false},
           CodeCase{"InternalError", 500, ErrorClass::kTransient, true},
           CodeCase{"SQLExecuteError", 400, ErrorClass::kTransient, true},
           CodeCase{"InvalidAccessKeyId.NotFound", 404, ErrorClass::kCredential, false},
           CodeCase{"InvalidAccessKeyId.Inactive", 400, ErrorClass::kCredential, false},
           CodeCase{"InvalidSecurityToken.Malformed", 400, ErrorClass::kCredential, false},
           CodeCase{"SignatureDoesNotMatch", 400, ErrorClass::kCredential, false},
           CodeCase{"IncompleteSignature", 400, ErrorClass::kCredential, false},
           CodeCase{"InvalidTimeStamp.Expired", 400, ErrorClass::kTransient, false},
           CodeCase{"SignatureNonceUsed", 400, ErrorClass::kTransient, true},
           CodeCase{"Forbidden.RAM", 403, ErrorClass::kPermission, false},
           CodeCase{"RamPermissionDenied", 403, ErrorClass::kPermission, false},
           CodeCase{"Forbidden.AliyunUIDNotFound", 403, ErrorClass::kPermission, false},
           CodeCase{"Forbidden.InstanceNotFound", 403, ErrorClass::kNotFound, false},
           CodeCase{"InvalidJobId", 400, ErrorClass::kNotFound, false},
           CodeCase{"OperationDenied.JobStatusModifying", 403, ErrorClass::kStateConflict, false},
           CodeCase{"ModifyDenied.JobStatusNotRunning", 403, ErrorClass::kStateConflict, false},
           CodeCase{"InvalidJobStatus", 403, ErrorClass::kStateConflict, false},
           CodeCase{"InvalidTaskStatus", 403, ErrorClass::kStateConflict, false},
           CodeCase{"LXBuyError", 403, ErrorClass::kBilling, false},
           CodeCase{"ARREARAGE", 400, ErrorClass::kBilling, false},
           CodeCase{"InvalidParameter.KafkaBrokerInvalid", 400, ErrorClass::kInvalid, false},
           CodeCase{"MissingDtsJobId", 400, ErrorClass::kInvalid, false},
           CodeCase{"InvalidEndpoint", 400, ErrorClass::kInvalid, false},
           CodeCase{"Brand.New", 400, ErrorClass::kUnknown, false},
           CodeCase{"Brand.New", 429, ErrorClass::kThrottled, false},
           CodeCase{"Brand.New", 502, ErrorClass::kTransient, true},
       }) {
    const ErrorRule& rule = RuleForCode(c.code, c.status);
    EXPECT_EQ(ErrorClassName(rule.error_class), ErrorClassName(c.error_class)) << c.code;
    EXPECT_EQ(rule.may_have_acted, c.may_have_acted) << c.code;
    EXPECT_FALSE(rule.remedy.empty()) << c.code;
  }
}

}  // namespace
}  // namespace dtsop
