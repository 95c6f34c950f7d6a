#include "kube/client_rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/kube/fakes.h"

namespace dtsop {
namespace {

using ::testing::HasSubstr;

class Rotations : public ::testing::Test {
 protected:
  static ClientConfig Config() {
    ClientConfig config;
    config.server = "https://a:6443";
    config.ca_pem = "ca1";
    config.client_cert_pem = "cert1";
    config.client_key_pem = SecretString("key1");
    config.origin = "kubeconfig /k";
    config.token = SecretString("one");
    return config;
  }
  std::string Token() {
    std::string token;
    tokens_->Get([&](const Result<Credential>& now) { token = now->token.Reveal(); });
    return token;
  }
  // "changed", "same" or the error.
  std::string Use(const ClientConfig& fresh) {
    const auto used = rotation_.Use(fresh, *tokens_);
    if (!used) return used.error().message;
    return *used ? "changed" : "same";
  }

  FakeClock clock_;
  std::unique_ptr<TokenSource> tokens_ =
      MakeTokenSource(Config().token, {clock_, nullptr, {}, nullptr, nullptr});
  std::vector<TlsOptions> used_;
  ClientRotation rotation_{Config(), [this](const TlsOptions& options) -> Result<void> {
                             if (options.ca_pem == "bad") return Fail("not PEM");
                             used_.push_back(options);
                             return {};
                           }};
};

TEST_F(Rotations, UsesWhatHasChangedAndNothingElse) {
  ClientConfig fresh = Config();
  EXPECT_EQ(Use(fresh), "same");
  EXPECT_TRUE(used_.empty());
  fresh.ca_pem = "ca2";
  EXPECT_EQ(Use(fresh), "changed");
  fresh.client_cert_pem = "cert2";
  fresh.client_key_pem = SecretString("key2");
  EXPECT_EQ(Use(fresh), "changed");
  ASSERT_EQ(used_.size(), 2U);
  EXPECT_EQ(used_[1], (TlsOptions{"ca2", "cert2", SecretString("key2"), ""}));
  fresh.token = SecretString("two");
  EXPECT_EQ(Use(fresh), "changed");
  EXPECT_EQ(used_.size(), 2U) << "a token takes no new connections";
  EXPECT_EQ(Token(), "two");
}

TEST_F(Rotations, WhatCannotBeUsedChangesNothing) {
  ClientConfig fresh = Config();
  fresh.ca_pem = "bad";
  fresh.token = SecretString("two");
  EXPECT_EQ(Use(fresh), "not PEM");
  EXPECT_EQ(Token(), "one");
  fresh.ca_pem = "ca2";
  EXPECT_EQ(Use(fresh), "changed");
  EXPECT_EQ(Token(), "two");
}

TEST_F(Rotations, AnotherServerContextOrKindOfCredentialTakesARestart) {
  ClientConfig fresh = Config();
  fresh.server = "https://b:6443";
  EXPECT_THAT(Use(fresh), HasSubstr("restart"));
  fresh = Config();
  fresh.path_prefix = "/b";
  EXPECT_THAT(Use(fresh), HasSubstr("restart"));
  fresh = Config();
  fresh.origin = "the pod's service account";
  EXPECT_THAT(Use(fresh), HasSubstr("restart"));
  fresh = Config();
  fresh.token = TokenFile{"/t", {}};
  EXPECT_THAT(Use(fresh), HasSubstr("restart"));
  EXPECT_TRUE(used_.empty());
}

TEST_F(Rotations, APluginsCertificateStaysWhenTheCaChanges) {
  ASSERT_TRUE(rotation_.UsePluginCertificate({"plugin", SecretString("its key")}));
  EXPECT_EQ(used_.back(), (TlsOptions{"ca1", "plugin", SecretString("its key"), ""}));
  ClientConfig fresh = Config();
  fresh.ca_pem = "ca2";
  EXPECT_EQ(Use(fresh), "changed");
  EXPECT_EQ(used_.back(), (TlsOptions{"ca2", "plugin", SecretString("its key"), ""}));
  ASSERT_TRUE(rotation_.UsePluginCertificate({}));
  EXPECT_EQ(used_.back(), (TlsOptions{"ca2", "cert1", SecretString("key1"), ""}));
}

}  // namespace
}  // namespace dtsop
