// How few calls a Fleet needs with a simulated DTS, whatever pages and lists of ids that DTS
// allows.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "effects/fleet.h"
#include "simulator/simulator.h"
#include "tests/support/outbox_probe.h"

namespace dtsop {
namespace {

using simulator::TooLarge;
using simulator::UnknownIds;
using ::testing::IsEmpty;

// `managed` of the `all` jobs of an account are polled, as the reconciler does it: with the type
// that was seen last, and alone after a refusal.
class FleetPaging : public ::testing::Test {
 protected:
  void Begin(int all, int managed) {
    simulator::Account account;
    account.access_key_id = "LTAI";
    account.access_key_secret = SecretString("s");
    settings_.accounts = {account};
    for (int i = 0; i < all; ++i) {
      simulator::JobConfig job;
      job.job_id = Id(i);
      job.status = "Synchronizing";
      job.delay = delay_;
      settings_.jobs.push_back(job);
    }
    for (int i = 0; i < managed; ++i) managed_[Id(i * (all / managed))] = {};
    dts_.emplace(settings_, Random(1), probe_.now.wall);
  }
  static std::string Id(int i) { return fmt::format("job{:05}", i); }

  // Polls once; gives the number of calls.
  size_t Poll() {
    calls_.clear();
    for (const auto& [id, known] : managed_) {
      Fleet::Wish wish;
      wish.spec.dts_job_id = id;
      wish.type = known.type;
      wish.alone = known.refused;
      wish.after = probe_.now.mono;
      wish.credentials = {"LTAI", SecretString("s"), {}};
      fleet_.Observe({"shop", id}, kAccount, wish);
      ++open_;
    }
    probe_.Live(
        minutes(1), milliseconds(10),
        [this] {
          caller_.Advance(probe_.now);
          fleet_.Advance(probe_.now);
        },
        [this] { Serve(); });
    EXPECT_EQ(open_, 0) << "not answered";
    return calls_.size();
  }
  void Serve() {
    const HttpRequest request = probe_.Take();
    calls_.emplace_back(FindHeader(request.headers, "x-acs-action"));
    auto reply = dts_->Handle(request, probe_.now.wall);
    if (delay_ > Duration{0}) {
      reply.headers.emplace_back("Date", "Fri, 15 Jan 2027 08:00:00 GMT");
    }
    probe_.Answer(reply.status, std::move(reply.body), std::move(reply.headers));
  }
  int64_t Calls(std::string_view action) const {
    return std::count(calls_.begin(), calls_.end(), action);
  }

  struct Known {
    JobType type = JobType::kUnknown;
    bool refused = false;
    std::optional<Duration> delay = std::nullopt;
  };
  const AccountKey kAccount = {1, "cn-hangzhou"};
  simulator::Settings settings_;
  std::optional<simulator::DtsSimulator> dts_;
  std::map<std::string, Known> managed_;
  std::vector<std::string> calls_;
  Duration delay_{0};
  int open_ = 0;
  OutboxProbe probe_;
  Random random_{1};
  NullMetrics metrics_;
  DtsCaller caller_{{{"https://dts.example", {}, false}, SignatureKind::kAcs3, {}},
                    probe_.outbox,
                    random_,
                    metrics_,
                    {[this](DtsAction action, const AccountKey& account, const ObjectKey& who,
                            Now now) { return fleet_.OnTurn(action, account, who, now); },
                     [](const AccountKey&, Now) {}}};
  Fleet fleet_{caller_,
               {[this](const ObjectKey& who, const Fleet::Wish&,
                       const tl::expected<ObservedJob, CallFailure>& answer, MonoTime, Now) {
                  --open_;
                  Known& known = managed_[who.name];
                  known.refused = !answer && NeedsPerson(answer.error().error_class);
                  if (!answer) return;
                  known.type = answer->type;
                  known.delay = answer->delay;
                },
                [](const AccountKey&, const ObservedJob&, MonoTime, Now) {}}};
};

TEST_F(FleetPaging, TwoHundredSettledJobsTakeTwoPagesOfAHundred) {
  Begin(200, 200);
  EXPECT_LE(Poll(), 4U);
  EXPECT_EQ(Poll(), 2U);
}

TEST_F(FleetPaging, TwoHundredSettledJobsTakeSevenPagesOfThirtyWhenLargerOnesAreRefused) {
  settings_.behaviour.page_size_max = 30;
  Begin(200, 200);
  EXPECT_LE(Poll(), 9U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Poll(), 7U);
}

TEST_F(FleetPaging, TwoHundredSettledJobsTakeSevenPagesOfThirtyWhenLargerOnesAreClamped) {
  settings_.behaviour.page_size_max = 30;
  settings_.behaviour.too_large = TooLarge::kClamp;
  Begin(200, 200);
  EXPECT_LE(Poll(), 9U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Poll(), 7U);
  EXPECT_EQ(Calls("DescribeDtsJobs"), 7);
}

TEST_F(FleetPaging, AFewJobsOfALargeAccountTakeListsOfTheirIds) {
  for (const int64_t size : {100, 30}) {
    settings_ = {};
    settings_.behaviour.page_size_max = size;
    managed_.clear();
    Begin(2'000, 40);
    Poll();
    EXPECT_EQ(Poll(), 2U) << size;
    EXPECT_EQ(Poll(), 2U) << size;
    EXPECT_EQ(Calls("DescribeDtsJobs"), 2) << size;
  }
}

// Whether DTS skips a job that is gone or refuses the whole list.
TEST_F(FleetPaging, AJobThatIsGoneDoesNotSpoilTheListsOfTheOthers) {
  for (const UnknownIds unknown : {UnknownIds::kSkip, UnknownIds::kFail}) {
    settings_ = {};
    settings_.behaviour.unknown_ids = unknown;
    managed_.clear();
    Begin(2'000, 40);
    Poll();
    Poll();
    dts_->RemoveJob(managed_.begin()->first);
    EXPECT_LE(Poll(), 2U + 30U);
    EXPECT_TRUE(managed_.begin()->second.refused);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Poll(), 2U + 1U);
    EXPECT_EQ(Calls("DescribeDtsJobDetail"), 1);
  }
}

TEST_F(FleetPaging, ADelayIsTheSameInWhateverUnitDtsCounts) {
  for (const auto unit : {simulator::DelayUnit::kByType, simulator::DelayUnit::kSeconds,
                          simulator::DelayUnit::kMilliseconds}) {
    settings_ = {};
    settings_.behaviour.delay_unit = unit;
    managed_.clear();
    delay_ = seconds(90);
    probe_.now.wall = WallTime(seconds(1'800'000'000));
    Begin(10, 10);
    Poll();
    for (const auto& [id, known] : managed_) EXPECT_EQ(known.delay, seconds(90)) << id;
  }
}

TEST_F(FleetPaging, HowManyIdsAListMayHaveIsLearned) {
  settings_.behaviour.ids_max = 10;
  Begin(2'000, 40);
  Poll();
  for (int i = 0; i < 2; ++i) EXPECT_LE(Poll(), 40U + 4U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Poll(), 6U);
  EXPECT_EQ(Calls("DescribeDtsJobs"), 6);
}

TEST_F(FleetPaging, WhereListsAreTakenForOneIdPagesDo) {
  settings_.behaviour.ids_max = 0;
  Begin(2'000, 40);
  Poll();
  EXPECT_LE(Poll(), 1U + 40U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Poll(), 20U);
  EXPECT_EQ(Calls("DescribeDtsJobDetail"), 0);
}

}  // namespace
}  // namespace dtsop
