#include "simulator/control.h"

#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

struct ControlRig : Rig {
  ControlReply Ask(const std::string& method, const std::string& target,
                   const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    return HandleControl(request, now, &sim);
  }
  std::string Problem(const std::string& method, const std::string& target,
                      const std::string& body = "") {
    const ControlReply reply = Ask(method, target, body);
    EXPECT_GE(reply.status, 400) << target;
    return StringOr(reply.body["error"]);
  }
};

TEST(Control, AnswersHealth) {
  ControlRig rig;
  EXPECT_EQ(rig.Ask("GET", "/healthz").status, 200);
}

TEST(Control, CreatesShowsChangesAndRemovesAJob) {
  ControlRig rig;
  EXPECT_EQ(rig.Ask("PUT", "/jobs/new%20job", R"({"type":"MIGRATION"})").status, 200);
  EXPECT_EQ(rig.Code("StartDtsJob", "new job"), "");
  Json job = rig.Ask("GET", "/jobs/new%20job").body;
  EXPECT_EQ(job["status"], "Prechecking");
  EXPECT_EQ(job["startsAccepted"], 1);
  EXPECT_EQ(job["startsEffective"], 1);
  job = rig.Ask("PATCH", "/jobs/new%20job", R"({"status":"Locked"})").body;
  EXPECT_EQ(job["status"], "Locked");
  EXPECT_EQ(job["type"], "MIGRATION");
  EXPECT_EQ(job["startsAccepted"], 1);
  EXPECT_EQ(rig.Ask("GET", "/jobs").body["jobs"].size(), 4U);
  EXPECT_EQ(rig.Ask("DELETE", "/jobs/new%20job").status, 200);
  EXPECT_EQ(rig.Ask("GET", "/jobs/new%20job").status, 404);
  EXPECT_EQ(rig.Ask("DELETE", "/jobs/new%20job").status, 404);
}

TEST(Control, PatchingWithTheConfiguredStatusForcesIt) {
  ControlRig rig;
  rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(rig.Ask("PATCH", "/jobs/sync", R"({"delay":"3s"})").body["status"], "Prechecking");
  EXPECT_EQ(rig.Ask("PATCH", "/jobs/sync", R"({"status":"NotStarted"})").body["status"],
            "NotStarted");
}

TEST(Control, PutReplacesStateAndCounters) {
  ControlRig rig;
  rig.Call("StartDtsJob", "sync");
  const Json job = rig.Ask("PUT", "/jobs/sync", R"({"twoWay":true})").body;
  EXPECT_EQ(job["status"], "NotStarted");
  EXPECT_EQ(job["reverseStatus"], "NotStarted");
  EXPECT_EQ(job["startsAccepted"], 0);
}

TEST(Control, ScriptsFaults) {
  ControlRig rig;
  const Json ids =
      rig.Ask("POST", "/faults", R"([{"effect":"lostReply"},{"effect":"resetAfter"}])").body["ids"];
  EXPECT_EQ(ids, Json::array({1, 2}));
  rig.Call("StartDtsJob", "sync");
  Json faults = rig.Ask("GET", "/faults").body["faults"];
  EXPECT_EQ(faults[0]["fired"], 1);
  EXPECT_EQ(faults[1]["fired"], 0);
  EXPECT_EQ(rig.Ask("DELETE", "/faults/2").status, 200);
  EXPECT_EQ(rig.Ask("DELETE", "/faults/2").status, 404);
  EXPECT_EQ(rig.Ask("DELETE", "/faults").status, 200);
  EXPECT_EQ(rig.Ask("GET", "/faults").body["faults"].size(), 0U);
  EXPECT_EQ(rig.Ask("POST", "/faults", R"({"effect":"lostReply"})").body["ids"][0], 3);
}

TEST(Control, AListOfFaultsWithOneBadAddsNone) {
  ControlRig rig;
  EXPECT_THAT(rig.Problem("POST", "/faults", R"([{"effect":"lostReply"},{"effect":"bang"}])"),
              testing::StartsWith("[1].effect: must be one of"));
  EXPECT_EQ(rig.Ask("GET", "/faults").body["faults"].size(), 0U);
}

TEST(Control, ShowsCallsSinceANumber) {
  ControlRig rig;
  for (int i = 0; i < 3; ++i) rig.Call("StopDtsJob", "none");
  const auto seqs = [&](const std::string& target) {
    std::vector<int64_t> out;
    const Json body = rig.Ask("GET", target).body;
    EXPECT_EQ(body["last"], 3);
    for (const Json& call : body["calls"]) out.push_back(call["seq"].get<int64_t>());
    return out;
  };
  using testing::ElementsAre;
  EXPECT_THAT(seqs("/calls"), ElementsAre(1, 2, 3));
  EXPECT_THAT(seqs("/calls?since=0"), ElementsAre(1, 2, 3));
  EXPECT_THAT(seqs("/calls?since=2"), ElementsAre(3));
  EXPECT_THAT(seqs("/calls?since=3"), ElementsAre());
  EXPECT_THAT(seqs("/calls?since=18446744073709551615"), ElementsAre());
  EXPECT_THAT(rig.Problem("GET", "/calls?since=x"), testing::StartsWith("since: "));
  EXPECT_THAT(rig.Problem("GET", "/calls?until=1"), testing::StartsWith("since: "));
}

TEST(Control, ChangesBehaviour) {
  ControlRig rig;
  const Json before = rig.Ask("GET", "/behaviour").body;
  EXPECT_EQ(before["repeatedStart"], "InvalidJobStatus");
  const Json after = rig.Ask("PATCH", "/behaviour", R"({"repeatedStart":"success"})").body;
  EXPECT_EQ(after["repeatedStart"], "success");
  EXPECT_EQ(after["errorShape"], before["errorShape"]);
  rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
}

TEST(Control, MovesTheClock) {
  ControlRig rig;
  rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(rig.Ask("POST", "/clock", R"({"advance":"1h","speed":60})").body["speed"], 60);
  EXPECT_EQ(rig.Status("sync"), "Synchronizing");
  EXPECT_EQ(rig.Ask("GET", "/clock").body["jobTime"], "2026-11-24T14:35:41Z");
}

TEST(Control, ChangesAccountsAndNeverShowsSecrets) {
  ControlRig rig;
  EXPECT_EQ(rig.Ask("PUT", "/accounts/key2", R"({"accessKeySecret":"hush"})").body, Json::object());
  rig.credentials = {"key2", SecretString("hush"), SecretString()};
  EXPECT_EQ(rig.Code("DescribeDtsJobDetail", "sync"), "");
  EXPECT_EQ(rig.Ask("PUT", "/accounts/key2", R"({"active":false})").status, 200);
  EXPECT_EQ(rig.Code("DescribeDtsJobDetail", "sync"), "InvalidAccessKeyId.Inactive");
}

TEST(Control, TellsAccountsWithOneKeyIdApart) {
  ControlRig rig;
  EXPECT_EQ(
      rig.Ask("PUT", "/accounts/key", R"({"accountId":"2000","accessKeySecret":"hush"})").status,
      200);
  EXPECT_EQ(rig.Code("DescribeDtsJobDetail", "sync"), "") << "the first account stays";
  rig.credentials.access_key_secret = SecretString("hush");
  EXPECT_EQ(rig.Code("DescribeDtsJobDetail", "sync"), "InvalidJobId");
  EXPECT_THAT(rig.Problem("PUT", "/accounts/key", R"({"active":false})"),
              testing::StartsWith("accountId: is required"));
  EXPECT_EQ(rig.Ask("PUT", "/accounts/key", R"({"accountId":"2000","active":false})").status, 200);
  EXPECT_EQ(rig.Code("DescribeDtsJobDetail", "sync"), "InvalidAccessKeyId.Inactive");
  rig.credentials.access_key_secret = SecretString("secret");
  EXPECT_EQ(rig.Code("DescribeDtsJobDetail", "sync"), "");
}

TEST(Control, ChangesQuotas) {
  ControlRig rig;
  EXPECT_EQ(rig.Ask("PUT", "/quotas/StopDtsJob", R"({"perSecond":1})").status, 200);
  EXPECT_EQ(rig.Code("StopDtsJob", "none"), "InvalidJobId");
  EXPECT_EQ(rig.Code("StopDtsJob", "none"), "Throttling.User");
}

TEST(Control, NamesWhatIsWrong) {
  ControlRig rig;
  using testing::StartsWith;
  EXPECT_THAT(rig.Problem("PUT", "/jobs/a", R"({"type":"sync"})"), StartsWith("type: must be"));
  EXPECT_THAT(rig.Problem("PUT", "/jobs/a", R"({"jobId":"b"})"), StartsWith("jobId: differs"));
  EXPECT_THAT(rig.Problem("PUT", "/jobs/a", "{"), StartsWith("the body is not valid JSON"));
  EXPECT_THAT(rig.Problem("PATCH", "/jobs/sync"), StartsWith("the document: must be"));
  EXPECT_THAT(rig.Problem("PATCH", "/jobs/none", "{}"), StartsWith("no job none"));
  EXPECT_THAT(rig.Problem("POST", "/faults"), StartsWith("the document: must be"));
  EXPECT_THAT(rig.Problem("POST", "/clock", R"({"advance":"-1s"})"), StartsWith("advance: "));
  EXPECT_THAT(rig.Problem("POST", "/clock", R"({"speed":-1})"), StartsWith("speed: "));
  EXPECT_THAT(rig.Problem("PATCH", "/behaviour", R"({"formt":1})"), StartsWith("formt: is not"));
  EXPECT_THAT(rig.Problem("PUT", "/accounts/a"), StartsWith("accessKeySecret: is required"));
  EXPECT_THAT(rig.Problem("PUT", "/quotas/a", R"({"perSecond":"x"})"), StartsWith("perSecond: "));
  EXPECT_EQ(rig.Ask("GET", "/nothing").status, 404);
  EXPECT_EQ(rig.Ask("GET", "").status, 404);
  EXPECT_EQ(rig.Ask("GET", "/jobs/a/b").status, 404);
  for (const char* target : {"/jobs", "/jobs/sync", "/faults", "/faults/1", "/calls", "/behaviour",
                             "/clock", "/accounts/a", "/quotas/a"}) {
    EXPECT_EQ(rig.Ask("BREW", target).status, 405) << target;
  }
}

}  // namespace
}  // namespace dtsop::simulator
