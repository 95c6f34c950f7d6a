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
  source.Get([&](const Result<Credential>& credential) {
    answer.set_value(credential ? credential->token.Reveal()
                                : "error: " + credential.error().message);
  });
  return answer.get_future().get();
}

int64_t VersionOf(TokenSource& source) {
  std::promise<int64_t> answer;
  source.Get([&](const Result<Credential>& credential) {
    answer.set_value(credential ? credential->version : -1);
  });
  return answer.get_future().get();
}

class TokenSources : public ::testing::Test {
 protected:
  TokenSurroundings Around() {
    return {clock_, files_.Reader(), inherited_,
            [this](const ClientCertificate& certificate) -> Result<void> {
              if (certificate.key_pem == SecretString("bad")) return Fail("it does not fit");
              shown_.push_back(certificate.cert_pem);
              return {};
            },
            [this](const Error& error) {
              problem_ = error.message;
              ++problems_;
            }};
  }

  FakeClock clock_;
  FakeFiles files_;
  Environment inherited_ = {{"PATH", "/usr/bin:/bin"}};
  std::vector<std::string> shown_;  // certificates of plugins
  std::string problem_;
  int problems_ = 0;
};

TEST_F(TokenSources, AStaticTokenStaysAndNoTokenIsEmpty) {
  const auto token = MakeTokenSource(SecretString("s"), Around());
  token->Invalidate(VersionOf(*token));
  EXPECT_EQ(TokenOf(*token), "s");
  const int64_t version = VersionOf(*token);
  token->Replace(SecretString("t"));
  EXPECT_EQ(TokenOf(*token), "t");
  EXPECT_NE(VersionOf(*token), version);
  EXPECT_EQ(TokenOf(*MakeTokenSource({}, Around())), "");
}

class TokenFiles : public TokenSources {
 protected:
  std::unique_ptr<TokenSource> source_ = MakeTokenSource(TokenFile{"/token"}, Around());
};

TEST_F(TokenFiles, AFileIsReadAgainAfterTenSeconds) {
  files_.Set("/token", " one\n");
  EXPECT_EQ(TokenOf(*source_), "one");
  files_.Set("/token", "two");
  clock_.Advance(seconds(9));
  EXPECT_EQ(TokenOf(*source_), "one");
  EXPECT_EQ(files_.reads(), 1);
  clock_.Advance(seconds(1));
  EXPECT_EQ(TokenOf(*source_), "two");
}

TEST_F(TokenFiles, ARefusedTokenIsReadAgainAtOnceButOnlyIfItIsTheCurrentOne) {
  files_.Set("/token", "one");
  EXPECT_EQ(TokenOf(*source_), "one");
  const int64_t one = VersionOf(*source_);
  files_.Set("/token", "two");
  source_->Invalidate(one);
  EXPECT_EQ(TokenOf(*source_), "two");
  source_->Invalidate(one);
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
  clock_.Advance(minutes(1));
  EXPECT_EQ(TokenOf(*source_), "one");
  EXPECT_EQ(problems_, 1) << "told again though nothing has changed";
  files_.Set("/token", "bad token");
  clock_.Advance(kTokenFileInterval);
  EXPECT_EQ(TokenOf(*source_), "one");
  EXPECT_THAT(problem_, HasSubstr("/token holds no token"));
  files_.Set("/token", "two");
  EXPECT_EQ(TokenOf(*source_), "one");
  clock_.Advance(kTokenFileInterval);
  EXPECT_EQ(TokenOf(*source_), "two");
}

TEST_F(TokenFiles, AnotherTokenStandsInUntilTheFileCanBeRead) {
  source_ = MakeTokenSource(TokenFile{"/token", SecretString("spare")}, Around());
  EXPECT_EQ(TokenOf(*source_), "spare");
  EXPECT_THAT(problem_, HasSubstr("/token does not exist"));
  files_.Set("/token", "one");
  clock_.Advance(kTokenFileInterval);
  EXPECT_EQ(TokenOf(*source_), "one");
}

TEST_F(TokenFiles, AnotherFileMayTakeItsPlace) {
  files_.Set("/token", "one");
  files_.Set("/other", "two");
  EXPECT_EQ(TokenOf(*source_), "one");
  source_->Replace(TokenFile{"/other", {}});
  EXPECT_EQ(TokenOf(*source_), "two");
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
  Source().Invalidate(VersionOf(Source()) - 1);
  EXPECT_EQ(TokenOf(Source()), "one");
  Source().Invalidate(VersionOf(Source()));
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
    Source().Invalidate(VersionOf(Source()));
  }
  EXPECT_EQ(Runs(), 2);
}

TEST_F(ExecTokens, ACertificateIsShownBeforeAnybodyGetsTheCredential) {
  const auto print = [this](const std::string& cert, const std::string& key) {
    Script("echo '{\"apiVersion\":\"" + std::string(kExecV1) +
           "\",\"kind\":\"ExecCredential\",\"status\":{\"clientCertificateData\":\"" + cert +
           "\",\"clientKeyData\":\"" + key + "\"}}'\n");
  };
  print("c1", "k1");
  EXPECT_EQ(TokenOf(Source()), "");
  EXPECT_EQ(shown_, std::vector<std::string>{"c1"});
  const int64_t first = VersionOf(Source());

  print("c2", "bad");
  Source().Invalidate(first);
  clock_.Advance(kExecRunInterval);
  EXPECT_THAT(TokenOf(Source()), HasSubstr("it does not fit"));
  EXPECT_EQ(shown_.size(), 1U);

  print("c2", "k2");
  clock_.Advance(kExecRunInterval);
  EXPECT_EQ(TokenOf(Source()), "");
  EXPECT_EQ(shown_, (std::vector<std::string>{"c1", "c2"}));
  EXPECT_NE(VersionOf(Source()), first);
}

TEST_F(ExecTokens, ANewPluginIsRunWhenTheOldCredentialIsOver) {
  PrintingScript();
  SetToken("one");
  EXPECT_EQ(TokenOf(Source()), "one");
  ExecSpec missing = spec_;
  missing.command = folder_ + "/missing";
  Source().Replace(missing);
  EXPECT_EQ(TokenOf(Source()), "one");
  Source().Invalidate(VersionOf(Source()));
  clock_.Advance(kExecRunInterval);
  EXPECT_THAT(TokenOf(Source()), HasSubstr("/missing: can't be run"));
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
    Source().Get([promise](const Result<Credential>& credential) {
      promise->set_value(credential ? credential->token.Reveal() : credential.error().message);
    });
  }
  std::ofstream(folder_ + "/ready") << "";
  for (auto& answer : answers) EXPECT_EQ(answer.get(), "one");
  EXPECT_EQ(Runs(), 1);
}

TEST_F(ExecTokens, TheEndOfTheSourceKillsThePluginAndAnswersWhoWaits) {
  Script("touch ready; exec sleep 1000\n");
  std::string answer;
  Source().Get([&](const Result<Credential>& none) { answer = none.error().message; });
  AwaitReady();
  source_.reset();
  EXPECT_EQ(answer, "the operator stops");
}

}  // namespace
}  // namespace dtsop
