#include "effects/dts_caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/outbox_probe.h"

namespace dtsop {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Caller : public ::testing::Test {
 protected:
  Caller() { spec_.dts_job_id = "job1"; }
  HttpRequest Send(DtsAction action, std::string nonce = "", MonoTime not_after = kNever) {
    caller_.Send(
        {action, account_, keys_, JobParameters(action, spec_, account_.region), std::move(nonce),
         not_after},
        [this](const tl::expected<DtsReply, CallFailure>& reply, Now) {
          ++replies_;
          last_ = reply;
        },
        probe_.now);
    return probe_.Take();
  }
  static std::string Parameters(const HttpRequest& request) {
    return request.target + request.body;
  }

  OutboxProbe probe_;
  const AccountKey account_{1, "cn-hangzhou"};
  std::shared_ptr<const ErrorTable> errors_ = BuiltInErrors();
  const DtsCallerOptions options_{
      {"https://dts.example", {}, false}, SignatureKind::kAcs3, {}, [this] { return errors_; }};
  Random random_{1};
  NullMetrics metrics_;
  std::vector<std::string> turns_;
  int restored_ = 0;
  DtsCaller caller_{options_,
                    probe_.outbox,
                    random_,
                    metrics_,
                    {[this](DtsAction, const AccountKey&, const ObjectKey& who, Now) {
                       turns_.push_back(who.name);
                       return true;
                     },
                     [this](const AccountKey&, Now) { ++restored_; }}};
  Credentials keys_{"LTAI", SecretString("s3cret"), {}};
  DtsJobSpec spec_;
  int replies_ = 0;
  tl::expected<DtsReply, CallFailure> last_ = DtsReply{};
};

TEST_F(Caller, SendsWhatTheActionNeedsToDts) {
  const HttpRequest request = Send(DtsAction::kStart, "nonce-1");
  EXPECT_EQ(probe_.sent().front().remote, Remote::kDts);
  EXPECT_EQ(request.origin, "https://dts.example");
  EXPECT_THAT(Parameters(request), HasSubstr("DtsJobId=job1"));
  EXPECT_THAT(Parameters(request), HasSubstr("RegionId=cn-hangzhou"));
  EXPECT_THAT(Parameters(request), Not(HasSubstr("DtsInstance")));
  EXPECT_THAT(Parameters(request), Not(HasSubstr("SynchronizationDirection")));
  EXPECT_EQ(FindHeader(request.headers, "x-acs-action"), "StartDtsJob");
  EXPECT_EQ(FindHeader(request.headers, "x-acs-version"), "2020-01-01");
  EXPECT_EQ(FindHeader(request.headers, "x-acs-signature-nonce"), "nonce-1");
}

TEST_F(Caller, AsksTheEndpointOfTheRegion) {
  DtsCaller by_region{{{}, SignatureKind::kAcs3, {}, &BuiltInErrors},
                      probe_.outbox,
                      random_,
                      metrics_,
                      {[](DtsAction, const AccountKey&, const ObjectKey&, Now) { return true; },
                       [](const AccountKey&, Now) {}}};
  const AccountKey account{1, "ap-northeast-1"};
  by_region.Send(
      {DtsAction::kDescribe, account, keys_, {}, "", kNever},
      [](const tl::expected<DtsReply, CallFailure>&, Now) {}, probe_.now);
  EXPECT_EQ(probe_.Take().origin, "https://dts.ap-northeast-1.aliyuncs.com");
  EXPECT_EQ(FindHeader(probe_.Take().headers, "host"), "dts.ap-northeast-1.aliyuncs.com");
}

TEST_F(Caller, SpellsTheInstanceAsEachActionDoes) {
  spec_.dts_instance_id = "dtsl3m";
  EXPECT_THAT(Parameters(Send(DtsAction::kDescribe)), HasSubstr("DtsInstanceID=dtsl3m"));
  probe_.Answer(200, "");
  for (const auto action : {DtsAction::kStart, DtsAction::kSuspend, DtsAction::kStop}) {
    EXPECT_THAT(Parameters(Send(action)), HasSubstr("DtsInstanceId=dtsl3m"));
    probe_.Answer(200, "");
  }
}

TEST_F(Caller, NamesTheDirectionOnlyWhenItIsNotTheDefault) {
  spec_.direction = "Reverse";
  EXPECT_THAT(Parameters(Send(DtsAction::kStart)), HasSubstr("SynchronizationDirection=Reverse"));
}

TEST_F(Caller, OnlyReadingMayBeRepeatedByTheTransport) {
  EXPECT_FALSE(Send(DtsAction::kDescribe).exactly_once);
  probe_.Answer(200, "");
  for (const auto action : {DtsAction::kStart, DtsAction::kSuspend, DtsAction::kStop}) {
    EXPECT_TRUE(Send(action).exactly_once);
    probe_.Answer(200, "");
  }
}

TEST_F(Caller, PassesOnTheMomentAfterWhichNothingMayLeave) {
  const MonoTime until = probe_.now.mono + seconds(3);
  EXPECT_EQ(Send(DtsAction::kStart, "n", until).not_after, until);
}

TEST_F(Caller, BoundsTimeAndSizeOfAnAnswer) {
  const HttpRequest request = Send(DtsAction::kDescribe);
  EXPECT_LE(request.total_timeout, seconds(10));
  EXPECT_GT(request.total_timeout, Duration{0});
  EXPECT_LE(request.body_bytes_max, 1U << 20);
}

TEST_F(Caller, EachCallHasItsOwnNonce) {
  const auto nonce = [](const HttpRequest& request) {
    return std::string(FindHeader(request.headers, "x-acs-signature-nonce"));
  };
  const std::string first = nonce(Send(DtsAction::kDescribe));
  probe_.Answer(200, "");
  EXPECT_NE(nonce(Send(DtsAction::kDescribe)), first);
}

TEST_F(Caller, GivesTheDecodedAnswerOnce) {
  Send(DtsAction::kStart);
  probe_.Answer(200, R"({"Success":true,"RequestId":"R1"})");
  EXPECT_EQ(replies_, 1);
  ASSERT_TRUE(last_);
  EXPECT_EQ(last_->request_id, "R1");
  Send(DtsAction::kStart);
  probe_.Break(HttpError::kTimeout);
  EXPECT_EQ(replies_, 2);
  ASSERT_FALSE(last_);
  EXPECT_TRUE(last_.error().may_have_acted);
}

TEST_F(Caller, ReadsAnErrorCodeByTheTableOfTheMoment) {
  const char* refused = R"({"Code":"Brand.New","Message":"no"})";
  Send(DtsAction::kDescribe);
  probe_.Answer(403, refused);
  EXPECT_EQ(last_.error().error_class, ErrorClass::kUnknown);
  errors_ = std::make_shared<const ErrorTable>(
      ParseErrorTable("- {code: Brand.New, class: Permission, remedy: Ask.}").value());
  Send(DtsAction::kDescribe);
  probe_.Answer(403, refused);
  EXPECT_EQ(last_.error().error_class, ErrorClass::kPermission);
}

TEST_F(Caller, AThrottledAnswerSlowsTheSameQuotaOnly) {
  Send(DtsAction::kStart);
  probe_.Answer(400, R"({"Code":"Throttling.User","Message":"m"})",
                {{"x-ratelimit-user", "TimeLeft:5000"}});
  const auto may = [this](DtsAction action, const AccountKey& account) {
    return caller_.Take(action, account, {"shop", "orders"}, probe_.now.mono);
  };
  EXPECT_FALSE(may(DtsAction::kStart, account_));
  EXPECT_TRUE(may(DtsAction::kSuspend, account_));
  EXPECT_TRUE(may(DtsAction::kDescribe, account_));
  EXPECT_TRUE(may(DtsAction::kStart, {1, "cn-beijing"}));
  EXPECT_TRUE(may(DtsAction::kStart, {2, "cn-hangzhou"}));
  EXPECT_EQ(caller_.NextWakeup(), probe_.now.mono + seconds(5));
  probe_.Advance(seconds(5));
  caller_.Advance(probe_.now);
  EXPECT_EQ(turns_, std::vector<std::string>{"orders"});
  EXPECT_TRUE(may(DtsAction::kStart, account_));
}

TEST_F(Caller, AnAccountWhoseCallsHangLeavesRoomForOthers) {
  for (size_t i = 0; i < DtsAccount::kCallsMax; ++i) Send(DtsAction::kDescribe);
  EXPECT_FALSE(caller_.Take(DtsAction::kDescribe, account_, {"shop", "late"}, probe_.now.mono));
  EXPECT_TRUE(
      caller_.Take(DtsAction::kDescribe, {2, "cn-hangzhou"}, {"shop", "late"}, probe_.now.mono));
  EXPECT_EQ(caller_.NextWakeup(), kNever);
  probe_.Answer(200, R"({"Success":true})");
  caller_.Advance(probe_.now);
  EXPECT_EQ(turns_, std::vector<std::string>{"late"});
}

TEST_F(Caller, ADtsThatDoesNotAnswerIsOnlyProbed) {
  for (int i = 0; i < Breaker::kFailuresToOpen; ++i) {
    EXPECT_EQ(caller_.Outage(account_), nullptr);
    Send(DtsAction::kDescribe);
    probe_.Break(HttpError::kConnect, false);
  }
  ASSERT_NE(caller_.Outage(account_), nullptr);
  EXPECT_EQ(caller_.Outage(account_)->code, "Client.EndpointUnreachable");
  EXPECT_EQ(caller_.Outage({1, "cn-beijing"}), nullptr);
  EXPECT_FALSE(caller_.Take(DtsAction::kStart, account_, {"shop", "orders"}, probe_.now.mono));
  EXPECT_FALSE(caller_.TakeProbe(account_, probe_.now.mono));
  probe_.Advance(seconds(1));
  EXPECT_TRUE(caller_.TakeProbe(account_, probe_.now.mono));
  EXPECT_FALSE(caller_.TakeProbe(account_, probe_.now.mono));
  Send(DtsAction::kDescribe);
  probe_.Answer(403, R"({"Code":"Forbidden.RAM","Message":"m"})");
  EXPECT_EQ(caller_.Outage(account_), nullptr);
  EXPECT_EQ(restored_, 1);
  EXPECT_THAT(probe_.Logged(),
              ::testing::ElementsAre(HasSubstr("does not answer"), HasSubstr("answers again")));
}

TEST_F(Caller, AnActionThatFailsAloneStopsNothing) {
  for (int i = 0; i < 2 * Breaker::kFailuresToOpen; ++i) {
    Send(DtsAction::kStart);
    probe_.Answer(500, R"({"Code":"ServiceUnavailable","Message":"m"})");
  }
  EXPECT_EQ(caller_.Outage(account_), nullptr);
}

TEST_F(Caller, SignsWithTheTimeOfDtsWhenTheNodesClockIsWrong) {
  const std::string body = R"({"Success":true,"RequestId":"R1"})";
  Send(DtsAction::kDescribe);
  // 2027-01-15T08:00:00Z by the node, and DTS is 20 minutes ahead.
  probe_.Answer(200, body, {{"Date", "Fri, 15 Jan 2027 08:20:00 GMT"}});
  EXPECT_EQ(FindHeader(Send(DtsAction::kDescribe).headers, "x-acs-date"), "2027-01-15T08:20:00Z");
  probe_.Answer(200, body, {{"Date", "Fri, 15 Jan 2027 08:20:00 GMT"}});
  EXPECT_THAT(probe_.Logged(), ::testing::ElementsAre(HasSubstr("clock differs")));
  Send(DtsAction::kDescribe);
  probe_.Answer(200, body, {{"Date", "Fri, 15 Jan 2027 08:00:03 GMT"}});
  EXPECT_EQ(FindHeader(Send(DtsAction::kDescribe).headers, "x-acs-date"), "2027-01-15T08:00:00Z");
}

TEST_F(Caller, AnAccountIsForgottenWithItsBreakerOnceNobodyUsesIt) {
  AccountBook book(random_);
  const ObjectKey secret = {"shop", "dts"};
  ASSERT_EQ(book.Bind(secret, keys_), account_.account);
  for (int i = 0; i < Breaker::kFailuresToOpen; ++i) {
    Send(DtsAction::kDescribe);
    probe_.Answer(503, "");
  }
  caller_.ForgetUnused(book, probe_.now.mono + hours(2));
  EXPECT_NE(caller_.Outage(account_), nullptr) << "it is in use";
  Send(DtsAction::kDescribe);
  book.Drop(secret);
  caller_.ForgetUnused(book, probe_.now.mono);
  EXPECT_EQ(caller_.accounts(), 1U) << "a call is under way";
  probe_.Answer(503, "");
  caller_.ForgetUnused(book, probe_.now.mono);
  EXPECT_EQ(caller_.accounts(), 0U);
  EXPECT_EQ(caller_.Outage(account_), nullptr);
}

TEST_F(Caller, ARegionThatIsNotCalledForLongIsForgotten) {
  AccountBook book(random_);
  ASSERT_EQ(book.Bind({"shop", "dts"}, keys_), account_.account);
  Send(DtsAction::kDescribe);
  probe_.Answer(200, "");
  caller_.ForgetUnused(book, probe_.now.mono + minutes(50));
  EXPECT_EQ(caller_.accounts(), 1U);
  caller_.ForgetUnused(book, probe_.now.mono + hours(2));
  EXPECT_EQ(caller_.accounts(), 0U);
}

}  // namespace
}  // namespace dtsop
