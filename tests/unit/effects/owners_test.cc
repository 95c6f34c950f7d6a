// Which of several DtsJobs manages a DTS job. The one of Pass, shop/orders, is among them.
#include <algorithm>

#include "tests/unit/effects/pass_fixture.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Owners : public Pass {
 protected:
  Owners() {
    object_["metadata"]["creationTimestamp"] = "2027-01-02T00:00:00Z";
    Changed();
    words_["cn-hangzhou"] = "NotStarted";
  }
  // Another DtsJob of the same DTS job, a day older or younger than shop/orders, whose credentials
  // are of a Secret with this AccessKey id; "": the operator's own.
  void Add(const ObjectKey& key, bool older, const std::string& access_key_id) {
    Json job = object_;
    job.erase("status");
    job["metadata"]["namespace"] = key.namespace_name;
    job["metadata"]["name"] = key.name;
    job["metadata"]["uid"] = key.ToString();
    job["metadata"]["creationTimestamp"] = older ? "2027-01-01T00:00:00Z" : "2027-01-03T00:00:00Z";
    if (!access_key_id.empty()) job["spec"]["credentialsSecretRef"] = {{"name", key.name}};
    ids_[key.name] = access_key_id;
    others_[key] = job;
    Update(key);
  }
  void Update(const ObjectKey& key) {
    others_[key]["metadata"]["resourceVersion"] = std::to_string(++version_);
    store_.Upsert(*DtsJobFromJson(others_[key]));
    queue_.Add(key);
  }
  void Delete(const ObjectKey& key) {
    store_.Delete(key, key.ToString());
    others_.erase(key);
    queue_.Add(key);
  }
  void Serve() override {
    const SendRequest call = probe_.sent().front();
    const HttpRequest& request = call.request;
    if (call.remote == Remote::kDts) {
      const std::string signer(FindHeader(request.headers, "authorization"));
      const bool refused = signer.find("Credential=" + refused_id_) != std::string::npos;
      return refused ? probe_.Answer(403, R"({"Code":"SignatureDoesNotMatch"})") : Pass::Serve();
    }
    // Before it is called a new look is asked for, and refused.
    if (revoked_while_announced_ && request.target.find("/leases") != std::string::npos &&
        request.body.find(kBank.name) != std::string::npos) {
      revoked_while_announced_ = false;
      refused_id_ = "LTAI2";
      others_[kBank]["metadata"]["annotations"][std::string(kReconcileAnnotation)] = "now";
      Update(kBank);
    }
    for (const auto& [name, id] : ids_) {
      if (request.target.ends_with("/secrets/" + name)) {
        PutSecret(id, "t");
        return Pass::Serve();
      }
    }
    for (auto& [key, object] : others_) {
      const std::string path =
          "/namespaces/" + key.namespace_name + "/dtsjobs/" + key.name + "/status?";
      if (request.target.find(path) == std::string::npos) continue;
      object["status"] = ParseJson(request.body).value_or(Json())["status"];
      object["metadata"]["resourceVersion"] = std::to_string(++version_);
      return probe_.Answer(200, DumpJson(object));
    }
    Pass::Serve();
  }
  std::string ReasonOf(const ObjectKey& key) { return Ready(key, "reason"); }
  std::string Ready(const ObjectKey& key, const char* member) {
    const Json& object = key == kKey ? object_ : others_[key];
    for (const Json& condition : Member(object, "status", "conditions")) {
      if (StringOr(Member(condition, "type")) == "Ready")
        return StringOr(Member(condition, member));
    }
    return "";
  }

  const ObjectKey kBank = {"bank", "spy"};
  const ObjectKey kTwin = {"shop", "twin"};
  std::map<ObjectKey, Json> others_;
  std::map<std::string, std::string> ids_;  // of the Secrets
  std::string refused_id_ = "wrong";        // by DTS
  bool revoked_while_announced_ = false;    // LTAI2, when a start of kBank has been announced
};

TEST_F(Owners, AnOlderDtsJobWithoutValidCredentialsStandsInNobodysWay) {
  Add(kBank, true, "wrong");
  Run(seconds(20));
  EXPECT_EQ(ReasonOf(kKey), "Running");
  EXPECT_EQ(ReasonOf(kBank), "SignatureDoesNotMatch");
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
}

TEST_F(Owners, AnOlderOneWithCredentialsOfItsOwnIsTheOwnerAndIsNotNamedToAnotherNamespace) {
  Add(kBank, true, "LTAI2");
  Run(seconds(20));
  EXPECT_EQ(ReasonOf(kBank), "Running");
  EXPECT_EQ(ReasonOf(kKey), "Conflict");
  EXPECT_THAT(Ready(kKey, "message"),
              AllOf(Not(HasSubstr("bank")), Not(HasSubstr("spy")), HasSubstr("job1")));
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
}

TEST_F(Owners, AYoungerOneWithoutValidCredentialsDoesNotHearOfTheOwner) {
  const ObjectKey late = {"bank", "late"};
  Add(late, false, "wrong");
  Run(minutes(3));
  EXPECT_EQ(ReasonOf(kKey), "Running");
  EXPECT_EQ(ReasonOf(late), "SignatureDoesNotMatch");
  ids_[late.name] = "LTAI2";
  Run(minutes(3));
  EXPECT_EQ(ReasonOf(late), "Conflict");
  ids_[late.name] = "wrong";
  Run(minutes(4));
  EXPECT_EQ(ReasonOf(late), "SignatureDoesNotMatch") << "it can't see the job any more";
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
}

TEST_F(Owners, OfEqualCredentialsTheOldestIsTheOwnerAtOnce) {
  Add(kTwin, false, "");
  reconciler_.Reconcile(kKey, probe_.now);
  reconciler_.Reconcile(kTwin, probe_.now);
  Run(seconds(20));
  EXPECT_EQ(ReasonOf(kKey), "Running");
  EXPECT_EQ(ReasonOf(kTwin), "Conflict");
  EXPECT_THAT(Ready(kTwin, "message"), HasSubstr("shop/orders"));
}

TEST_F(Owners, TheJobGoesToTheNextWhenTheOwnerGoesOrLosesItsCredentials) {
  Add(kBank, true, "LTAI2");
  Run(seconds(20));
  ASSERT_EQ(ReasonOf(kKey), "Conflict");
  ids_[kBank.name] = "wrong";
  Run(minutes(4));
  EXPECT_EQ(ReasonOf(kBank), "SignatureDoesNotMatch");
  EXPECT_EQ(ReasonOf(kKey), "Running");
  ids_[kBank.name] = "LTAI2";
  Run(minutes(4));
  EXPECT_EQ(ReasonOf(kBank), "Running");
  EXPECT_EQ(ReasonOf(kKey), "Conflict");
  Delete(kBank);
  Run(minutes(1));
  EXPECT_EQ(ReasonOf(kKey), "Running");
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
}

TEST_F(Owners, OneThatIsBeingDeletedIsNoOwner) {
  Add(kTwin, true, "");
  Run(seconds(20));
  ASSERT_EQ(ReasonOf(kKey), "Conflict");
  others_[kTwin]["metadata"]["deletionTimestamp"] = "2027-01-04T00:00:00Z";
  Update(kTwin);
  Run(seconds(20));
  EXPECT_EQ(ReasonOf(kKey), "Running");
}

TEST_F(Owners, AStartOfOneThatIsBeingDeletedIsSettledAndForgotten) {
  Add(kTwin, true, "");
  starts_are_lost_ = true;
  while (calls_.empty()) Run(milliseconds(100));
  others_[kTwin]["metadata"]["deletionTimestamp"] = "2027-01-04T00:00:00Z";
  Update(kTwin);
  Run(seconds(20));
  EXPECT_EQ(ReasonOf(kKey), "StartOutcomePending");
  EXPECT_THAT(Ready(kKey, "message"), HasSubstr("which is being deleted"));
  EXPECT_EQ(metrics_.values["dts_starts_in_flight"], 1);
  Run(kCallWithin + kSettle);
  EXPECT_EQ(metrics_.values["dts_starts_in_flight"], 0);
  Run(seconds(10));
  EXPECT_EQ(ReasonOf(kKey), "Running");
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
}

TEST_F(Owners, AStartThatIsAnnouncedByOneThatLosesItsCredentialsIsForgotten) {
  revoked_while_announced_ = true;
  Add(kBank, true, "LTAI2");
  Run(seconds(30));
  EXPECT_EQ(ReasonOf(kBank), "SignatureDoesNotMatch");
  EXPECT_EQ(ReasonOf(kKey), "Running");
  EXPECT_EQ(metrics_.values["dts_starts_in_flight"], 0);
  EXPECT_THAT(calls_, ElementsAre("StartDtsJob cn-hangzhou"));
}

// An event about one of many DtsJobs of a DTS job lets that one be looked at, and not all.
TEST_F(Owners, AnEventOfOneOfManyWakesNoOther) {
  constexpr int kMany = 50;
  for (int i = 0; i < kMany; ++i) Add({"bank", "spy" + std::to_string(i)}, i % 2 == 0, "wrong");
  Run(seconds(20));
  ASSERT_EQ(ReasonOf(kKey), "Running");
  Update({"bank", "spy0"});
  int passes = 0;
  while (const auto key = queue_.Get(probe_.now.mono)) {
    reconciler_.Reconcile(*key, probe_.now);
    ++passes;
  }
  EXPECT_LE(passes, 3);
}

}  // namespace
}  // namespace dtsop
