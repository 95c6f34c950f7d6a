// A Reconciler with all that surrounds it, for the tests of what a pass remembers.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "base/crypto.h"
#include "effects/reconciler.h"
#include "tests/support/last_metrics.h"
#include "tests/unit/decide/scene.h"
#include "tests/unit/lease/fake_lease.h"

namespace dtsop {

inline std::optional<std::string> Variable(const std::string& name) {
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
    const auto pass = [this] {
      elector_.Tick(probe_.now);
      namespaces_.Tick(probe_.now);
      dts_.Advance(probe_.now);
      while (const auto key = queue_.Get(probe_.now.mono)) reconciler_.Reconcile(*key, probe_.now);
      fleet_.Advance(probe_.now);
      elector_.Tick(probe_.now);
      reconciler_.Sweep(probe_.now);
    };
    probe_.Live(time, milliseconds(100), pass, [this] { Serve(); });
  }
  virtual void Serve() {
    const SendRequest call = probe_.sent().front();
    const HttpRequest& request = call.request;
    if (call.remote == Remote::kDts) return ServeDts(request);
    if (request.target.find("/secrets/") != std::string::npos) {
      return probe_.Answer(200, DumpJson(secret_));
    }
    if (request.target.find("/leases") != std::string::npos) {
      if (request.target.find("/dts-system/") == std::string::npos) {
        if (namespace_is_mute_) return probe_.Break(HttpError::kTimeout);
        return probe_.Finish(
            namespace_leases_[request.target.substr(0, request.target.find("/leases"))].Serve(
                probe_.Take()));
      }
      if (!lease_is_mute_) return lease_.Answer(probe_);
      (void)lease_.Serve(request);
      return probe_.Break(HttpError::kTimeout);
    }
    if (request.target.find("/status") != std::string::npos) {
      if (no_writes_) return probe_.Answer(503, "");
      if (Member(probe_.TakeBody(), "metadata", "resourceVersion") !=
          object_["metadata"]["resourceVersion"]) {
        ++conflicts_;
        return probe_.Answer(409, R"({"kind":"Status","reason":"Conflict","code":409})");
      }
      ++writes_;
      object_["status"] = ParseJson(request.body).value_or(Json())["status"];
      if (old_crd_) object_["status"].erase("jobStatus");
      object_["metadata"]["resourceVersion"] = std::to_string(++version_);
    }
    probe_.Answer(200, DumpJson(object_));
  }
  void ServeDts(const HttpRequest& request) {
    const std::string action(FindHeader(request.headers, "x-acs-action"));
    const std::string text = request.target + request.body;
    const std::string region =
        text.find("cn-beijing") != std::string::npos ? "cn-beijing" : "cn-hangzhou";
    all_calls_.emplace_back(action, probe_.now.mono);
    if (action != "DescribeDtsJobDetail") calls_.push_back(action + " " + region);
    if (action == "DescribePreCheckStatus") {
      return probe_.Answer(
          200, DumpJson({{"Success", true},
                         {"State", "Failed"},
                         {"JobProgress", {{{"Item", failed_item_}, {"State", "Failed"}}}}}));
    }
    if (!failing_.empty()) return probe_.Answer(400, R"({"Code":")" + failing_ + R"("})");
    if (action == "StartDtsJob" && !refused_starts_.empty()) {
      const HttpResult refusal = refused_starts_.front();
      refused_starts_.erase(refused_starts_.begin());
      probe_.Advance(milliseconds(5));
      return probe_.Answer(refusal.status, refusal.body, refusal.headers);
    }
    if (action == "StartDtsJob") Become(region, "Synchronizing");
    if (action == "StartDtsJob" && starts_are_lost_) return probe_.Break(HttpError::kTimeout);
    if (action == "SuspendDtsJob" && !suspends_in_vain_) Become(region, "Suspending");
    if (action == "StopDtsJob") Become(region, "Stopped");
    if (action != "DescribeDtsJobDetail" && !refusing_.empty()) {
      return probe_.Answer(400, R"({"Code":")" + refusing_ + R"("})");
    }
    probe_.Answer(200,
                  DumpJson({{"Success", true}, {"RequestId", "R"}, {"Status", Shown(region)}}));
  }
  // DTS shows `word` when `shows_after_` has passed.
  void Become(const std::string& region, const std::string& word) {
    if (shows_after_ == Duration{0}) {
      words_[region] = word;
    } else {
      late_words_[region].push_back({probe_.now.mono + shows_after_, word});
    }
  }
  std::string Shown(const std::string& region) {
    for (auto& late = late_words_[region]; !late.empty() && late.front().first <= probe_.now.mono;
         late.pop_front()) {
      words_[region] = late.front().second;
    }
    return words_[region];
  }
  void PutSecret(const std::string& id, const std::string& token) {
    secret_ = {{"kind", "Secret"},
               {"data",
                {{"accessKeyId", Base64Encode(id)},
                 {"accessKeySecret", Base64Encode("s")},
                 {"securityToken", Base64Encode(token)}}}};
  }
  // The moments of the calls of `action`.
  std::vector<MonoTime> TimesOf(std::string_view action) const {
    std::vector<MonoTime> times;
    for (const auto& [name, at] : all_calls_) {
      if (name == action) times.push_back(at);
    }
    return times;
  }
  Json FailedItem() { return Member(object_, "status", "precheck")["failedItems"][0]["item"]; }
  std::string Conditions() { return ConditionsOf(StatusFromJson(Member(object_, "status"))); }

  const ObjectKey kKey = {"shop", "orders"};
  OutboxProbe probe_;
  FakeLease lease_;
  std::map<std::string, FakeLease> namespace_leases_;  // by the path of the namespace
  Json object_;
  int version_ = 100;
  std::map<std::string, std::string> words_;
  std::map<std::string, std::deque<std::pair<MonoTime, std::string>>> late_words_;
  Duration shows_after_{0};
  std::vector<std::string> calls_;                           // without looks, by region
  std::vector<std::pair<std::string, MonoTime>> all_calls_;  // the actions
  std::vector<HttpResult> refused_starts_;                   // how the next ones are answered
  std::string failing_;
  std::string refusing_;  // the code that each acting call is answered with, although it acts
  bool starts_are_lost_ = false;
  bool suspends_in_vain_ = false;
  bool no_writes_ = false;
  bool namespace_is_mute_ = false;
  bool lease_is_mute_ = false;  // does what it is asked for, and does not answer
  bool old_crd_ = false;
  int writes_ = 0;
  int conflicts_ = 0;
  Json secret_;
  std::string failed_item_ = "CHECK_CONN_SRC";

  Random random_{1};
  LastMetrics metrics_;
  OwnCredentials own_{{},
                      {Variable, [](const std::string&) { return std::nullopt; }},
                      probe_.outbox,
                      random_,
                      [](Now) {}};
  Store store_;
  WorkQueue queue_;
  CredentialsCache credentials_{
      probe_.outbox, own_, {"shop", "bank"}, random_, [this](const ObjectKey& secret, Now) {
        reconciler_.OnSecretRead(secret);
      }};
  DtsCaller dts_{
      {{}, SignatureKind::kAcs3, {}},
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
  NamespaceLeases namespaces_{
      "dts-system/dts-operator",
      probe_.outbox,
      {[this](const std::string& name) { return reconciler_.IsUntouched(name); },
       [this](const std::string& name, bool taken_over, Now now) {
         reconciler_.OnNamespaceHeld(name, taken_over, now);
       },
       [this](const std::string& name) { reconciler_.OnNamespaceNotHeld(name); },
       [this](const ObjectKey& who) { queue_.Add(who); }}};
  Reconciler reconciler_{{store_, queue_, elector_, namespaces_, credentials_, dts_, fleet_,
                          events_, probe_.outbox, random_, metrics_, "",
                          [this](const std::string&) { return probe_.now.mono; }}};
};

}  // namespace dtsop
