#include "dts/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dts/reply.h"

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
           CodeCase{"UnsupportedHTTPMethod", 400, ErrorClass::kInvalid, false},
           CodeCase{"InvalidProtocol.NeedSsl", 404, ErrorClass::kInvalid, false},
           CodeCase{"LXCreateOrderError", 400, ErrorClass::kBilling, false},
           CodeCase{"LXCreateOrder.NotFoundPricePlan", 400, ErrorClass::kBilling, false},
           CodeCase{"LXPayOrder.InsufficientBalance", 400, ErrorClass::kBilling, false},
           CodeCase{"UpdateJob.OperationDenied.InitStatus", 403, ErrorClass::kStateConflict, false},
           CodeCase{"CheckStatus.InvalidInitStatus", 403, ErrorClass::kStateConflict, false},
           CodeCase{"OperationDenied.Other", 403, ErrorClass::kStateConflict, false},
           CodeCase{"DuplicateAccount.RDSSqlServer", 400, ErrorClass::kInvalid, false},
           CodeCase{"SrcLink.InternetAddressNotFound", 400, ErrorClass::kInvalid, false},
           CodeCase{"DbTypeNotSupport.OnlyReadRDS", 400, ErrorClass::kInvalid, false},
           CodeCase{"DRDSInvokeFail.DatabaseAuthorizationFailed", 400, ErrorClass::kInvalid, false},
           CodeCase{"DRDSErrExecuteOnMySQL.ClientVersionTooLow", 400, ErrorClass::kInvalid, false},
           CodeCase{"DescribeColumns.TimeOut", 400, ErrorClass::kTransient, true},
           CodeCase{"DescribeStruct.TimeOut", 400, ErrorClass::kTransient, true},
           CodeCase{"IllegalTimestamp", 400, ErrorClass::kTransient, false},
           CodeCase{"InvalidTimestamp.Expired", 400, ErrorClass::kTransient, false},
           CodeCase{"InvalidEndpoint", 400, ErrorClass::kInvalid, false},
           CodeCase{"Brand.New", 400, ErrorClass::kUnknown, true},
           CodeCase{"Brand.New", 429, ErrorClass::kThrottled, false},
           CodeCase{"Brand.New", 502, ErrorClass::kTransient, true},
       }) {
    const ErrorRule rule = ErrorTable().RuleFor(c.code, c.status);
    EXPECT_EQ(ErrorClassName(rule.error_class), ErrorClassName(c.error_class)) << c.code;
    EXPECT_EQ(rule.may_have_acted, c.may_have_acted) << c.code;
    EXPECT_FALSE(rule.remedy.empty()) << c.code;
  }
}

TEST(ErrorTable, OfAWrongClockTheRemedySpeaksOfTheClock) {
  for (const char* code :
       {"IllegalTimestamp", "IllegalTimestamp.Expired", "InvalidTimeStamp.Format",
        "InvalidTimeStamp.Expired", "InvalidTimestamp.Expired"}) {
    EXPECT_THAT(std::string(ErrorTable().RuleFor(code, 400).remedy), testing::HasSubstr("clock"))
        << code;
  }
}

// Were it taken for a refusal without effect, the start would be repeated after a moment.
TEST(ErrorTable, ACodeWithoutARuleLeavesOpenWhetherDtsActed) {
  for (const int status : {200, 400, 403, 404, 409, 500}) {
    EXPECT_TRUE(ErrorTable().RuleFor("Brand.New", status).may_have_acted) << status;
    EXPECT_TRUE(ErrorTable().RuleFor("Client.NoErrorCode", status).may_have_acted) << status;
  }
  EXPECT_FALSE(ErrorTable().RuleFor("Brand.New", 429).may_have_acted);
}

ErrorTable Parsed(const char* yaml) {
  auto table = ParseErrorTable(yaml);
  EXPECT_TRUE(table) << table.error().message;
  return table.value_or(ErrorTable());
}

TEST(ErrorTableFile, AddsAndReplacesRules) {
  const ErrorTable table = Parsed(
      "- {code: OperationDenied.NotPurchased, class: transient, remedy: Call Bob.}\n"
      "- {code: DTS.Msg.Brand.New*, class: StateConflict, remedy: Wait.}\n");
  EXPECT_EQ(table.own_rules(), 2U);
  EXPECT_EQ(table.RuleFor("OperationDenied.NotPurchased", 403).error_class, ErrorClass::kTransient);
  EXPECT_EQ(table.RuleFor("OperationDenied.NotPurchased", 403).remedy, "Call Bob.");
  EXPECT_EQ(table.RuleFor("Brand.NewThing", 400).error_class, ErrorClass::kStateConflict);
  EXPECT_EQ(table.RuleFor("Brand.Old", 400).error_class, ErrorClass::kUnknown);
  EXPECT_EQ(table.RuleFor("Forbidden.RAM", 403).error_class, ErrorClass::kPermission);
}

TEST(ErrorTableFile, TheLongestRuleWinsWhicheverTableItIsIn) {
  const ErrorTable table = Parsed(
      "- {code: Invalid*, class: Transient, remedy: r}\n- {code: I*, class: Billing, remedy: b}");
  EXPECT_EQ(table.RuleFor("InvalidJobId", 404).error_class, ErrorClass::kNotFound);
  EXPECT_EQ(table.RuleFor("InvalidOther", 400).error_class, ErrorClass::kTransient);
  EXPECT_EQ(table.RuleFor("InternalError", 500).error_class, ErrorClass::kTransient);
  EXPECT_EQ(table.RuleFor("Ice", 400).error_class, ErrorClass::kBilling);
}

TEST(ErrorTableFile, CannotTakeBackThatDtsMayHaveActed) {
  const ErrorTable table = Parsed(
      "- {code: InternalError, class: Permission, remedy: r, mayHaveActed: false}\n"
      "- {code: Brand.New, class: Billing, remedy: r}\n"
      "- {code: Brand.Open, class: Billing, remedy: r, mayHaveActed: true}\n");
  EXPECT_TRUE(table.RuleFor("InternalError", 500).may_have_acted);
  EXPECT_TRUE(table.RuleFor("Brand.New", 503).may_have_acted);
  EXPECT_FALSE(table.RuleFor("Brand.New", 403).may_have_acted);
  EXPECT_TRUE(table.RuleFor("Brand.Open", 403).may_have_acted);
}

TEST(ErrorTableFile, DrivesWhatAnAnswerMeans) {
  HttpResult result;
  result.status = 403;
  result.body = R"({"Success":false,"ErrCode":"DTS.Msg.Brand.New","ErrMessage":"no"})";
  const ErrorTable table = Parsed("- {code: Brand.New, class: Permission, remedy: 'Ask Bob.'}");
  const auto reply = DecodeReply(result, table);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().error_class, ErrorClass::kPermission);
  EXPECT_EQ(reply.error().remedy, "Ask Bob.");
}

TEST(ErrorTableFile, MayBeEmpty) {
  for (const char* yaml : {"", "# nothing yet\n", "[]", "null"}) {
    EXPECT_EQ(Parsed(yaml).own_rules(), 0U) << yaml;
  }
}

TEST(ErrorTableFile, SaysWhatIsWrongWithIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"code: x", "must be a list"},
      {"- x", "entry 1 .* is not a mapping"},
      {"- {code: A, class: Billing, remedy: r}\n- {code: B, class: Bill, remedy: r}",
       "entry 2 .*B.* needs a class, one of Throttled, "},
      {"- {class: Billing, remedy: r}", "needs a code"},
      {"- {code: '*', class: Billing, remedy: r}", "needs a code"},
      {"- {code: 'a*b', class: Billing, remedy: r}", "other characters"},
      {"- {code: 'a b', class: Billing, remedy: r}", "other characters"},
      {"- {code: A, class: Billing}", "needs a remedy"},
      {"- {code: A, class: Billing, remedy: r, mayHaveActed: 1}", "neither true nor false"},
      {"- {code: A, class: Billing, remedy: r, status: 1}", "a field other than"},
      {"- {code: A, class: Billing, remedy: r}\n- {code: DTS.Msg.A, class: Billing, remedy: r}",
       "entry 2 .*A.* is there twice"},
      {"- {code: [", "line"}};
  for (const auto& [yaml, problem] : cases) {
    const auto table = ParseErrorTable(yaml);
    ASSERT_FALSE(table) << yaml;
    EXPECT_THAT(table.error().message, testing::ContainsRegex(problem)) << yaml;
  }
  std::string many;
  for (int i = 0; i < 1001; ++i)
    many += "- {code: C" + std::to_string(i) + ", class: Billing, remedy: r}\n";
  EXPECT_FALSE(ParseErrorTable(many));
}

}  // namespace
}  // namespace dtsop
