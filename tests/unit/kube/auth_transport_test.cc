#include "kube/auth_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "tests/unit/kube/fakes.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Records what is sent; the test (or Cancel) answers.
class FakeTransport final : public HttpTransport {
 public:
  void Send(CallId id, HttpRequest request, HttpSink& sink) override {
    if (on_send) on_send(id);
    sent.push_back(std::move(request));
    ids.push_back(id);
    sinks[id] = &sink;
  }
  void Cancel(CallId id) override {
    canceled.push_back(id);
    HttpResult result;
    result.error = HttpError::kCanceled;
    if (sinks.count(id) != 0) Answer(id, std::move(result));
  }
  void Answer(CallId id, HttpResult result) {
    HttpSink* sink = sinks.at(id);
    sinks.erase(id);
    sink->OnDone(id, std::move(result));
  }
  void AnswerLast(int status) {
    HttpResult result;
    result.status = status;
    Answer(ids.back(), std::move(result));
  }

  std::function<void(CallId)> on_send;
  std::vector<HttpRequest> sent;
  std::vector<CallId> ids;
  std::vector<CallId> canceled;
  std::map<CallId, HttpSink*> sinks;
};

// Answers when the test says so.
class FakeTokens final : public TokenSource {
 public:
  void Get(Callback callback) override { waiting.push_back(std::move(callback)); }
  void Invalidate(int64_t version) override { invalidated.push_back(version); }
  void Replace(const TokenSpec&) override {}
  void Give(const Result<Credential>& credential) {
    for (const Callback& callback : std::exchange(waiting, {})) callback(credential);
  }
  // Each text is another version.
  void Give(const std::string& token) {
    const auto known = versions_.try_emplace(token, static_cast<int64_t>(versions_.size()) + 1);
    Give(Credential{SecretString(token), known.first->second});
  }

  std::vector<Callback> waiting;
  std::vector<int64_t> invalidated;

 private:
  std::map<std::string, int64_t> versions_;
};

class Recorder final : public HttpSink {
 public:
  void OnHead(CallId id, int status) override { log.push_back(fmt(id, "head", status)); }
  void OnChunk(CallId id, std::string_view data) override {
    log.push_back(std::to_string(id) + " chunk " + std::string(data));
  }
  void OnDone(CallId id, HttpResult result) override {
    log.push_back(result.error == HttpError::kNone
                      ? fmt(id, "done", result.status)
                      : std::to_string(id) + " " + std::string(HttpErrorName(result.error)) +
                            (result.sent ? " sent" : " unsent"));
    last = std::move(result);
  }
  static std::string fmt(CallId id, const char* what, int status) {
    return std::to_string(id) + " " + what + " " + std::to_string(status);
  }

  std::vector<std::string> log;
  HttpResult last;
};

class Auth : public ::testing::Test {
 protected:
  void Send(CallId id, HttpRequest request = {}) {
    transport_->Send(id, std::move(request), sink_);
  }
  std::string SentHeader(size_t index, const std::string& name) {
    return std::string(FindHeader(inner_.sent.at(index).headers, name));
  }

  FakeClock clock_;
  FakeTransport inner_;
  FakeTokens tokens_;
  Recorder sink_;
  std::unique_ptr<AuthTransport> transport_ = std::make_unique<AuthTransport>(
      inner_, tokens_, clock_, AuthTransport::Options{"dts-operator/1", "/prefix"});
};

TEST_F(Auth, AddsTheTokenAndSaysWhoAsks) {
  HttpRequest request;
  request.target = "/api?x=1";
  request.headers = {{"X", "y"}};
  Send(1, request);
  EXPECT_THAT(inner_.sent, IsEmpty());
  tokens_.Give("t");
  ASSERT_EQ(inner_.sent.size(), 1U);
  EXPECT_EQ(inner_.sent[0].target, "/prefix/api?x=1");
  EXPECT_EQ(SentHeader(0, "authorization"), "Bearer t");
  EXPECT_EQ(SentHeader(0, "user-agent"), "dts-operator/1");
  EXPECT_EQ(SentHeader(0, "accept"), "application/json");
  EXPECT_EQ(SentHeader(0, "x"), "y");
  inner_.AnswerLast(200);
  EXPECT_THAT(sink_.log, ElementsAre("1 done 200"));
}

TEST_F(Auth, AnEmptyTokenAddsNoHeaderAndTheSameCredentialAgainIsRefusedForGood) {
  HttpRequest request;
  request.headers = {{"Accept", "text/plain"}};
  Send(1, request);
  tokens_.Give("");
  EXPECT_EQ(SentHeader(0, "authorization"), "");
  EXPECT_EQ(SentHeader(0, "accept"), "text/plain");
  inner_.AnswerLast(401);
  tokens_.Give("");
  EXPECT_THAT(sink_.log, ElementsAre("1 done 401"));
  EXPECT_EQ(inner_.sent.size(), 1U);
}

TEST_F(Auth, ARefusedCertificateIsRenewedLikeAToken) {
  Send(1, HttpRequest());
  tokens_.Give(Credential{SecretString(), 7});
  inner_.AnswerLast(401);
  EXPECT_THAT(tokens_.invalidated, ElementsAre(7));
  tokens_.Give(Credential{SecretString(), 8});
  ASSERT_EQ(inner_.sent.size(), 2U);
  inner_.AnswerLast(200);
  EXPECT_THAT(sink_.log, ElementsAre("1 done 200"));
}

TEST_F(Auth, ARefusedTokenIsRenewedAndTheRequestRepeatedOnce) {
  HttpRequest request;
  request.method = "PUT";
  request.body = "{}";
  Send(1, request);
  tokens_.Give("old");
  inner_.AnswerLast(401);
  EXPECT_THAT(tokens_.invalidated, ElementsAre(1));
  tokens_.Give("new");
  ASSERT_EQ(inner_.sent.size(), 2U);
  EXPECT_NE(inner_.ids[0], inner_.ids[1]);
  EXPECT_EQ(inner_.sent[1].body, "{}");
  EXPECT_EQ(inner_.sent[1].target, "/prefix/");
  EXPECT_EQ(SentHeader(1, "authorization"), "Bearer new");
  EXPECT_THAT(sink_.log, IsEmpty());
  inner_.AnswerLast(401);
  EXPECT_THAT(sink_.log, ElementsAre("1 done 401"));
  EXPECT_EQ(inner_.sent.size(), 2U);
}

TEST_F(Auth, TheSameTokenAgainIsNotSentAgain) {
  Send(1);
  tokens_.Give("old");
  inner_.AnswerLast(401);
  tokens_.Give("old");
  EXPECT_EQ(inner_.sent.size(), 1U);
  EXPECT_THAT(sink_.log, ElementsAre("1 done 401"));
}

TEST_F(Auth, WithoutAnyTokenNothingIsSent) {
  Send(1);
  tokens_.Give(Fail("no file"));
  EXPECT_THAT(inner_.sent, IsEmpty());
  EXPECT_THAT(sink_.log, ElementsAre("1 other unsent"));
  EXPECT_THAT(sink_.last.detail, HasSubstr("no file"));
}

TEST_F(Auth, AFailedRenewalGivesThe401AndTheReason) {
  Send(1);
  tokens_.Give("old");
  inner_.AnswerLast(401);
  tokens_.Give(Fail("plugin broke"));
  EXPECT_THAT(sink_.log, ElementsAre("1 done 401"));
  EXPECT_THAT(sink_.last.detail, HasSubstr("plugin broke"));
}

TEST_F(Auth, AStreamIsPassedThroughUnderTheCallersIdAlsoWhenRepeated) {
  Send(1);
  tokens_.Give("old");
  inner_.AnswerLast(401);
  tokens_.Give("new");
  HttpSink* stream = inner_.sinks.begin()->second;
  stream->OnHead(inner_.ids.back(), 200);
  stream->OnChunk(inner_.ids.back(), "line");
  inner_.AnswerLast(200);
  EXPECT_THAT(sink_.log, ElementsAre("1 head 200", "1 chunk line", "1 done 200"));
}

TEST_F(Auth, OtherFailuresPassThroughUnchanged) {
  Send(1);
  tokens_.Give("t");
  HttpResult result;
  result.error = HttpError::kTimeout;
  result.status = 401;
  inner_.Answer(1, result);
  EXPECT_THAT(sink_.log, ElementsAre("1 timeout sent"));
}

TEST_F(Auth, CancelWorksAtEveryStage) {
  Send(1);  // waits for its first token
  transport_->Cancel(1);
  tokens_.Give("old");
  EXPECT_THAT(inner_.sent, IsEmpty());
  Send(2);  // is with the inner transport
  tokens_.Give("old");
  transport_->Cancel(2);
  EXPECT_THAT(inner_.canceled, ElementsAre(2));
  Send(3);  // waits for its second token
  tokens_.Give("old");
  inner_.AnswerLast(401);
  transport_->Cancel(3);
  tokens_.Give("new");
  Send(4);  // is repeated
  tokens_.Give("old");
  inner_.AnswerLast(401);
  tokens_.Give("new");
  transport_->Cancel(4);
  EXPECT_EQ(inner_.canceled.back(), 4 | AuthTransport::kRepeatIdBit);
  transport_->Cancel(4);
  transport_->Cancel(99);
  EXPECT_THAT(sink_.log, ElementsAre("1 canceled unsent", "2 canceled sent", "3 canceled unsent",
                                     "4 canceled sent"));
}

TEST_F(Auth, CancelWhileTheCallIsHandedOverIsNotLost) {
  inner_.on_send = [this](CallId id) { transport_->Cancel(id); };
  Send(1);
  tokens_.Give("t");
  EXPECT_THAT(inner_.canceled, ElementsAre(1));
  EXPECT_THAT(sink_.log, ElementsAre("1 canceled sent"));
}

TEST_F(Auth, WaitingForATokenCountsTowardsTheWholeTime) {
  HttpRequest request;
  request.total_timeout = seconds(10);
  Send(1, request);
  clock_.Advance(seconds(4));
  tokens_.Give("t");
  EXPECT_EQ(inner_.sent[0].total_timeout, seconds(6));
  Send(2, request);
  clock_.Advance(seconds(10));
  tokens_.Give("t");
  EXPECT_EQ(inner_.sent.size(), 1U);
  request.total_timeout = Duration::zero();
  Send(3, request);
  clock_.Advance(hours(1));
  tokens_.Give("t");
  EXPECT_EQ(inner_.sent[1].total_timeout, Duration::zero());
  EXPECT_THAT(sink_.log, ElementsAre("2 timeout unsent"));
}

TEST_F(Auth, TheEndAnswersEveryCallAndNothingComesAfter) {
  Send(1);
  Send(2);
  tokens_.Give("t");
  Send(3);
  transport_.reset();
  EXPECT_THAT(sink_.log, ::testing::UnorderedElementsAre("1 canceled sent", "2 canceled sent",
                                                         "3 canceled unsent"));
  tokens_.Give("late");
  EXPECT_EQ(inner_.sent.size(), 2U);
  EXPECT_EQ(sink_.log.size(), 3U);
}

}  // namespace
}  // namespace dtsop
