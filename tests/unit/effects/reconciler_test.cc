// What the pass remembers between decisions. Whole lives of DtsJobs are played in tests/simulation.
#include "effects/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/decide/scene.h"
#include "tests/unit/lease/fake_lease.h"

namespace dtsop {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::optional<std::string> Variable(const std::string& name) {
  if (name == "ALIBABA_CLOUD_ACCESS_KEY_ID") return "LTAI";
  if (name == "ALIBABA_CLOUD_ACCESS_KEY_SECRET") return "s";
  return std::nullopt;
}

// A Reconciler that leads, an API server with one DtsJob, and a DTS whose jobs are words by region.
class Pass : public ::testing::Test {
 protected:
  Pass() {
    object_ = *ParseJson(R"({"metadata": {"namespace": "shop", "name": "orders", "uid": "u1",
        "resourceVersion": "100", "generation": 1}, "spec": {"dtsJobId": "job1",
        "regionId": "cn-hangzhou"}})");
    elector_.Tick(probe_.now);
    lease_.Answer(probe_);
    elector_.Tick(probe_.now);
    lease_.Answer(probe_);
    Changed();
  }

  // The object in the API server has changed and the watch says so.
  void Changed() {
    object_["metadata"]["resourceVersion"] = std::to_string(++version_);
    store_.Upsert(*DtsJobFromJson(object_));
    queue_.Add(kKey);
  }
  void ChangeSpec(const Json& change) {
    object_["spec"].merge_patch(change);
    object_["metadata"]["generation"] = object_["metadata"]["generation"].get<int64_t>() + 1;
    Changed();
  }
  // Everything that is due and every answer to it, for `time`.
  void Run(Duration time) {
    for (const MonoTime end = probe_.now.mono + time; probe_.now.mono < end;) {
      elector_.Tick(probe_.now);
      dts_.Advance(probe_.now);
      while (const auto key = queue_.Get(probe_.now.mono)) reconciler_.Reconcile(*key, probe_.now);
      fleet_.Advance(probe_.now);
      elector_.Tick(probe_.now);
      if (!probe_.sent().empty()) {
        Serve();
      } else {
        probe_.Advance(milliseconds(100));
      }
    }
  }
  void Serve() {
    const SendRequest call = probe_.sent().front();
    const HttpRequest& request = call.request;
    if (call.remote == Remote::kDts) return ServeDts(request);
    if (request.target.find("/leases") != std::string::npos) return lease_.Answer(probe_);
    if (request.target.find("/status") != std::string::npos) {
      if (no_writes_) return probe_.Answer(503, "");
      object_["status"] = ParseJson(request.body).value_or(Json())["status"];
      object_["metadata"]["resourceVersion"] = std::to_string(++version_);
    }
    probe_.Answer(200, DumpJson(object_));
  }
  void ServeDts(const HttpRequest& request) {
    const std::string action(FindHeader(request.headers, "x-acs-action"));
    const std::string text = request.target + request.body;
    const std::string region =
        text.find("cn-beijing") != std::string::npos ? "cn-beijing" : "cn-hangzhou";
    if (action != "DescribeDtsJobDetail") calls_.push_back(action + " " + region);
    if (action == "DescribePreCheckStatus") {
      return probe_.Answer(
          200, DumpJson({{"Success", true},
                         {"State", "Failed"},
                         {"JobProgress", {{{"Item", failed_item_}, {"State", "Failed"}}}}}));
    }
    if (!failing_.empty()) return probe_.Answer(400, R"({"Code":")" + failing_ + R"("})");
    if (action == "StartDtsJob") words_[region] = "Synchronizing";
    if (action == "StartDtsJob" && starts_are_lost_) return probe_.Break(HttpError::kTimeout);
    if (action == "SuspendDtsJob") words_[region] = "Suspending";
    probe_.Answer(200,
                  DumpJson({{"Success", true}, {"RequestId", "R"}, {"Status", words_[region]}}));
  }
  Json FailedItem() { return Member(object_, "status", "precheck")["failedItems"][0]["item"]; }
  std::string Conditions() { return ConditionsOf(StatusFromJson(Member(object_, "status"))); }

  const ObjectKey kKey = {"shop", "orders"};
  OutboxProbe probe_;
  FakeLease lease_;
  Json object_;
  int version_ = 100;
  std::map<std::string, std::string> words_;
  std::vector<std::string> calls_;
  std::string failing_;
  bool starts_are_lost_ = false;
  bool no_writes_ = false;
  std::string failed_item_ = "CHECK_CONN_SRC";

  Random random_{1};
  NullMetrics metrics_;
  OwnCredentials own_{{},
                      {Variable, [](const std::string&) { return std::nullopt; }},
                      probe_.outbox,
                      random_,
                      [](Now) {}};
  Store store_;
  WorkQueue queue_;
  CredentialsCache credentials_{probe_.outbox, own_, [](const ObjectKey&, Now) {}};
  DtsCaller dts_{
      {{"https://dts.example", {}, false}, SignatureKind::kAcs3, {}},
      probe_.outbox,
      random_,
      metrics_,
      {[this](DtsAction action, const AccountKey& account, const ObjectKey& who, Now now) {
         return Reads(action) ? fleet_.OnTurn(action, account, who, now) : reconciler_.OnTurn(who);
       },
       [this](const AccountKey& account, Now now) { reconciler_.OnRestored(account, now); }}};
  Fleet fleet_{dts_,
               {[this](const ObjectKey& who, const Fleet::Wish& wish,
                       const tl::expected<ObservedJob, CallFailure>& answer, MonoTime sent,
                       Now now) { reconciler_.OnAnswer(who, wish, answer, sent, now); },
                [this](const AccountKey& account, const ObservedJob& seen, MonoTime sent, Now now) {
                  reconciler_.OnListed(account, seen, sent, now);
                }}};
  EventRecorder events_{"pod", probe_.outbox, random_};
  LeaderElector elector_{
      {"dts-system", "dts-operator", "pod-a", seconds(15), seconds(10), seconds(2)},
      probe_.outbox,
      random_,
      {[this](const std::vector<StartEntry>& starts, bool lost, Now now) {
         reconciler_.OnLeading(starts, lost, now);
       },
       [this](Now) { reconciler_.OnStopped(); },
       [this](const std::vector<std::string>& nonces, MonoTime sent) {
         reconciler_.OnAnnounced(nonces, sent);
       }}};
  Reconciler reconciler_{{store_, queue_, elector_, credentials_, dts_, fleet_, events_,
                          probe_.outbox, random_, metrics_, "",
                          [this](const std::string&) { return probe_.now.mono; }}};
};

TEST_F(Pass, AStoppedJobIsStartedOnce) {
  words_["cn-hangzhou"] = "NotStarted";
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Pass, AStartThatWasSeenToWorkIsNotRepeatedWhateverBecomesOfTheJob) {
  words_["cn-hangzhou"] = "Failed";
  starts_are_lost_ = no_writes_ = true;
  Run(seconds(20));
  ASSERT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  words_["cn-hangzhou"] = "Failed";
  Run(seconds(20));
  no_writes_ = false;
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "TaskFailed: Ready=False Stalled=True Synced=True");
}

TEST_F(Pass, WhatWasSeenInAnotherRegionSaysNothingAboutThisOne) {
  words_ = {{"cn-hangzhou", "Synchronizing"}, {"cn-beijing", "NotStarted"}};
  Run(seconds(5));
  ASSERT_EQ(Conditions(), "Running: Ready=True Synced=True");
  ChangeSpec({{"regionId", "cn-beijing"}});
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-beijing"));
  EXPECT_EQ(Conditions(), "Running: Ready=True Synced=True");
}

TEST_F(Pass, AnAnswerAboutAnotherRegionSaysNothingAboutThisOne) {
  words_ = {{"cn-hangzhou", "Synchronizing"}, {"cn-beijing", "NotStarted"}};
  reconciler_.Reconcile(*queue_.Get(probe_.now.mono), probe_.now);
  fleet_.Advance(probe_.now);
  ASSERT_EQ(probe_.sent().front().remote, Remote::kDts);
  ChangeSpec({{"regionId", "cn-beijing"}});
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-beijing"));
}

TEST_F(Pass, AJobThatSomebodyResumesIsSuspendedAgain) {
  words_["cn-hangzhou"] = "Synchronizing";
  object_["spec"]["desiredState"] = "Suspended";
  Changed();
  Run(minutes(5));
  ASSERT_EQ(Conditions(), "Suspended: Ready=True Synced=True");
  words_["cn-hangzhou"] = "Synchronizing";
  Run(minutes(5));
  EXPECT_THAT(calls_, ElementsAre("SuspendDtsJob cn-hangzhou", "SuspendDtsJob cn-hangzhou"));
  EXPECT_EQ(Conditions(), "Suspended: Ready=True Synced=True");
}

TEST_F(Pass, WhatFailedInAPrecheckIsReadOnceAndShownUntilThePrecheckIsOver) {
  words_["cn-hangzhou"] = "PrecheckFailed";
  ChangeSpec({{"desiredState", "Suspended"}});
  Run(minutes(5));
  EXPECT_EQ(Conditions(), "PrecheckFailed: Ready=False Stalled=True Synced=False");
  EXPECT_EQ(FailedItem(), "CHECK_CONN_SRC");
  const int version = version_;
  Run(minutes(30));
  EXPECT_EQ(version_, version) << "nothing to write";
  EXPECT_THAT(calls_, ElementsAre("DescribePreCheckStatus cn-hangzhou"));
  words_["cn-hangzhou"] = "Suspending";
  Run(minutes(2));
  EXPECT_FALSE(object_["status"].contains("precheck"));
}

TEST_F(Pass, WhatFailedInAPrecheckIsReadAgainWhenAPersonAsks) {
  words_["cn-hangzhou"] = "PrecheckFailed";
  ChangeSpec({{"desiredState", "Suspended"}});
  Run(seconds(5));
  failed_item_ = "CHECK_CONN_DEST";
  object_["metadata"]["annotations"]["dts.aliyun.com/reconcile-requested-at"] = "now";
  Changed();
  Run(seconds(5));
  EXPECT_EQ(FailedItem(), "CHECK_CONN_DEST");
}

// Details, which lack the items, and pages, which word them in their own way, take turns.
TEST_F(Pass, OfWhatAPageSaysOfAFailedPrecheckOnlyOtherItemsAreNews) {
  words_["cn-hangzhou"] = "PrecheckFailed";
  ChangeSpec({{"desiredState", "Suspended"}});
  Run(seconds(5));
  const Json shown = object_["status"];
  ObservedJob listed;
  listed.job_id = "job1";
  listed.status = "PrecheckFailed";
  for (const char* item : {"CHECK_CONN_SRC", "CHECK_ON_PAGE"}) {
    listed.failed_checks = {{item, "Failed", "in other words", ""}};
    reconciler_.OnListed({"LTAI", "cn-hangzhou"}, listed, probe_.now.mono, probe_.now);
    Run(minutes(5));
    EXPECT_EQ(FailedItem(), item);
    EXPECT_EQ(object_["status"] == shown, item == failed_item_);
  }
  EXPECT_THAT(calls_, ElementsAre("DescribePreCheckStatus cn-hangzhou"));
}

TEST_F(Pass, AForgedCountOfFailuresIsBounded) {
  failing_ = "Brand.New";
  object_["status"] = {{"lastError",
                        {{"source", "API"},
                         {"errCode", "Brand.New"},
                         {"firstTime", "2027-01-15T08:00:00Z"},
                         {"count", std::numeric_limits<int64_t>::max()}}}};
  Changed();
  Run(minutes(1));
  EXPECT_GT(object_["status"]["lastError"]["count"].get<int64_t>(), 0);
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(Pass, ABurstOfStatusesLeavesRoomForTheLeaseAndIsWrittenInTheEnd) {
  constexpr int kJobs = 100;
  words_["cn-hangzhou"] = "Synchronizing";
  Run(seconds(2));
  for (int i = 0; i < kJobs; ++i) {
    // Without a region nothing is asked: the status can be written at once.
    Json job = object_;
    job.erase("status");
    job["metadata"]["name"] = job["metadata"]["uid"] = "job" + std::to_string(i);
    job["spec"].erase("regionId");
    store_.Upsert(*DtsJobFromJson(job));
    queue_.Add({"shop", "job" + std::to_string(i)});
  }
  const auto pass = [this] {
    while (const auto key = queue_.Get(probe_.now.mono)) reconciler_.Reconcile(*key, probe_.now);
  };
  const auto is_status = [](const SendRequest& call) {
    return call.request.target.find("/status") != std::string::npos;
  };
  pass();
  EXPECT_EQ(std::count_if(probe_.sent().begin(), probe_.sent().end(), is_status), 32);
  std::set<std::string> written;
  while (!probe_.sent().empty()) {
    ASSERT_LE(std::count_if(probe_.sent().begin(), probe_.sent().end(), is_status), 32);
    const HttpRequest request = probe_.Take();
    if (is_status(probe_.sent().front())) written.insert(request.target);
    probe_.Answer(200, request.body.empty() ? DumpJson(object_) : request.body);
    pass();
  }
  EXPECT_EQ(written.size(), static_cast<size_t>(kJobs));
}

}  // namespace
}  // namespace dtsop
