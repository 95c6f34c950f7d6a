#include "credentials/answer.h"

#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

class AnswerTest : public ProviderTest {
 protected:
  Step Read(const Json& fields, HttpHeaders headers = {}) {
    return TemporaryCredentials("sts.example", fields, AnswerOf(200, "", std::move(headers)), now_);
  }
};

TEST_F(AnswerTest, HoldsCredentialsAndTheirLifetime) {
  const Step step = Read(Temporary());
  ExpectGrant(step, "STS.id", "sts-token");
  EXPECT_EQ(std::get<Grant>(step).lifetime, hours(1));
}

TEST_F(AnswerTest, CountsTheLifetimeByTheServersClock) {
  now_.wall += hours(3);
  const Step step = Read(Temporary(), {{"Date", "Tue, 24 Nov 2026 13:15:00 GMT"}});
  ASSERT_TRUE(std::holds_alternative<Grant>(step)) << Failure(step);
  EXPECT_EQ(std::get<Grant>(step).lifetime, minutes(45));
}

TEST_F(AnswerTest, ThatHasExpiredAtBirthSaysToCheckTheClocks) {
  now_.wall += hours(1);
  EXPECT_THAT(Failure(Read(Temporary())), HasSubstr("check the clocks"));
}

// In nanoseconds the time since then overflows and would be centuries to go.
TEST_F(AnswerTest, ThatExpiredCenturiesAgoGrantsNothing) {
  for (const char* expiration : {"1700-01-01T00:00:00Z", "1732-01-01T00:00:00Z"}) {
    Json fields = Temporary();
    fields["Expiration"] = expiration;
    EXPECT_THAT(Failure(Read(fields)), HasSubstr("has no usable Expiration")) << expiration;
  }
}

TEST_F(AnswerTest, OfWhichAnythingIsMissingOrMalformedFailsWithoutQuotingIt) {
  for (const std::string& body : BadBodies()) {
    const std::string why = Failure(Read(ParseJson(body).value_or(Json())));
    EXPECT_THAT(why, HasSubstr("sts.example")) << body;
    EXPECT_THAT(why, Not(HasSubstr("hunter2"))) << body;
  }
}

TEST_F(AnswerTest, ATokenMayHave64KiB) {
  Json fields = Temporary();
  fields["SecurityToken"] = std::string(1U << 16, 'x');
  ExpectGrant(Read(fields), "STS.id", std::string(1U << 16, 'x'));
  fields["SecurityToken"] = std::string((1U << 16) + 1, 'x');
  EXPECT_THAT(Failure(Read(fields)),
              HasSubstr("malformed SecurityToken: it is longer than 64 KiB"));
}

TEST_F(AnswerTest, ARequestIsBoundedInTimeAndSizeAndDoesNotWaitForOthers) {
  const HttpRequest request =
      CredentialsRequest("GET", "https://a.example", "/x", seconds(5), seconds(10));
  EXPECT_EQ(request.total_timeout, seconds(15));
  EXPECT_EQ(request.body_bytes_max, 1U << 18);
  EXPECT_TRUE(request.urgent);
}

}  // namespace
}  // namespace dtsop
