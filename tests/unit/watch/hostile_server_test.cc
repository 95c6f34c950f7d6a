// Objects without end, and servers that refuse or say nothing.
#include <fmt/format.h>

#include "kube/requests.h"
#include "tests/unit/watch/watching.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The JSON of `job` with `bytes` of what nobody reads. Not by way of a tree, which takes long here.
std::string Large(const Json& job, size_t bytes) {
  std::string text = DumpJson(job);
  const std::string_view here = "\"metadata\":{";
  return text.insert(text.find(here) + here.size(),
                     "\"managedFields\":[\"" + std::string(bytes, 'x') + "\"],");
}

// With `bytes` of status.
std::string Huge(const Json& job, size_t bytes) {
  std::string text = DumpJson(job);
  text.pop_back();
  return text + ",\"status\":{\"conditions\":[{\"message\":\"" + std::string(bytes, 'x') + "\"}]}}";
}

std::string PageOf(const std::vector<std::string>& items, int version, const std::string& next) {
  return fmt::format(R"({{"items":[{}],"metadata":{{"resourceVersion":"{}","continue":"{}"}}}})",
                     fmt::join(items, ","), version, next);
}

std::string LineOf(const char* type, const std::string& object) {
  return fmt::format(R"({{"type":"{}","object":{}}})", type, object) + "\n";
}

class Hostile : public Watching {};

TEST_F(Hostile, APageThatIsTooLargeIsAskedForAgainWithHalfTheLimitAndTheLimitGrowsAgain) {
  Tick();
  for (const char* limit : {"limit=500", "limit=250", "limit=125"}) {
    EXPECT_THAT(Target(), HasSubstr(limit));
    EXPECT_EQ(probe_.Take().body_bytes_max, kPageBytesMax);
    probe_.Break(HttpError::kTooLarge);
  }
  probe_.Answer(200, Page({Job("a", 1)}, 10, "t"));
  EXPECT_THAT(Target(), AllOf(HasSubstr("limit=124"), HasSubstr("continue=t"))) << "62 was well";
  probe_.Break(HttpError::kTooLarge);
  EXPECT_THAT(Target(), AllOf(HasSubstr("limit=62"), HasSubstr("continue=t"))) << "the same page";
  probe_.Answer(200, Page({Job("b", 2)}, 10));
  EXPECT_THAT(changed_, ElementsAre("a", "b"));
}

TEST_F(Hostile, APageThatGrowsBeyondTheBoundIsBrokenOff) {
  Tick();
  std::vector<std::string> items;
  for (int i = 0; i < 6; ++i) {
    items.push_back(Large(Job("job" + std::to_string(i), i + 1), 1'500'000));
  }
  int asked = 0;
  for (; !reflector_.synced() && asked < 30; ++asked) {
    const std::string target = Target();
    const size_t limit = std::stoul(target.substr(target.find("limit=") + 6));
    const size_t token = target.find("continue=");
    const size_t from = token == std::string::npos ? 0 : std::stoul(target.substr(token + 9));
    const size_t to = std::min(from + limit, items.size());
    probe_.Answer(200, PageOf({items.begin() + static_cast<std::ptrdiff_t>(from),
                               items.begin() + static_cast<std::ptrdiff_t>(to)},
                              20, to < items.size() ? std::to_string(to) : ""));
  }
  EXPECT_TRUE(reflector_.synced()) << "after " << asked;
  EXPECT_EQ(changed_.size(), 6U);
  EXPECT_GT(store_.jobs().begin()->second.json_bytes, 1'500'000U);
}

TEST_F(Hostile, APageThatDoesNotComeThroughIsAskedForSmaller) {
  Tick();
  probe_.Break(HttpError::kTimeout);
  UntilNextRequest();
  EXPECT_THAT(Target(), HasSubstr("limit=250"));
  probe_.Answer(413, "");
  UntilNextRequest();
  EXPECT_THAT(Target(), HasSubstr("limit=125"));
}

TEST_F(Hostile, OneObjectThatAloneIsTooLargeForAPageHasMoreRoom) {
  Tick();
  for (int i = 0; i < 8; ++i) probe_.Break(HttpError::kTooLarge);
  EXPECT_THAT(Target(), HasSubstr("limit=1"));
  EXPECT_EQ(probe_.Take().body_bytes_max, kObjectBytesMax);
  probe_.Answer(200, PageOf({Large(Job("a", 1), 10'000'000)}, 10, ""));
  EXPECT_THAT(changed_, ElementsAre("a"));
}

TEST_F(Hostile, AnObjectOfWhichTooMuchWouldBeKeptIsLeftOutAndToldAndTheOthersAreServed) {
  Sync();
  probe_.Chunk(Line("ADDED", Job("a", 11)) + LineOf("ADDED", Huge(Job("b", 12), 2'100'000)) +
               LineOf("ADDED", Large(Job("c", 13), 2'100'000)));
  EXPECT_THAT(changed_, ElementsAre("a", "c"));
  EXPECT_THAT(probe_.Logged(), Contains("a DtsJob can't be read and is ignored"));
  EXPECT_EQ(metrics_.values["dts_unreadable_jobs_total too large"], 1);
  // What was known of it counts no more.
  changed_.clear();
  probe_.Chunk(LineOf("MODIFIED", Huge(Job("a", 14), 2'100'000)));
  EXPECT_THAT(changed_, ElementsAre("a"));
  EXPECT_EQ(store_.Find({"shop", "a"}), nullptr);
  // A list goes past it as well.
  probe_.Chunk(ErrorEvent(410, "Expired"));
  UntilNextRequest();
  probe_.Answer(200, PageOf({Huge(Job("a", 14), 2'100'000), DumpJson(Job("c", 13))}, 20, ""));
  EXPECT_THAT(Target(), HasSubstr("watch=true"));
  EXPECT_NE(store_.Find({"shop", "c"}), nullptr);
}

TEST_F(Hostile, AnEventThatIsTooLargeForTheTransportLeadsToAList) {
  Sync();
  probe_.Break(HttpError::kTooLarge);
  UntilNextRequest();
  EXPECT_TRUE(Lists());
}

TEST_F(Hostile, AWatchThatIsNotOpenedInTimeIsAskedForOnANewConnection) {
  Sync();
  EXPECT_FALSE(probe_.Take().exactly_once);
  probe_.Advance(seconds(12));
  probe_.Answer(200, "");
  EXPECT_THAT(Target(), HasSubstr("watch=true"));
  Tick();
  EXPECT_EQ(reflector_.NextWakeup(), probe_.now.mono + seconds(5));
  probe_.Advance(seconds(5));
  Tick();
  EXPECT_LT(UntilNextRequest(), seconds(1));
  EXPECT_THAT(Target(), HasSubstr("watch=true"));
  EXPECT_TRUE(probe_.Take().exactly_once);
}

TEST_F(Hostile, ANamespaceThatMayNotBeReadIsToldAndTriedAgain) {
  Tick();
  EXPECT_FALSE(reflector_.refused());
  probe_.Answer(403, R"({"kind":"Status","reason":"Forbidden","code":403,"message":"no"})");
  EXPECT_TRUE(reflector_.refused());
  EXPECT_EQ(metrics_.values["dts_namespace_readable shop"], 0);
  EXPECT_THAT(probe_.Logged(), Contains("cannot read from the Kubernetes API, trying again"));
  UntilNextRequest();
  probe_.Answer(500, "");
  EXPECT_FALSE(reflector_.refused()) << "an outage is no refusal";
  UntilNextRequest();
  probe_.Answer(200, Page({Job("a", 1)}, 10));
  EXPECT_FALSE(reflector_.refused());
  EXPECT_TRUE(reflector_.synced());
  EXPECT_EQ(metrics_.values["dts_namespace_readable shop"], 1);
  probe_.Answer(403, R"({"kind":"Status","reason":"Forbidden","code":403,"message":"no"})");
  EXPECT_FALSE(reflector_.refused()) << "it is known, if not any more";
  EXPECT_EQ(metrics_.values["dts_namespace_readable shop"], 0);
}

}  // namespace
}  // namespace dtsop
