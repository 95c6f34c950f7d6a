#include "base/json_sieve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "base/random.h"

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const JsonShape kShape = {
    "", {{"kind"}, {"metadata", {{"name"}}}, {"spec"}, {"items", {{"id"}, {"deep"}}, true}}};

struct Kept {
  Json json;  // null when the text is no JSON
  size_t bytes = 0;
  bool element = false;
  bool cut = false;
};

// What is kept of `text` when it arrives in slices of `slice` bytes.
std::vector<Kept> Sieve(std::string_view text, size_t kept_max = 1000, size_t slice = 7) {
  JsonSieve sieve(kShape, kept_max);
  std::vector<Kept> kept;
  for (; !text.empty(); text.remove_prefix(std::min(slice, text.size()))) {
    const auto fed = sieve.Feed(text.substr(0, slice), [&kept](const JsonSieve::Record& record) {
      kept.push_back(
          {ParseJson(record.text).value_or(Json()), record.bytes, record.element, record.cut});
    });
    if (!fed) {
      EXPECT_FALSE(sieve.Feed("{}", [](const JsonSieve::Record&) { FAIL(); })) << "for good";
      kept.push_back({"failed"});
      break;
    }
  }
  return kept;
}

// The same by parsing it all; `shape` null keeps everything.
Json Filtered(const Json& value, const JsonShape* shape) {
  if (shape == nullptr) return value;
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& element : value) out.push_back(Filtered(element, shape));
    return out;
  }
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const JsonShape& member : shape->members) {
    const auto found = value.find(member.name);
    if (found != value.end()) {
      out[std::string(member.name)] = Filtered(*found, member.members.empty() ? nullptr : &member);
    }
  }
  return out;
}

TEST(JsonSieve, KeepsTheMembersThatAreAskedFor) {
  const std::string text =
      R"( {"kind":"X", "metadata":{"labels":{"name":"no","x":["}",{"]":"\"}"}]},"name":"a\"\\b"},)"
      R"("spec":{"n":[1,{"name":true},-2.5e3],"e":{},"f":[]},"status":{"kind":[[[{}]]]}} )";
  for (size_t slice = 1; slice < text.size(); ++slice) {
    const auto kept = Sieve(text, 1000, slice);
    ASSERT_EQ(kept.size(), 1U) << slice;
    EXPECT_EQ(kept[0].json, Filtered(Json::parse(text), &kShape)) << slice;
    EXPECT_EQ(kept[0].bytes, text.size() - 2) << "without the blanks around it";
    EXPECT_FALSE(kept[0].cut);
  }
}

TEST(JsonSieve, ElementsOfASequenceAreRecordsOfTheirOwn) {
  const auto kept =
      Sieve(R"({"items":[{"id":1,"deep":{"x":[2]},"big":"....."},7,"s",[],{"id":2}],"kind":"L"})");
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0].json, Json::parse(R"({"id":1,"deep":{"x":[2]}})"));
  EXPECT_TRUE(kept[0].element);
  EXPECT_EQ(kept[0].bytes, 39U);
  EXPECT_EQ(kept[1].json, Json::parse(R"({"id":2})"));
  EXPECT_EQ(kept[2].json, Json::parse(R"({"items":[],"kind":"L"})"));
  EXPECT_FALSE(kept[2].element);
}

TEST(JsonSieve, ARecordThatGrowsTooLargeIsCutAndTheNextIsWhole) {
  const std::string large(500, 'x');
  const std::string text = R"({"items":[{"id":1,"deep":{"a":{"b":")" + large +
                           R"("},"c":1}},{"id":2}],"spec":{"big":")" + large + R"("}}{"kind":"B"})";
  const auto kept = Sieve(text, 100);
  ASSERT_EQ(kept.size(), 4U);
  EXPECT_EQ(kept[0].json, Json::parse(R"({"id":1,"deep":{"a":{},"c":1}})"));
  EXPECT_TRUE(kept[0].cut);
  EXPECT_GT(kept[0].bytes, large.size());
  EXPECT_EQ(kept[1].json, Json::parse(R"({"id":2})"));
  EXPECT_FALSE(kept[1].cut);
  EXPECT_TRUE(kept[2].cut);
  EXPECT_EQ(kept[3].json, Json::parse(R"({"kind":"B"})"));
  EXPECT_FALSE(kept[3].cut);
}

TEST(JsonSieve, NoShapeOfWhatIsKeptCanGrowARecord) {
  std::string many_elements, many_members, deep, number(5000, '1'), key(5000, 'k');
  for (int i = 0; i < 1000; ++i) {
    many_elements += "[],";
    many_members += "\"" + std::to_string(i) + "\":{},";
    deep += "[";
  }
  for (const std::string& spec :
       {"[" + many_elements + "0]", "{" + many_members + "\"\":0}", number,
        deep + std::string(deep.size(), ']'), "{\"" + key + "\":1}"}) {
    const auto kept = Sieve(R"({"spec":)" + spec + R"(}{"kind":"B"})", 200);
    ASSERT_EQ(kept.size(), 2U) << spec.substr(0, 20);
    EXPECT_TRUE(kept[0].cut) << spec.substr(0, 20);
    EXPECT_TRUE(kept[0].json.is_object()) << "still JSON: " << spec.substr(0, 20);
    EXPECT_LT(kept[0].json.dump().size(), 1500U);
    EXPECT_EQ(kept[1].json, Json::parse(R"({"kind":"B"})"));
  }
}

TEST(JsonSieve, WhatIsNoObjectIsAnErrorAndWhatIsUnfinishedIsNotDelivered) {
  for (const char* text : {"[]", "<html>", "7", "\"x\"", "}", R"({"kind":[1}})"}) {
    const auto kept = Sieve(text);
    ASSERT_EQ(kept.size(), 1U) << text;
    EXPECT_EQ(kept[0].json, "failed") << text;
  }
  for (const char* text : {"", " \r\n", R"({"kind":"B")", R"({"kind":"B}{)"}) {
    EXPECT_THAT(Sieve(text), IsEmpty()) << text;
  }
}

// Random documents, in random slices, agree with a parser that keeps everything.
class Document {
 public:
  explicit Document(uint64_t seed) : random_(seed) {}
  Json Object(int depth) {
    static const char* const kNames[] = {"kind", "metadata", "name", "spec",    "id",
                                         "deep", "x",        "",     "na\"me\\"};
    Json out = Json::object();
    for (uint64_t i = random_.Below(5); i > 0; --i) out[kNames[random_.Below(9)]] = Value(depth);
    return out;
  }
  Random random_;

 private:
  Json Value(int depth) {
    switch (random_.Below(depth > 4 ? 4 : 6)) {
      case 0:
        return static_cast<int64_t>(random_.Below(100)) - 50;
      case 1:
        return random_.Percent(50) ? Json(nullptr) : Json(true);
      case 2:
        return std::string("\"\\}{][,:\n\xc3\xa4x").substr(random_.Below(8));
      case 3:
        return 1.5;
      case 4:
        return Object(depth + 1);
      default: {
        Json out = Json::array();
        for (uint64_t i = random_.Below(4); i > 0; --i) out.push_back(Value(depth + 1));
        return out;
      }
    }
  }
};

TEST(JsonSieve, AgreesWithAParserThatKeepsEverything) {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    Document document(seed);
    const Json whole = document.Object(0);
    const auto kept = Sieve(whole.dump(document.random_.Percent(50) ? -1 : 2), 100'000,
                            1 + document.random_.Below(20));
    ASSERT_EQ(kept.size(), 1U) << whole;
    ASSERT_EQ(kept[0].json, Filtered(whole, &kShape)) << whole;
  }
}

}  // namespace
}  // namespace dtsop
