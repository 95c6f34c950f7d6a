// A day of tenants that come and go: what is remembered of their Secrets does not grow.
#include <gmock/gmock.h>

#include "base/crypto.h"
#include "effects/credentials_cache.h"
#include "store/store.h"
#include "tests/unit/effects/fleet_fixture.h"

namespace dtsop {
namespace {

using ::testing::Each;
using ::testing::Le;

class Tenants : public FleetTest {
 protected:
  // A DtsJob of the namespace `tenant` names `secret`, which holds these credentials, and is looked
  // at.
  CredentialsCache::Entry Use(const std::string& tenant, const std::string& secret,
                              const std::string& access_key_id) {
    DtsJob job;
    job.key = {tenant, "orders"};
    job.uid = tenant;
    job.resource_version = std::to_string(++version_);
    job.spec.dts_job_id = "job00000";
    job.spec.credentials_secret = secret;
    store_.Upsert(job);
    cache_.Fetch(job, probe_.now);
    if (probe_.sent().empty()) return cache_.For(job, probe_.now);
    probe_.Answer(200, DumpJson({{"kind", "Secret"},
                                 {"data",
                                  {{"accessKeyId", Base64Encode(access_key_id)},
                                   {"accessKeySecret", Base64Encode("s")}}}}));
    const CredentialsCache::Entry keys = cache_.For(job, probe_.now);
    if (!keys.credentials) return keys;
    Fleet::Wish wish;
    wish.uid = job.uid;
    wish.spec = job.spec;
    wish.type = JobType::kSync;
    wish.after = probe_.now.mono;
    wish.credentials = *keys.credentials;
    fleet_.Observe(job.key, {keys.account, "cn-hangzhou"}, wish);
    return keys;
  }
  void Minute() {
    Run(seconds(2));
    probe_.Advance(seconds(58));
    cache_.Sweep([this](const ObjectKey& secret) { return !store_.ForSecret(secret).empty(); },
                 probe_.now);
    fleet_.ForgetUnused(cache_.book(), probe_.now.mono);
    dts_.ForgetUnused(cache_.book(), probe_.now.mono);
  }
  // Slots of Secrets, accounts, paces and fleets in memory.
  std::vector<size_t> Remembered() const {
    return {cache_.slots(), cache_.book().accounts(), dts_.accounts(), fleet_.accounts()};
  }

  Store store_;
  int version_ = 0;
  OwnCredentials own_{{},
                      {[](const std::string&) { return std::nullopt; },
                       [](const std::string&) { return std::nullopt; }},
                      probe_.outbox,
                      random_,
                      [](Now) {}};
  CredentialsCache cache_{probe_.outbox, own_, {}, random_, [](const ObjectKey&, Now) {}};
};

TEST_F(Tenants, ThatComeAndGoLeaveNothing) {
  jobs_ = 1;
  for (int i = 0; i < 24 * 12; ++i) {
    // DTS does not answer every third one, and the breaker opens.
    const bool fails = i % 3 == 0;
    all_fails_ = fails ? "ServiceUnavailable" : "";
    const std::string tenant = fmt::format("tenant{}", i);
    for (int look = 0; look < (fails ? Breaker::kFailuresToOpen : 1); ++look) {
      Use(tenant, "dts", tenant);
      Run(seconds(6));
    }
    store_.Delete({tenant, "orders"}, tenant);
    for (int minute = 0; minute < 4; ++minute) Minute();
    ASSERT_EQ(cache_.secrets(), 0U);
    ASSERT_THAT(Remembered(), Each(Le(2U))) << "those of the last five minutes";
  }
  all_fails_.clear();
  for (int minute = 0; minute < 6; ++minute) Minute();
  EXPECT_THAT(Remembered(), Each(0U));
}

TEST_F(Tenants, ThatNameANewSecretEveryMinuteKeepOne) {
  jobs_ = 1;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    Use("shop", fmt::format("dts{}", minute), fmt::format("LTAI{}", minute));
    Minute();
    ASSERT_EQ(cache_.secrets(), 1U);
    ASSERT_THAT(Remembered(), Each(Le(6U)));
  }
}

TEST_F(Tenants, ThatRenewTheirCredentialsKeepTheirAccount) {
  jobs_ = 1;
  const AccountId account = Use("shop", "dts", "STS.0").account;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    Minute();
    ASSERT_EQ(Use("shop", "dts", fmt::format("STS.{}", minute)).account, account);
    ASSERT_THAT(Remembered(), Each(1U));
  }
}

// A Secret that is synced into two namespaces: whichever shows the new credentials first leaves the
// account, the other follows, and the old one is forgotten.
TEST_F(Tenants, ThatShareRenewedCredentialsShareANewAccount) {
  jobs_ = 1;
  for (int hour = 0; hour < 24; ++hour) {
    const std::string id = fmt::format("STS.{}", hour);
    const AccountId shop = Use("shop", "dts", id).account;
    EXPECT_EQ(Use("bank", "dts", id).account, shop);
    for (int minute = 0; minute < 10; ++minute) Minute();
    ASSERT_EQ(cache_.book().accounts(), 1U);
    ASSERT_EQ(dts_.accounts(), 1U);
  }
}

}  // namespace
}  // namespace dtsop
