#include "kube/token_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "kube/exec_plugin.h"
#include "tests/unit/kube/fakes.h"
#include "tests/unit/kube/scripted_plugin.h"

namespace dtsop {
namespace {

using ::testing::HasSubstr;

// The token, or "error: ...". Waits for a source that answers from its own thread.
std::string TokenOf(TokenSource& source) {
  std::promise<std::string> answer;
  source.Get([&](const Result<SecretString>& token) {
    answer.set_value(token ? token->Reveal() : "error: " + token.error().message);
  });
  return answer.get_future().get();
}

class TokenSources : public ::testing::Test {
 protected:
  TokenSurroundings Around() {
    return {clock_, files_.Reader(), inherited_,
            [this](const Error& error) { problem_ = error.message; }};
  }

  FakeClock clock_;
  FakeFiles files_;
  Environment inherited_ = {{"PATH", "/usr/bin:/bin"}};
  std::string problem_;
};

TEST_F(TokenSources, AStaticTokenStaysAndNoTokenIsEmpty) {
  const auto token = MakeTokenSource(SecretString("s"), Around());
  token->Invalidate(SecretString("s"));
  EXPECT_EQ(TokenOf(*token), "s");
  EXPECT_EQ(TokenOf(*MakeTokenSource({}, Around())), "");
}

class TokenFiles : public TokenSources {
 protected:
  std::unique_ptr<TokenSource> source_ = MakeTokenSource(TokenFile{"/token"}, Around());
};

TEST_F(TokenFiles, AFileIsReadAgainAfterAMinute) {
  files_.Set("/token", " one\n");
  EXPECT_EQ(TokenOf(*source_), "one");
  files_.Set("/token", "two");
  clock_.Advance(seconds(59));
  EXPECT_EQ(TokenOf(*source_), "one");
  EXPECT_EQ(files_.reads(), 1);
  clock_.Advance(seconds(1));
  EXPECT_EQ(TokenOf(*source_), "two");
}

TEST_F(TokenFiles, ARefusedTokenIsReadAgainAtOnceButOnlyIfItIsTheCurrentOne) {
  files_.Set("/token", "one");
  EXPECT_EQ(TokenOf(*source_), "one");
  files_.Set("/token", "two");
  source_->Invalidate(SecretString("one"));
  EXPECT_EQ(TokenOf(*source_), "two");
  source_->Invalidate(SecretString("one"));
  EXPECT_EQ(TokenOf(*source_), "two");
  EXPECT_EQ(files_.reads(), 2);
}

TEST_F(TokenFiles, AFailedReadKeepsTheLastTokenAndReports) {
  files_.Set("/token", "one");
  EXPECT_EQ(TokenOf(*source_), "one");
  files_.Remove("/token");
  clock_.Advance(minutes(1));
  EXPECT_EQ(TokenOf(*source_), "one");
  EXPECT_THAT(problem_, HasSubstr("/token does not exist"));
  files_.Set("/token", "bad token");
  clock_.Advance(kTokenFileRetry);
  EXPECT_EQ(TokenOf(*source_), "one");
  EXPECT_THAT(problem_, HasSubstr("/token holds no token"));
  files_.Set("/token", "two");
  EXPECT_EQ(TokenOf(*source_), "one");
  clock_.Advance(kTokenFileRetry);
  EXPECT_EQ(TokenOf(*source_), "two");
}

TEST_F(TokenFiles, AnotherTokenStandsInUntilTheFileCanBeRead) {
  source_ = MakeTokenSource(TokenFile{"/token", SecretString("spare")}, Around());
  EXPECT_EQ(TokenOf(*source_), "spare");
  EXPECT_THAT(problem_, HasSubstr("/token does not exist"));
  files_.Set("/token", "one");
  clock_.Advance(kTokenFileRetry);
  EXPECT_EQ(TokenOf(*source_), "one");
}

TEST_F(TokenFiles, WithoutAnyTokenEachCallFailsUntilTheFileIsThere) {
  EXPECT_EQ(TokenOf(*source_), "error: token file /token does not exist");
  files_.Set("/token", "one");
  EXPECT_EQ(TokenOf(*source_), "one");
}

class ExecTokens : public TokenSources, protected ScriptedPlugin {
 protected:
  void TearDown() override { source_.reset(); }
  // A script that prints the token in the file "token".
  void PrintingScript(const std::string& expiry = "") {
    const std::string more = expiry.empty() ? "" : ",\"expirationTimestamp\":\"" + expiry + "\"";
    Script("echo '{\"apiVersion\":\"" + std::string(kExecV1) +
           "\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"'$(cat token)'\"" + more +
           "}}'\n");
  }
  void SetToken(const std::string& token) { std::ofstream(folder_ + "/token") << token; }
  int Runs() const {
    std::ifstream file(folder_ + "/runs");
    int runs = 0;
    for (std::string line; std::getline(file, line);) ++runs;
    return runs;
  }
  TokenSource& Source() {
    if (!source_) source_ = MakeTokenSource(spec_, Around());
    return *source_;
  }

  std::unique_ptr<TokenSource> source_;
};

TEST_F(ExecTokens, ATokenWithoutExpiryIsKeptUntilItIsRefused) {
  PrintingScript();
  SetToken("one");
  EXPECT_EQ(TokenOf(Source()), "one");
  clock_.Advance(hours(1000));
  EXPECT_EQ(TokenOf(Source()), "one");
  EXPECT_EQ(Runs(), 1);
  SetToken("two");
  Source().Invalidate(SecretString("other"));
  EXPECT_EQ(TokenOf(Source()), "one");
  Source().Invalidate(SecretString("one"));
  EXPECT_EQ(TokenOf(Source()), "two");
  EXPECT_EQ(Runs(), 2);
}

TEST_F(ExecTokens, ATokenIsReplacedShortlyBeforeItExpires) {
  const WallTime expiry = clock_.Read().wall + minutes(10);
  PrintingScript(FormatRfc3339(expiry));
  SetToken("one");
  EXPECT_EQ(TokenOf(Source()), "one");
  SetToken("two");
  clock_.Advance(minutes(10) - kExecExpiryLeeway - seconds(1));
  EXPECT_EQ(TokenOf(Source()), "one");
  clock_.Advance(seconds(1));
  EXPECT_EQ(TokenOf(Source()), "two");
}

TEST_F(ExecTokens, AFailedRenewalKeepsATokenThatHoldsAndReports) {
  PrintingScript(FormatRfc3339(clock_.Read().wall + minutes(10)));
  SetToken("one");
  EXPECT_EQ(TokenOf(Source()), "one");
  Script("exit 1\n");
  clock_.Advance(minutes(10) - kExecExpiryLeeway);
  EXPECT_EQ(TokenOf(Source()), "one");
  EXPECT_THAT(problem_, HasSubstr("exited with code 1"));
  clock_.Advance(kExecExpiryLeeway);
  EXPECT_THAT(TokenOf(Source()), HasSubstr("error: credential plugin"));
}

TEST_F(ExecTokens, AStormOfRefusalsOrFailuresDoesNotRunThePluginAgainAndAgain) {
  Script("exit 1\n");
  for (int i = 0; i < 5; ++i) EXPECT_THAT(TokenOf(Source()), HasSubstr("exited with code 1"));
  EXPECT_EQ(Runs(), 1);
  PrintingScript();
  SetToken("one");
  clock_.Advance(kExecRunInterval);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(TokenOf(Source()), "one");
    Source().Invalidate(SecretString("one"));
  }
  EXPECT_EQ(Runs(), 2);
}

TEST_F(ExecTokens, AllWhoWaitShareOneRunAndGetNeverBlocks) {
  SetToken("one");
  Script("while [ ! -e ready ]; do sleep 0.01; done; echo '{\"apiVersion\":\"" +
         std::string(kExecV1) +
         "\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"one\"}}'\n");
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 50; ++i) {
    auto promise = std::make_shared<std::promise<std::string>>();
    answers.push_back(promise->get_future());
    Source().Get([promise](const Result<SecretString>& token) {
      promise->set_value(token ? token->Reveal() : token.error().message);
    });
  }
  std::ofstream(folder_ + "/ready") << "";
  for (auto& answer : answers) EXPECT_EQ(answer.get(), "one");
  EXPECT_EQ(Runs(), 1);
}

TEST_F(ExecTokens, TheEndOfTheSourceKillsThePluginAndAnswersWhoWaits) {
  Script("touch ready; exec sleep 1000\n");
  std::string answer;
  Source().Get([&](const Result<SecretString>& token) { answer = token.error().message; });
  AwaitReady();
  source_.reset();
  EXPECT_EQ(answer, "the operator stops");
}

}  // namespace
}  // namespace dtsop
