// A Fleet between DtsJobs that wish to be observed and a DTS that answers.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/strings.h"
#include "effects/fleet.h"
#include "tests/support/outbox_probe.h"

namespace dtsop {

inline const AccountKey kAccount = {1, "cn-hangzhou"};

// A Fleet, DtsJobs that are named as their jobs, and a DTS that has `jobs_` jobs of type SYNC in
// the state `word_`, or refuses pages with `pages_fail_`, DescribePreCheckStatus with
// `prechecks_fail_` and everything with `all_fails_`.
class FleetTest : public ::testing::Test {
 protected:
  void Wish(int first, int count, JobType type = JobType::kSync) {
    for (int i = first; i < first + count; ++i) {
      Fleet::Wish wish;
      wish.spec.dts_job_id = fmt::format("job{:05}", i);
      wish.type = type;
      wish.after = after_;
      wish.credentials = {"LTAI", SecretString("s"), {}};
      wish.known_precheck = known_precheck_;
      fleet_.Observe({"shop", wish.spec.dts_job_id}, kAccount, wish);
    }
  }
  // Every call and every answer, for `time`.
  void Run(Duration time = seconds(30)) {
    const auto pass = [this] {
      dts_.Advance(probe_.now);
      fleet_.Advance(probe_.now);
    };
    probe_.Live(time, milliseconds(10), pass, [this] { Serve(); });
  }
  void Serve() {
    const std::string action(FindHeader(probe_.Take().headers, "x-acs-action"));
    const std::string target = probe_.Take().target;
    calls_.push_back(action);
    if (!all_fails_.empty()) {
      const int status = all_fails_ == "ServiceUnavailable" ? 503 : 400;
      return probe_.Answer(status, R"({"Code":")" + all_fails_ + R"("})");
    }
    if (action == "DescribeDtsJobDetail") {
      return probe_.Answer(200, DumpJson({{"Success", true},
                                          {"Status", word_},
                                          {"JobType", "sync"},
                                          {"ErrorMessage", error_message_}}));
    }
    if (action == "DescribePreCheckStatus") {
      if (prechecks_fail_.empty()) return probe_.Answer(200, precheck_);
      return probe_.Answer(400, R"({"Code":")" + prechecks_fail_ + R"("})");
    }
    if (!pages_fail_.empty()) return probe_.Answer(400, R"({"Code":")" + pages_fail_ + R"("})");
    std::map<std::string, std::string> asked;
    for (const auto& [name, value] : DecodeQuery(target.substr(target.find('?') + 1))) {
      asked[name] = value;
    }
    const bool sync = asked["JobType"] == "SYNC";
    std::vector<std::string> ids = Split(asked["DtsJobId"], ',');
    if (asked["DtsJobId"].empty()) ids.clear();
    for (int i = 0; asked["DtsJobId"].empty() && sync && i < jobs_; ++i) {
      ids.push_back(fmt::format("job{:05}", i));
    }
    const size_t size = std::stoul(asked["PageSize"]);
    const size_t first = (std::stoul(asked["PageNumber"]) - 1) * size;
    Json list = Json::array();
    for (size_t i = first; i < std::min(first + size, ids.size()); ++i) {
      list.push_back({{"DtsJobId", ids[i]},
                      {"Status", word_},
                      {"JobType", "SYNC"},
                      {"PrecheckStatus", precheck_of_pages_}});
    }
    probe_.Answer(
        200, DumpJson({{"Success", true}, {"TotalRecordCount", ids.size()}, {"DtsJobList", list}}));
  }
  size_t Calls(std::string_view action) const {
    return static_cast<size_t>(std::count(calls_.begin(), calls_.end(), action));
  }

  OutboxProbe probe_;
  int jobs_ = 0;
  std::string word_ = "Synchronizing";
  std::string error_message_;
  Json precheck_of_pages_;
  std::string precheck_ = R"({"Success":true,"State":"Failed","JobProgress":[
      {"Item":"CHECK_CONN_SRC","State":"Failed","ErrMsg":"no route","RepairMethod":"REPAIR1"}]})";
  std::string pages_fail_;
  std::string prechecks_fail_;
  std::string all_fails_;
  MonoTime after_ = MonoTime::min();
  std::optional<std::string> known_precheck_;
  std::vector<std::string> calls_;
  std::vector<std::string> answered_;
  std::vector<std::string> failed_;
  std::map<std::string, ObservedJob> seen_;
  std::set<std::string> listed_;

  Random random_{1};
  NullMetrics metrics_;
  DtsCaller dts_{{{"https://dts.example", {}, false}, SignatureKind::kAcs3, {}},
                 probe_.outbox,
                 random_,
                 metrics_,
                 {[this](DtsAction action, const AccountKey& account, const ObjectKey& who,
                         Now now) { return fleet_.OnTurn(action, account, who, now); },
                  [](const AccountKey&, Now) {}}};
  Fleet fleet_{dts_,
               {[this](const ObjectKey& who, const Fleet::Wish&,
                       const tl::expected<ObservedJob, CallFailure>& answer, MonoTime, Now) {
                  answered_.push_back(who.name);
                  answer ? void(seen_[who.name] = *answer) : failed_.push_back(answer.error().code);
                },
                [this](const AccountKey&, const ObservedJob& seen, MonoTime, Now) {
                  listed_.insert(seen.job_id);
                }}};
};

}  // namespace dtsop
