#include "effects/account_book.h"

#include <gtest/gtest.h>

namespace dtsop {
namespace {

const ObjectKey kShop = {"shop", "dts"};
const ObjectKey kBank = {"bank", "dts"};

Credentials Keys(const std::string& id, const std::string& secret, const std::string& token = "") {
  return {id, SecretString(secret), SecretString(token)};
}

class Book : public ::testing::Test {
 protected:
  Random random_{1};
  AccountBook book_{random_};
};

TEST_F(Book, EqualCredentialsAreOneAccountWhereverTheyAreKept) {
  const AccountId shop = book_.Bind(kShop, Keys("LTAI", "s", "t"));
  EXPECT_NE(shop, 0U);
  EXPECT_EQ(book_.Bind(kBank, Keys("LTAI", "s", "t")), shop);
  EXPECT_EQ(book_.Bind(kShop, Keys("LTAI", "s", "t")), shop);
}

TEST_F(Book, ACopiedIdWithAnotherSecretOrTokenIsAnotherAccount) {
  const AccountId shop = book_.Bind(kShop, Keys("LTAI", "s", "t"));
  const AccountId other_secret = book_.Bind(kBank, Keys("LTAI", "wrong", "t"));
  EXPECT_NE(other_secret, shop);
  const AccountId other_token = book_.Bind({"third", "dts"}, Keys("LTAI", "s"));
  EXPECT_NE(other_token, shop);
  EXPECT_NE(other_token, other_secret);
}

TEST_F(Book, PartsThatRunTogetherToTheSameTextAreToldApart) {
  EXPECT_NE(book_.Bind(kShop, Keys("AB", "C", "D")), book_.Bind(kBank, Keys("A", "BC", "D")));
  EXPECT_NE(book_.Bind(kShop, Keys("A", "BC", "D")), book_.Bind(kBank, Keys("A", "B", "CD")));
}

TEST_F(Book, RenewedCredentialsOfASourceStayWithItsAccount) {
  const AccountId shop = book_.Bind(kShop, Keys("STS.1", "s1", "t1"));
  EXPECT_EQ(book_.Bind(kShop, Keys("STS.2", "s2", "t2")), shop);
  EXPECT_EQ(book_.Bind(kBank, Keys("STS.2", "s2", "t2")), shop);
  // The old ones prove nothing any more.
  EXPECT_NE(book_.Bind({"third", "dts"}, Keys("STS.1", "s1", "t1")), shop);
}

// Who shares an account by a secret that it knows can't bring others into it by another one.
TEST_F(Book, WhoeverLeavesASharedAccountLeavesItAsItIs) {
  const AccountId shop = book_.Bind(kShop, Keys("LTAI", "s"));
  ASSERT_EQ(book_.Bind(kBank, Keys("LTAI", "s")), shop);
  const AccountId bank = book_.Bind(kBank, Keys("LTAI", "wrong"));
  EXPECT_NE(bank, shop);
  EXPECT_EQ(book_.Bind(kShop, Keys("LTAI", "s")), shop);
  EXPECT_EQ(book_.Bind(kBank, Keys("LTAI", "s")), shop) << "and may come back";
  EXPECT_EQ(book_.accounts(), 1U);
}

TEST_F(Book, AnAccountGoesWithItsLastSource) {
  const AccountId shop = book_.Bind(kShop, Keys("LTAI", "s"));
  book_.Bind(kBank, Keys("LTAI", "s"));
  book_.Drop(kShop);
  EXPECT_EQ(book_.accounts(), 1U);
  EXPECT_TRUE(book_.Has(shop));
  book_.Drop(kBank);
  book_.Drop(kBank);
  EXPECT_EQ(book_.accounts(), 0U);
  EXPECT_FALSE(book_.Has(shop));
  EXPECT_NE(book_.Bind(kShop, Keys("LTAI", "s")), shop) << "a number is used once";
}

}  // namespace
}  // namespace dtsop
