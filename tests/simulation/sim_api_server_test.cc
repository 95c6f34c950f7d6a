#include "tests/simulation/sim_api_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace dtsop::sim {
namespace {

constexpr WallTime kNow{seconds(1'800'000'000)};
constexpr char kJobs[] = "/apis/dts.aliyun.com/v1alpha1/dtsjobs";
const Json kSpec = {{"dtsJobId", "l3m1213ye7l1234"}, {"desiredState", "Running"}};

HttpRequest Get(const std::string& target) {
  HttpRequest request;
  request.target = target;
  return request;
}

Json Body(const HttpResult& result) { return Json::parse(result.body); }

std::vector<std::string> Types(const std::string& lines) {
  std::vector<std::string> types;
  for (const std::string& line : Split(lines, '\n')) {
    if (!line.empty()) types.push_back(StringOr(Member(Json::parse(line), "type")));
  }
  return types;
}

TEST(SimApiServer, PagesThrough1201Objects) {
  SimApiServer server;
  for (int i = 0; i < 1201; ++i) server.CreateDtsJob("shop", "j" + std::to_string(i), kSpec, kNow);
  std::set<std::string> names;
  std::vector<size_t> sizes;
  std::string token;
  do {
    const Json page = Body(server.Handle(
        Get(std::string(kJobs) + "?" + EncodeQuery({{"limit", "500"}, {"continue", token}})),
        kNow));
    for (const Json& item : page["items"]) names.insert(StringOr(item["metadata"]["name"]));
    sizes.push_back(page["items"].size());
    token = StringOr(Member(page, "metadata", "continue"));
  } while (!token.empty());
  EXPECT_THAT(sizes, testing::ElementsAre(500, 500, 201));
  EXPECT_EQ(names.size(), 1201U);
}

TEST(SimApiServer, StatusStartsWithTheSchemasDefault) {
  SimApiOptions options;
  options.dtsjob_schema = Json::parse(R"({"type":"object","properties":{
      "spec":{"type":"object","required":["dtsJobId"],"properties":{
          "dtsJobId":{"type":"string","pattern":"^[a-z0-9]+$"},
          "desiredState":{"type":"string","default":"Running"}}},
      "status":{"type":"object","default":{"observedGeneration":-1},"properties":{
          "observedGeneration":{"type":"integer"}}}}})");
  SimApiServer server(options);
  EXPECT_EQ(server.CreateDtsJob("shop", "a", {{"dtsJobId", "x1"}, {"typo", 1}}, kNow).status, 201);
  const Json job = server.DtsJob("shop", "a");
  EXPECT_EQ(job["spec"], Json({{"dtsJobId", "x1"}, {"desiredState", "Running"}}));
  EXPECT_EQ(job["status"]["observedGeneration"], -1);
  EXPECT_EQ(server.CreateDtsJob("shop", "b", {{"dtsJobId", "X 1"}}, kNow).status, 422);
  EXPECT_EQ(server.CreateDtsJob("shop", "c", Json::object(), kNow).status, 422);
}

TEST(SimApiServer, TheJobIdIsImmutable) {
  SimApiServer server;
  server.CreateDtsJob("shop", "a", kSpec, kNow);
  EXPECT_EQ(server.PatchDtsJob("shop", "a", {{"spec", {{"dtsJobId", "other"}}}}, kNow).status, 422);
}

TEST(SimApiServer, GrantsTheOperatorOnlyWhatItsRoleNames) {
  SimApiServer server;
  server.PutSecret("shop", "key", {{"accessKeyId", "id"}}, kNow);
  EXPECT_EQ(server.Handle(Get("/api/v1/namespaces/shop/secrets"), kNow).status, 403);
  const HttpResult secret = server.Handle(Get("/api/v1/namespaces/shop/secrets/key"), kNow);
  EXPECT_EQ(secret.status, 200);
  EXPECT_EQ(Body(secret)["data"]["accessKeyId"], "aWQ=");
}

TEST(SimApiServer, AStaleReplicaTellsThePastOnlyToReadsThatAllowIt) {
  SimApiServer server;
  server.CreateDtsJob("shop", "a", kSpec, kNow);
  const int64_t past = server.store().revision();
  server.PatchDtsJob("shop", "a", {{"spec", {{"desiredState", "Stopped"}}}}, kNow);
  const auto state = [&](const std::string& query) {
    return StringOr(Member(Body(server.Handle(Get(kJobs + query), kNow, past))["items"][0], "spec",
                           "desiredState"));
  };
  EXPECT_EQ(state("?resourceVersion=0"), "Running");
  EXPECT_EQ(state(""), "Stopped");
  const HttpResult newer = server.Handle(
      Get(std::string(kJobs) + "?resourceVersion=" + std::to_string(past + 1)), kNow, past);
  EXPECT_EQ(newer.status, 504);
  EXPECT_EQ(Body(newer)["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
}

class SimWatchTest : public testing::Test {
 protected:
  std::unique_ptr<SimWatch> Open(const std::string& query) {
    auto watch = server_.OpenWatch(Get(std::string(kJobs) + "?watch=1" + query), kNow, &refusal_);
    return watch;
  }
  SimApiServer server_;
  HttpResult refusal_;
};

TEST_F(SimWatchTest, TellsEachChangeOnce) {
  server_.CreateDtsJob("shop", "a", kSpec, kNow);
  auto watch = Open("&resourceVersion=" + std::to_string(server_.store().revision()));
  EXPECT_EQ(watch->Poll(kNow, kLatest).bytes, "");
  server_.PatchDtsJob("shop", "a", {{"metadata", {{"labels", {{"x", "y"}}}}}}, kNow);
  server_.DeleteDtsJob("shop", "a", kNow);
  server_.CreateDtsJob("shop", "a", kSpec, kNow);
  EXPECT_THAT(Types(watch->Poll(kNow, kLatest).bytes),
              testing::ElementsAre("MODIFIED", "DELETED", "ADDED"));
  EXPECT_EQ(watch->Poll(kNow, kLatest).bytes, "");
}

TEST_F(SimWatchTest, ALateCacheTellsNoMoreThanItHasSeen) {
  const int64_t start = server_.store().revision();
  auto watch = Open("&resourceVersion=" + std::to_string(start));
  server_.CreateDtsJob("shop", "a", kSpec, kNow);
  server_.CreateDtsJob("shop", "b", kSpec, kNow);
  EXPECT_EQ(Types(watch->Poll(kNow, start + 1).bytes).size(), 1U);
  EXPECT_EQ(Types(watch->Poll(kNow, start + 2).bytes).size(), 1U);
}

TEST_F(SimWatchTest, BookmarksCarryTheRevisionOfTheWholeStore) {
  auto watch = Open("&resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=300");
  server_.PutSecret("shop", "key", Json::object(), kNow);
  EXPECT_EQ(watch->Poll(kNow + seconds(59), kLatest).bytes, "");
  EXPECT_EQ(watch->NextWakeup(), kNow + seconds(60));
  const Json bookmark = Json::parse(watch->Poll(kNow + seconds(60), kLatest).bytes);
  EXPECT_EQ(bookmark["type"], "BOOKMARK");
  EXPECT_EQ(bookmark["object"]["kind"], "DtsJob");
  EXPECT_EQ(bookmark["object"]["metadata"]["resourceVersion"], "2");
}

TEST_F(SimWatchTest, EndsInGoodOrderWithABookmark) {
  auto watch = Open("&resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=30");
  EXPECT_FALSE(watch->Poll(kNow + seconds(29), kLatest).closed);
  const SimWatch::Output end = watch->Poll(kNow + seconds(30), kLatest);
  EXPECT_TRUE(end.closed);
  EXPECT_THAT(Types(end.bytes), testing::ElementsAre("BOOKMARK"));
}

TEST_F(SimWatchTest, ACompactedRevisionIsExpired) {
  server_.CreateDtsJob("shop", "a", kSpec, kNow);
  server_.CreateDtsJob("shop", "b", kSpec, kNow);
  server_.Compact();
  auto watch = Open("&resourceVersion=2");
  const SimWatch::Output output = watch->Poll(kNow, kLatest);
  EXPECT_TRUE(output.closed);
  const Json error = Json::parse(output.bytes);
  EXPECT_EQ(error["type"], "ERROR");
  EXPECT_EQ(error["object"]["code"], 410);
  EXPECT_EQ(error["object"]["reason"], "Expired");
  EXPECT_NE(Open("&resourceVersion=3"), nullptr);
}

TEST(SimWatch, AnOlderServerRefusesWithHttp410) {
  SimApiOptions options;
  options.expired_watch_as_http = true;
  SimApiServer server(options);
  server.CreateDtsJob("shop", "a", kSpec, kNow);
  server.CreateDtsJob("shop", "b", kSpec, kNow);
  server.Compact();
  HttpResult refusal;
  EXPECT_EQ(
      server.OpenWatch(Get(std::string(kJobs) + "?watch=1&resourceVersion=2"), kNow, &refusal),
      nullptr);
  EXPECT_EQ(refusal.status, 410);
}

TEST(SimStore, KeepsEveryVersion) {
  SimApiServer server;
  server.CreateDtsJob("shop", "a", kSpec, kNow);
  server.PatchDtsJob("shop", "a", {{"spec", {{"desiredState", "Stopped"}}}}, kNow);
  server.DeleteDtsJob("shop", "a", kNow);
  server.Compact();
  const auto history = server.store().History("dtsjobs/shop/a");
  ASSERT_EQ(history.size(), 3U);
  EXPECT_TRUE(history[0]->created);
  EXPECT_EQ(history[1]->object["metadata"]["generation"], 2);
  EXPECT_TRUE(history[2]->deleted);
  EXPECT_TRUE(server.DtsJob("shop", "a").is_null());
}

}  // namespace
}  // namespace dtsop::sim
