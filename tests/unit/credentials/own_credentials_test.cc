#include "credentials/own_credentials.h"

#include "tests/unit/credentials/own_rig.h"

namespace dtsop {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Own : public OwnCredentialsTest {};

TEST_F(Own, AreNotLookedForUntilSomebodyWantsThem) {
  WithOidc();
  After(hours(1));
  EXPECT_EQ(Asked(), 0U);
  EXPECT_EQ(own_->NextWakeup(), kNever);
}

TEST_F(Own, OfTheEnvironmentAreThereAtOnceAndForEver) {
  around_.variables = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI"},
                       {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s3cret"}};
  Make();
  EXPECT_EQ(Get().credentials->access_key_id, "LTAI");
  EXPECT_EQ(own_->NextWakeup(), kNever);
  After(hours(10'000));
  EXPECT_EQ(Get().credentials->access_key_id, "LTAI");
  EXPECT_EQ(changes_, 0);
}

TEST_F(Own, OneRequestServesAllWhoWait) {
  WithOidc();
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(Get().credentials);
    EXPECT_EQ(Get().problem, "");
  }
  ASSERT_EQ(Asked(), 1U);
  EXPECT_EQ(probe_.sent().front().remote, Remote::kCredentials);
  Grant("first");
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(Token(), "first");
}

TEST_F(Own, AreRenewedThreeMinutesBeforeTheyExpireWhileTheOldOnesAreUsed) {
  WithGrant("first");
  After(hours(1) - seconds(181));
  EXPECT_EQ(Asked(), 0U);
  After(seconds(1));
  EXPECT_EQ(Asked(), 1U);
  EXPECT_EQ(Token(), "first");
  Grant("second");
  EXPECT_EQ(Token(), "second");
  EXPECT_EQ(changes_, 2);
}

TEST_F(Own, OfAShortLifeAreRenewedAtItsHalfAndNotInALoop) {
  WithGrant("first", seconds(100));
  After(seconds(49));
  EXPECT_EQ(Asked(), 0U);
  After(seconds(1));
  EXPECT_EQ(Asked(), 1U);
  Grant("second", seconds(1));
  EXPECT_EQ(Asked(), 0U);
  After(seconds(4));
  EXPECT_EQ(Asked(), 0U);
  EXPECT_EQ(Token(), "(none)") << "its second is over";
  After(seconds(1));
  EXPECT_EQ(Asked(), 1U);
}

TEST_F(Own, AFailedRenewalKeepsTheOldOnesWhileTheyLast) {
  WithGrant("first");
  After(hours(1) - seconds(180));
  Refuse();
  EXPECT_EQ(Token(), "first");
  EXPECT_THAT(probe_.Logged(),
              Contains("cannot renew the credentials for DTS, using the old ones"));
  int tries = 0;
  for (int second = 0; second < 175; ++second) {
    After(seconds(1));
    EXPECT_EQ(Token(), "first");
    if (Asked() == 0) continue;
    ++tries;
    Refuse();
  }
  EXPECT_EQ(tries, 5) << "after 5, 10, 20, 40 and 60 s";
  After(seconds(5));
  EXPECT_EQ(Token(), "(none)");
  EXPECT_THAT(Get().problem, HasSubstr("- OIDC: sts.aliyuncs.com refused with NoPermission: m"));
  After(seconds(60));
  Grant("second");
  EXPECT_EQ(Token(), "second");
}

TEST_F(Own, WhatAllProvidersSayIsToldALineEach) {
  WithOidc();
  around_.variables["HOME"] = "/home/me";
  Get();
  Refuse("hunter2\nX");
  EXPECT_EQ(Get().problem,
            "There are no credentials for DTS. Name a Secret in spec.credentialsSecretRef, or give "
            "the operator credentials of its own (docs/operator.md):\n"
            "- environment: ALIBABA_CLOUD_ACCESS_KEY_ID is not set\n"
            "- OIDC: sts.aliyuncs.com refused with hunter2 X: m\n"
            "- CLI profile: /home/me/.aliyun/config.json does not exist\n"
            "- ini profile: /home/me/.alibabacloud/credentials does not exist\n"
            "- instance metadata: switched off by ALIBABA_CLOUD_ECS_METADATA_DISABLED\n"
            "- credentials URI: ALIBABA_CLOUD_CREDENTIALS_URI is not set");
  EXPECT_EQ(changes_, 1);
}

TEST_F(Own, TheSameProblemAgainIsNoNews) {
  WithOidc();
  Get();
  Refuse();
  const std::string problem = Get().problem;
  for (int i = 0; i < 5; ++i) {
    After(seconds(60));
    EXPECT_EQ(Get().problem, problem) << "also while it is tried again";
    Refuse();
  }
  EXPECT_EQ(Get().problem, problem);
  EXPECT_EQ(changes_, 1);
}

// What credentials-go gets wrong: after a failure of all it asks the last one only.
TEST_F(Own, AfterAFailureOfAllTheFirstIsAskedFirstAgain) {
  WithOidc();
  around_.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://keys.example/";
  Get();
  probe_.Break(HttpError::kConnect);
  EXPECT_EQ(probe_.Take().origin, "http://keys.example");
  probe_.Break(HttpError::kConnect);
  After(seconds(5));
  EXPECT_EQ(probe_.Take().origin, "https://sts.aliyuncs.com");
  Grant("first");
  EXPECT_EQ(Token(), "first");
}

TEST_F(Own, OfALaterProviderAreReplacedOnceTheEarlierOneWorks) {
  WithOidc();
  around_.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://keys.example/";
  Get();
  Refuse();
  Json body = Temporary();
  body["Expiration"] = FormatRfc3339(probe_.now.wall + hours(6));
  probe_.Answer(200, DumpJson(body));
  EXPECT_EQ(Token(), "sts-token");
  After(seconds(60));
  EXPECT_EQ(probe_.Take().origin, "https://sts.aliyuncs.com");
  Grant("oidc");
  EXPECT_EQ(Token(), "oidc");
  After(minutes(10));
  EXPECT_EQ(Asked(), 0U);
}

TEST_F(Own, AProviderThatWorkedIsNotPassedOverForAnotherIdentityWhileItsCredentialsLast) {
  WithOidc();
  around_.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://keys.example/";
  Get();
  Grant("first", minutes(10));
  After(minutes(7));
  Refuse();
  EXPECT_EQ(Asked(), 0U);
  EXPECT_EQ(Token(), "first");
  After(minutes(4));
  Refuse();
  EXPECT_EQ(probe_.Take().origin, "http://keys.example") << "they have expired";
}

TEST_F(Own, ThatDtsCallsExpiredAreReplacedAtOnceAndNotUsedMeanwhile) {
  WithGrant("first");
  After(minutes(10));
  own_->Invalidate();
  EXPECT_EQ(Token(), "(none)");
  EXPECT_EQ(Get().problem, "");
  EXPECT_EQ(Asked(), 1U);
  own_->Invalidate();
  Grant("second");
  EXPECT_EQ(Token(), "second") << "a late answer to a call with the old ones changes nothing";
  EXPECT_EQ(Asked(), 0U);
}

// The next refusal may be long in coming: who calls DTS waits longer after each.
TEST_F(Own, ThatDtsRefusesSoonAreReplacedWithoutAnotherRefusal) {
  WithGrant("first");
  After(seconds(3));
  own_->Invalidate();
  EXPECT_EQ(Token(), "first");
  After(seconds(6));
  EXPECT_EQ(Asked(), 0U);
  After(seconds(1));
  Grant("second");
  EXPECT_EQ(Token(), "second");
}

TEST_F(Own, ThatDtsRefusesAreNotUsedAgainWhenNoOthersCanBeHad) {
  WithGrant("first");
  After(minutes(10));
  own_->Invalidate();
  EXPECT_EQ(Token(), "(none)");
  Refuse();
  EXPECT_EQ(Token(), "(none)");
  EXPECT_THAT(Get().problem, HasSubstr("NoPermission"));
  After(seconds(5));
  Grant("second");
  EXPECT_EQ(Token(), "second");
}

TEST_F(Own, ADtsThatRefusesWhateverItGetsCostsOneRequestInTenSeconds) {
  WithGrant("token 0");
  size_t requests = 0;
  for (int i = 0; i < 600; ++i) {
    After(milliseconds(100));
    own_->Invalidate();
    Get();
    if (Asked() == 0) continue;
    ++requests;
    Grant("token");
  }
  EXPECT_LE(requests, 6U);
  EXPECT_GE(requests, 4U);
}

TEST_F(Own, ExpiredAtBirthAreAskedForAgainAndAgainButSlowly) {
  WithOidc();
  Get();
  int tries = 0;
  for (int second = 0; second < 600; ++second) {
    if (Asked() > 0) {
      Grant("stale", seconds(-10));
      ++tries;
    }
    After(seconds(1));
    EXPECT_EQ(Token(), "(none)");
  }
  EXPECT_LE(tries, 14);
  EXPECT_GE(tries, 10);
  EXPECT_THAT(Get().problem, HasSubstr("check the clocks"));
}

TEST_F(Own, NothingSecretIsLogged) {
  WithOidc();
  Get();
  Refuse();
  After(seconds(5));
  Grant("canary-token");
  std::vector<Command> commands;
  probe_.outbox.TakeInto(&commands);
  for (const Command& command : commands) {
    if (const auto* line = std::get_if<LogLine>(&command)) {
      for (const auto& [name, value] : line->fields) EXPECT_THAT(value, Not(HasSubstr("canary")));
    }
  }
}

TEST_F(OwnCredentialsTest, NobodyBehindARefusalIsAsked) {
  around_.variables = {{"HOME", "/home/me"}};
  around_.files["/home/me/.aliyun/config.json"] = DumpJson(
      {{"current", "x"}, {"profiles", Json::array({{{"name", "x"}, {"mode", "External"}}})}});
  Make();
  const std::string problem = Get().problem;
  EXPECT_THAT(problem, HasSubstr("profile \"x\": the mode External"));
  EXPECT_THAT(problem, HasSubstr("Nothing behind it is asked"));
  EXPECT_EQ(Asked(), 0U);
  // What is before it still counts.
  around_.variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAI";
  around_.variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "s";
  After(seconds(60));
  EXPECT_TRUE(Get().credentials);
}

TEST_F(OwnCredentialsTest, AWrongClockOfTheNodeCostsOneRequestAndIsTold) {
  WithOidc();
  Get();
  const std::string date = "Fri, 15 Jan 2027 11:00:00 GMT";  // three hours ahead
  probe_.Answer(400, R"({"Code":"InvalidTimeStamp.Expired"})", {{"Date", date}});
  EXPECT_THAT(probe_.Take().target, HasSubstr("Timestamp=2027-01-15T11%3A00%3A00Z"));
  EXPECT_THAT(probe_.Logged(), testing::Contains(HasSubstr("differs from that of STS")));
  Grant("right", hours(4));
  EXPECT_EQ(Token(), "right");
}

}  // namespace
}  // namespace dtsop
