#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/random.h"
#include "base/strings.h"
#include "net/http.h"

namespace dtsop {
namespace {

TEST(Strings, PercentEncodingRoundTripsEveryByte) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_EQ(PercentDecode(PercentEncode(all), true), all);
  EXPECT_EQ(PercentEncode("a b*~+/"), "a%20b%2A~%2B%2F");
}

TEST(Strings, ReplaceAllDoesNotReplaceInsideTheReplacement) {
  EXPECT_EQ(ReplaceAll("a %s b %s", "%s", "<%s>"), "a <%s> b <%s>");
  EXPECT_EQ(ReplaceAll("%n%d", "%s", "x"), "%n%d");
}

TEST(Strings, CleanTextRemovesWhatCouldForgeALine) {
  EXPECT_EQ(CleanText("a\nb\x1b[31m\x7f", 100), "a b [31m ");
  EXPECT_EQ(CleanText("bad\xff utf8", 100), "bad\xEF\xBF\xBD utf8");
  EXPECT_EQ(CleanText("\xE2\x80\xAEgnp", 100), " gnp");
  EXPECT_EQ(CleanText("\xE9\x98\xBF\xE9\x87\x8C\xE4\xBA\x91", 8), "\xE9\x98\xBF...");
  Random random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (uint64_t i = random.Below(40); i > 0; --i)
      text.push_back(static_cast<char>(random.Next()));
    const std::string clean = CleanText(text, 16);
    EXPECT_LE(clean.size(), 16U);
    EXPECT_NO_THROW((void)Json(clean).dump());
  }
}

TEST(JsonDoor, RefusesWhatIsTooDeepMalformedOrTrailing) {
  EXPECT_FALSE(ParseJson(std::string(1'000'000, '[')));
  EXPECT_FALSE(ParseJson("{\"a\":"));
  EXPECT_FALSE(ParseJson("{} {}"));
  EXPECT_FALSE(ParseJson(""));
  EXPECT_TRUE(ParseJson("{\"a\":\"[[[[\\\"[[\"}"));
  EXPECT_TRUE(ParseJson(std::string(kJsonDepthMax, '[') + std::string(kJsonDepthMax, ']')));
}

TEST(JsonDoor, ReadersNeverThrow) {
  const Json value = Json::parse(R"({"s":"x","n":5,"t":"true","h":"200","o":{"p":1}})");
  EXPECT_EQ(StringOr(Member(value, "s")), "x");
  EXPECT_EQ(StringOr(Member(value, "n"), "d"), "d");
  EXPECT_EQ(IntOr(Member(value, "o", "p"), 0), 1);
  EXPECT_EQ(IntOr(Member(value, "s", "p"), 7), 7);
  EXPECT_EQ(LenientBool(Member(value, "t")), true);
  EXPECT_EQ(LenientInt(Member(value, "h")), 200);
  EXPECT_EQ(LenientInt(Member(value, "s")), std::nullopt);
  EXPECT_EQ(LenientString(Member(value, "n")), "5");
}

TEST(Crypto, KnownDigests) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HmacSha256Hex("key", "The quick brown fox jumps over the lazy dog"),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  EXPECT_EQ(HmacSha1Base64("key", "The quick brown fox jumps over the lazy dog"),
            "3nybhbi3iqa8ino29wqQcBydtNk=");
}

TEST(Crypto, Base64RoundTripsAndRefusesGarbage) {
  for (const std::string text : {"", "a", "ab", "abc", "abcd"}) {
    std::string decoded;
    EXPECT_TRUE(Base64Decode(Base64Encode(text), &decoded));
    EXPECT_EQ(decoded, text);
  }
  std::string out;
  for (const char* text : {"a", "====", "a=bc", "YQ=a", "Y Q="})
    EXPECT_FALSE(Base64Decode(text, &out)) << text;
}

TEST(Http, QueryRoundTripsEveryByte) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  const QueryParameters parameters = {{"a", all}, {all, "b"}, {"empty", ""}};
  EXPECT_EQ(DecodeQuery(EncodeQuery(parameters)), parameters);
}

TEST(Random, SameSeedSameSequence) {
  Random a(42);
  Random b(42);
  EXPECT_EQ(a.Hex128(), b.Hex128());
  EXPECT_NE(a.Hex128(), Random(43).Hex128());
  EXPECT_EQ(Random(0).Next(), 0xe220a8397b1dcdafULL);  // splitmix64's published first value
}

}  // namespace
}  // namespace dtsop
