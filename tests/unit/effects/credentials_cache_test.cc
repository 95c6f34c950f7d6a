#include "effects/credentials_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "tests/support/outbox_probe.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Json Secret(const std::string& id, const std::string& secret, const std::string& token = "") {
  Json data = {{"accessKeyId", Base64Encode(id)}, {"accessKeySecret", Base64Encode(secret)}};
  if (!token.empty()) data["securityToken"] = Base64Encode(token);
  return {{"kind", "Secret"}, {"type", "Opaque"}, {"data", data}};
}

TEST(CredentialsFromSecret, ReadsAllThreeKeys) {
  const auto keys = CredentialsFromSecret(Secret("LTAI", "s3cret", "token"));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->access_key_id, "LTAI");
  EXPECT_EQ(keys->access_key_secret.Reveal(), "s3cret");
  EXPECT_EQ(keys->security_token.Reveal(), "token");
  const auto without = CredentialsFromSecret(Secret("LTAI", "s3cret"));
  ASSERT_TRUE(without) << "the token is optional";
  EXPECT_TRUE(without->security_token.empty());
}

TEST(CredentialsFromSecret, ALineBreakOfEchoIsCutOff) {
  const auto keys = CredentialsFromSecret(Secret("LTAI\n", " s3cret\r\n"));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->access_key_id, "LTAI");
  EXPECT_EQ(keys->access_key_secret.Reveal(), "s3cret");
}

TEST(CredentialsFromSecret, WhatCannotBeAnAccessKeyIsRefusedWithoutQuotingIt) {
  const std::string bad_values[] = {"hunter2 x", "hunter2\r\nX-Evil: 1", "hunter2\xc3\xa9",
                                    "hunter2\x7f", std::string("hunter2\0x", 9)};
  for (const std::string& bad : bad_values) {
    const auto keys = CredentialsFromSecret(Secret("LTAI", bad));
    ASSERT_FALSE(keys);
    EXPECT_THAT(keys.error().message, HasSubstr("accessKeySecret"));
    EXPECT_THAT(keys.error().message, Not(HasSubstr("hunter2")));
  }
  EXPECT_FALSE(CredentialsFromSecret(Secret("LTAI", "\n")));
  EXPECT_FALSE(CredentialsFromSecret(Secret("LTAI", std::string((1U << 16) + 1, 'x'))));
}

TEST(CredentialsFromSecret, QuotesAndAByteOrderMarkAreNamed) {
  for (const char* bad : {"\"hunter2\"", "'hunter2'", "hunter2\"", "`hunter2`"}) {
    const auto keys = CredentialsFromSecret(Secret(bad, "s3cret"));
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().message,
              "has a value in \"accessKeyId\" that can't be an AccessKey: the quotation marks "
              "around it count as part of it; leave them out");
  }
  const auto keys = CredentialsFromSecret(Secret("LTAI", "\xEF\xBB\xBFhunter2"));
  ASSERT_FALSE(keys);
  EXPECT_THAT(keys.error().message, HasSubstr("\"accessKeySecret\""));
  EXPECT_THAT(keys.error().message, HasSubstr("byte order mark"));
}

TEST(CredentialsFromSecret, ATokenMayHave64KiB) {
  EXPECT_TRUE(CredentialsFromSecret(Secret("LTAI", "s3cret", std::string(1U << 16, 'x'))));
}

TEST(CredentialsFromSecret, MissingKeysBrokenBase64AndForeignTypesAreNamed) {
  Json secret = Secret("LTAI", "s3cret");
  secret["data"].erase("accessKeyId");
  EXPECT_THAT(CredentialsFromSecret(secret).error().message, HasSubstr("no key \"accessKeyId\""));
  secret["data"]["accessKeyId"] = "not base64!";
  EXPECT_THAT(CredentialsFromSecret(secret).error().message, HasSubstr("broken base64"));
  secret["data"]["accessKeyId"] = 7;
  EXPECT_FALSE(CredentialsFromSecret(secret));
  secret = Secret("LTAI", "s3cret");
  secret["type"] = "kubernetes.io/service-account-token";
  EXPECT_THAT(CredentialsFromSecret(secret).error().message, HasSubstr("service-account-token"));
  EXPECT_FALSE(CredentialsFromSecret(Json::array()));
  EXPECT_FALSE(CredentialsFromSecret(Json()));
}

class Cache : public ::testing::Test {
 protected:
  Cache() {
    job_.key = {"shop", "orders"};
    job_.spec.credentials_secret = "dts";
  }
  CredentialsCache::Entry For() { return cache_.For(job_, probe_.now); }
  void Fetch() { cache_.Fetch(job_, probe_.now); }
  void Sweep(bool is_named) {
    cache_.Sweep([is_named](const ObjectKey&) { return is_named; }, probe_.now);
  }

  OutboxProbe probe_;
  Result<std::optional<std::string>> file_ = std::nullopt;
  Random random_{1};
  OwnCredentials own_{{.file = "/keys"},
                      {[](const std::string&) { return std::nullopt; },
                       [this](const std::string&) { return file_; }},
                      probe_.outbox,
                      random_,
                      [](Now) {}};
  int reads_ = 0;
  CredentialsCache cache_{
      probe_.outbox, own_, {"shop"}, random_, [this](const ObjectKey& key, Now) {
        EXPECT_EQ(key.ToString(), "shop/dts");
        ++reads_;
      }};
  DtsJob job_;
};

TEST_F(Cache, KnowsNothingUntilTheSecretHasBeenRead) {
  EXPECT_FALSE(For().credentials);
  EXPECT_EQ(For().problem, "");
  Fetch();
  EXPECT_EQ(probe_.Take().target, "/api/v1/namespaces/shop/secrets/dts");
  EXPECT_FALSE(For().credentials);
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
  EXPECT_EQ(reads_, 1);
  EXPECT_EQ(For().credentials->access_key_id, "LTAI");
  EXPECT_FALSE(For().expired);
}

TEST_F(Cache, ReadsOnceHoweverManyAsk) {
  Fetch();
  Fetch();
  EXPECT_EQ(probe_.sent().size(), 1U);
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
  Fetch();
  EXPECT_TRUE(probe_.sent().empty()) << "read a moment ago";
}

TEST_F(Cache, ExpiresAfterAMinute) {
  Fetch();
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
  probe_.Advance(seconds(61));
  EXPECT_TRUE(For().expired);
}

TEST_F(Cache, CredentialsThatDtsCallsExpiredAreReadAgainAtOnce) {
  Fetch();
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret", "old")));
  const uint64_t version = For().version;
  cache_.Invalidate(job_);
  EXPECT_TRUE(For().expired);
  Fetch();
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret", "new")));
  EXPECT_FALSE(For().expired);
  EXPECT_EQ(For().credentials->security_token.Reveal(), "new");
  EXPECT_NE(For().version, version);
}

TEST_F(Cache, TheSameCredentialsAgainKeepTheirVersion) {
  Fetch();
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
  const uint64_t version = For().version;
  probe_.Advance(seconds(61));
  Fetch();
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
  EXPECT_EQ(For().version, version);
}

TEST_F(Cache, AnUnwellApiServerDoesNotTakeCredentialsAway) {
  Fetch();
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
  probe_.Advance(seconds(61));
  Fetch();
  probe_.Answer(503, "down");
  EXPECT_TRUE(For().credentials);
  EXPECT_FALSE(For().expired);
}

TEST_F(Cache, ADeletedSecretTakesThemAway) {
  Fetch();
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
  probe_.Advance(seconds(61));
  Fetch();
  probe_.Answer(404, R"({"kind":"Status","reason":"NotFound","code":404})");
  EXPECT_FALSE(For().credentials);
  EXPECT_THAT(For().problem, HasSubstr("Secret shop/dts does not exist"));
}

TEST_F(Cache, WhatIsMissingIsSaidWithTheNextStep) {
  Fetch();
  probe_.Answer(403, R"({"kind":"Status","reason":"Forbidden","code":403})");
  EXPECT_THAT(For().problem, HasSubstr("kubectl create role dts-operator-reads-dts -n shop"));
  probe_.Advance(seconds(6));
  Fetch();
  probe_.Answer(200, R"({"data":{}})");
  EXPECT_THAT(For().problem, HasSubstr("It must hold accessKeyId and accessKeySecret"));
}

TEST_F(Cache, WithoutASecretTheOperatorsOwnCredentialsCount) {
  job_.spec.credentials_secret = "";
  EXPECT_THAT(For().problem, HasSubstr("/keys does not exist"));
  file_ = "{accessKeyId: OWN, accessKeySecret: s}";
  probe_.Advance(seconds(10));
  const auto first = For();
  EXPECT_EQ(first.credentials->access_key_id, "OWN");
  EXPECT_FALSE(first.expired);
  EXPECT_EQ(For().version, first.version);
  file_ = "{accessKeyId: OTHER, accessKeySecret: s}";
  probe_.Advance(seconds(10));
  EXPECT_NE(For().version, first.version);
  Fetch();
  EXPECT_TRUE(probe_.sent().empty());
}

TEST_F(Cache, TheOperatorsOwnCredentialsServeTheNamespacesThatAreNamed) {
  job_.spec.credentials_secret = "";
  file_ = "{accessKeyId: OWN, accessKeySecret: s}";
  EXPECT_TRUE(For().credentials);
  job_.key.namespace_name = "bank";
  EXPECT_FALSE(For().credentials);
  EXPECT_EQ(For().lack, Snapshot::Keys::kNotAllowed);
  EXPECT_THAT(
      For().problem,
      AllOf(HasSubstr("namespace bank"), HasSubstr("spec.credentialsSecretRef"),
            HasSubstr("--own-credentials-namespaces"), HasSubstr("credentials.namespaces")));
  CredentialsCache all{probe_.outbox, own_, {"*"}, random_, [](const ObjectKey&, Now) {}};
  EXPECT_TRUE(all.For(job_, probe_.now).credentials);
  CredentialsCache none{probe_.outbox, own_, {}, random_, [](const ObjectKey&, Now) {}};
  job_.key.namespace_name = "shop";
  EXPECT_EQ(none.For(job_, probe_.now).lack, Snapshot::Keys::kNotAllowed);
}

TEST_F(Cache, TheOperatorsOwnCredentialsThatDtsCallsExpiredAreReadAgainAtOnce) {
  job_.spec.credentials_secret = "";
  file_ = "{accessKeyId: A, accessKeySecret: s, securityToken: old}";
  For();
  probe_.Advance(hours(1));
  For();
  probe_.Advance(seconds(1));
  file_ = "{accessKeyId: A, accessKeySecret: s, securityToken: new}";
  cache_.Invalidate(job_);
  EXPECT_EQ(For().credentials->security_token.Reveal(), "new");
}

TEST_F(Cache, TheSecretOfADtsJobThatHasGoneIsForgottenAtOnceAndItsAccountLater) {
  Fetch();
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
  const AccountId account = For().account;
  Sweep(false);
  EXPECT_FALSE(For().credentials);
  probe_.Advance(minutes(4));
  Sweep(false);
  EXPECT_TRUE(cache_.book().Has(account));
  Fetch();
  probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
  EXPECT_EQ(For().account, account) << "it is named again";
  Sweep(false);
  probe_.Advance(minutes(5));
  Sweep(false);
  EXPECT_FALSE(cache_.book().Has(account));
}

TEST_F(Cache, AnAnswerAboutASecretThatNobodyNamesAnyMoreIsNotKept) {
  for (const Duration later : {Duration(0), Duration(minutes(5))}) {
    Fetch();
    Sweep(false);
    probe_.Advance(later);
    Sweep(false);
    probe_.Answer(200, DumpJson(Secret("LTAI", "s3cret")));
    EXPECT_FALSE(For().credentials);
  }
}

TEST_F(Cache, ANamespaceHasPlaceForSoManySecretsAndAnotherNamespaceForItsOwn) {
  CredentialsCache cache{probe_.outbox, own_, {}, random_, [](const ObjectKey&, Now) {}};
  const auto fetch = [&](const std::string& name) {
    while (!probe_.sent().empty()) probe_.Answer(404, R"({"kind":"Status","reason":"NotFound"})");
    job_.spec.credentials_secret = name;
    cache.Fetch(job_, probe_.now);
    return probe_.Take().target;
  };
  for (int i = 0; i < CredentialsCache::kSecretsPerNamespace; ++i) {
    const std::string name = "dts" + std::to_string(i);
    EXPECT_EQ(fetch(name), "/api/v1/namespaces/shop/secrets/" + name);
  }
  EXPECT_EQ(fetch("more"), HttpRequest{}.target);
  EXPECT_EQ(cache.For(job_, probe_.now).lack, Snapshot::Keys::kTooMany);
  EXPECT_THAT(cache.For(job_, probe_.now).problem,
              AllOf(HasSubstr("Secret shop/more is not read"), HasSubstr("256"),
                    HasSubstr("name the same Secret")));
  job_.key.namespace_name = "bank";
  EXPECT_EQ(fetch("more"), "/api/v1/namespaces/bank/secrets/more");
  job_.key.namespace_name = "shop";
  cache.Sweep([](const ObjectKey& key) { return key.name != "dts7"; }, probe_.now);
  EXPECT_EQ(cache.For(job_, probe_.now).problem, "");
  EXPECT_EQ(fetch("more"), "/api/v1/namespaces/shop/secrets/more");
  EXPECT_EQ(fetch("dts7"), HttpRequest{}.target);
}

}  // namespace
}  // namespace dtsop
