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
        {action, spec_, "cn-hangzhou", keys_, std::move(nonce), not_after},
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
  const DtsCallerOptions options_{"https://dts.example", SignatureKind::kAcs3, 5, 40};
  Random random_{1};
  NullMetrics metrics_;
  DtsCaller caller_{options_, probe_.outbox, random_, metrics_};
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

TEST_F(Caller, AThrottledAnswerBlocksTheSameQuotaOnly) {
  caller_.Reserve(DtsAction::kStart, keys_, "cn-hangzhou", probe_.now.mono);
  Send(DtsAction::kStart);
  probe_.Answer(400, R"({"Code":"Throttling.User","Message":"m"})",
                {{"x-ratelimit-user", "TimeLeft:5000"}});
  const auto blocked = [this](DtsAction action, const Credentials& keys, const char* region) {
    return caller_.Blocked(action, keys, region, probe_.now.mono);
  };
  EXPECT_TRUE(blocked(DtsAction::kStart, keys_, "cn-hangzhou"));
  EXPECT_TRUE(blocked(DtsAction::kSuspend, keys_, "cn-hangzhou"));
  EXPECT_FALSE(blocked(DtsAction::kDescribe, keys_, "cn-hangzhou"));
  EXPECT_FALSE(blocked(DtsAction::kStart, keys_, "cn-beijing"));
  EXPECT_FALSE(blocked(DtsAction::kStart, {"OTHER", SecretString("s"), {}}, "cn-hangzhou"));
  EXPECT_GE(caller_.Reserve(DtsAction::kStart, keys_, "cn-hangzhou", probe_.now.mono),
            probe_.now.mono + seconds(5));
}

}  // namespace
}  // namespace dtsop
