#include "app/metrics_access.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "base/json.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kMay = 0;  // in place of a status: no refusal

class FakeApiServer final : public HttpTransport {
 public:
  void Send(CallId id, HttpRequest request, HttpSink& sink) override {
    sent.push_back({id, std::move(request), &sink});
    if (answer_at_once) Answer(sent.size() - 1, 403, "{}");
  }
  void Cancel(CallId) override {}
  void Answer(size_t call, int status, std::string body) {
    HttpResult result;
    result.status = status;
    result.body = std::move(body);
    sent.at(call).sink->OnDone(sent.at(call).id, std::move(result));
  }

  struct Call {
    CallId id;
    HttpRequest request;
    HttpSink* sink;
  };
  std::vector<Call> sent;
  bool answer_at_once = false;
};

class FakeClock final : public Clock {
 public:
  Now Read() const override { return {now, WallTime()}; }
  MonoTime now{hours(1)};
};

class MetricsAccessTest : public ::testing::Test {
 protected:
  static constexpr char kKnown[] =
      R"({"status":{"authenticated":true,"user":{"username":"prom","groups":["g"]}}})";
  static constexpr char kAllowed[] = R"({"status":{"allowed":true}})";

  // The place in `answers_` of the answer to a request with this Authorization header.
  size_t Ask(const std::string& authorization) {
    const size_t place = answers_.size();
    answers_.emplace_back();
    ServerRequest request;
    if (!authorization.empty()) request.headers = {{"authorization", authorization}};
    access_.Check(request, [this, place](const std::optional<ServerReply>& refusal) {
      EXPECT_FALSE(answers_[place].has_value()) << "answered twice";
      answers_[place] = refusal ? refusal->status : kMay;
      if (refusal) refusal_ = *refusal;
    });
    return place;
  }
  // Lets `token` in.
  void Admit(const std::string& token) {
    const size_t first = api_.sent.size();
    Ask("Bearer " + token);
    api_.Answer(first, 201, kKnown);
    api_.Answer(first + 1, 201, kAllowed);
  }

  FakeApiServer api_;
  FakeClock clock_;
  std::vector<std::string> log_;
  MetricsAccess access_{api_, clock_,
                        [this](LogLevel, std::string_view message, const LogFields& fields) {
                          log_.push_back(fmt::format("{}: {}", message, fields.at(0).second));
                        }};
  std::vector<std::optional<int>> answers_;
  ServerReply refusal_;
};

TEST_F(MetricsAccessTest, WhoShowsNoBearerTokenIsAskedForOne) {
  for (const char* header : {"", "Basic abc", "Bearer ", "bearer", "Bearer"}) Ask(header);
  EXPECT_THAT(answers_, ElementsAre(401, 401, 401, 401, 401));
  EXPECT_EQ(FindHeader(refusal_.headers, "WWW-Authenticate"), "Bearer");
  EXPECT_THAT(api_.sent, IsEmpty());
}

TEST_F(MetricsAccessTest, TheApiServerIsAskedWhoseTheTokenIsAndWhatTheOwnerMay) {
  Ask("bearer  good");
  ASSERT_THAT(api_.sent, SizeIs(1));
  EXPECT_EQ(api_.sent[0].request.target, "/apis/authentication.k8s.io/v1/tokenreviews");
  const Json token = *ParseJson(api_.sent[0].request.body);
  EXPECT_EQ(Member(token, "spec", "token"), "good");
  EXPECT_GE(api_.sent[0].id, MetricsAccess::kFirstCall);
  api_.Answer(0, 201, kKnown);
  ASSERT_THAT(api_.sent, SizeIs(2));
  EXPECT_EQ(api_.sent[1].request.target, "/apis/authorization.k8s.io/v1/subjectaccessreviews");
  const Json access = *ParseJson(api_.sent[1].request.body);
  EXPECT_EQ(Member(access, "spec", "user"), "prom");
  EXPECT_EQ(Member(access, "spec", "groups"), Json({"g"}));
  EXPECT_EQ(Member(access, "spec", "nonResourceAttributes"),
            Json({{"path", "/metrics"}, {"verb", "get"}}));
  EXPECT_THAT(answers_, ElementsAre(std::nullopt));
  api_.Answer(1, 201, kAllowed);
  EXPECT_THAT(answers_, ElementsAre(kMay));
}

TEST_F(MetricsAccessTest, AnUnknownTokenIs401AndOneWithoutTheRightIs403) {
  Ask("Bearer unknown");
  api_.Answer(0, 201, R"({"status":{"error":"expired"}})");
  Ask("Bearer weak");
  api_.Answer(1, 201, kKnown);
  api_.Answer(2, 201, R"({"status":{"allowed":false}})");
  EXPECT_THAT(answers_, ElementsAre(401, 403));
  EXPECT_THAT(refusal_.body, HasSubstr("nonResourceURLs"));
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(MetricsAccessTest, AnAnswerCountsForAWhileAndIsAskedForAgainThen) {
  Admit("good");
  clock_.now += MetricsAccess::kAllowedFor - seconds(1);
  Ask("Bearer good");
  EXPECT_THAT(answers_, ElementsAre(kMay, kMay));
  EXPECT_THAT(api_.sent, SizeIs(2));
  clock_.now += seconds(1);
  Ask("Bearer good");
  ASSERT_THAT(api_.sent, SizeIs(3));
  api_.Answer(2, 201, R"({"status":{}})");
  EXPECT_EQ(answers_.back(), 401);
  clock_.now += MetricsAccess::kRefusedFor;
  Ask("Bearer good");
  EXPECT_THAT(api_.sent, SizeIs(4));
}

TEST_F(MetricsAccessTest, RequestsWithOneTokenWaitForOneReview) {
  Ask("Bearer good");
  Ask("Bearer good");
  ASSERT_THAT(api_.sent, SizeIs(1));
  api_.Answer(0, 201, kKnown);
  api_.Answer(1, 201, kAllowed);
  EXPECT_THAT(answers_, ElementsAre(kMay, kMay));
}

TEST_F(MetricsAccessTest, WithoutAnAnswerOfTheApiServerItIs503AndTheLogSaysWhyNowAndThen) {
  for (int i = 0; i < 5; ++i) {
    Ask("Bearer good");
    api_.Answer(api_.sent.size() - 1, 403,
                R"({"kind":"Status","reason":"Forbidden","message":"cannot create tokenreviews"})");
  }
  EXPECT_THAT(answers_, ElementsAre(503, 503, 503, 503, 503));
  ASSERT_THAT(log_, SizeIs(3));  // the 1st, 2nd and 4th time
  EXPECT_THAT(log_[0], HasSubstr("cannot create tokenreviews"));
  EXPECT_THAT(log_[0], Not(HasSubstr("good")));
}

TEST_F(MetricsAccessTest, AnAnswerInsideOfTheCallIsTakenToo) {
  api_.answer_at_once = true;
  Ask("Bearer good");
  EXPECT_THAT(answers_, ElementsAre(503));
}

TEST_F(MetricsAccessTest, AFloodOfTokensIsNoneForTheApiServerAndForgetsNobody) {
  Admit("good");
  for (size_t i = 0; i < MetricsAccess::kUnderReviewMax + 5; ++i) Ask(fmt::format("Bearer x{}", i));
  EXPECT_THAT(api_.sent, SizeIs(2 + MetricsAccess::kUnderReviewMax));
  EXPECT_EQ(answers_.back(), 503);
  for (size_t i = 2; i < 2 + MetricsAccess::kUnderReviewMax; ++i) {
    api_.Answer(i, 201, R"({"status":{}})");
  }
  for (size_t i = 0; i < 2 * MetricsAccess::kRememberedMax; ++i) {
    Ask(fmt::format("Bearer y{}", i));
    api_.Answer(api_.sent.size() - 1, 201, R"({"status":{}})");
  }
  const size_t asked = api_.sent.size();
  Ask("Bearer good");
  EXPECT_EQ(answers_.back(), kMay);
  EXPECT_EQ(api_.sent.size(), asked);
}

TEST_F(MetricsAccessTest, AfterStopNothingIsSentAndNobodyIsAnswered) {
  Ask("Bearer good");
  Ask("Bearer late");
  api_.Answer(0, 201, kKnown);
  access_.Stop();
  api_.Answer(1, 201, kKnown);
  api_.Answer(2, 201, kAllowed);
  Ask("Bearer new");
  EXPECT_THAT(answers_, ElementsAre(std::nullopt, std::nullopt, std::nullopt));
  EXPECT_THAT(api_.sent, SizeIs(3));
}

}  // namespace
}  // namespace dtsop
