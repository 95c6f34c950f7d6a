#include "status/summarize.h"

#include <gtest/gtest.h>

namespace dtsop {
namespace {

constexpr WallTime kNow = WallTime(seconds(1'800'000'000));

DtsJobStatus Summarize(const DtsJob& job, Verdict::Kind kind, std::optional<bool> synced,
                       WallTime now = kNow, std::string message = "m") {
  DtsJobStatus status = job.status;
  SummarizeInto(job, {kind, "Reason", std::move(message), synced}, now, &status);
  return status;
}

DtsJob Job() {
  DtsJob job;
  job.generation = 4;
  job.status.job_status = "Normal";
  return job;
}

std::string StatusOf(const DtsJobStatus& status, std::string_view type) {
  const Condition* condition = FindCondition(status, type);
  return condition == nullptr ? "-" : condition->status;
}

TEST(Summarize, EachVerdictHasItsConditions) {
  const struct {
    Verdict::Kind kind;
    const char* ready;
    const char* reconciling;
    const char* stalled;
  } cases[] = {{Verdict::Kind::kReady, "True", "-", "-"},
               {Verdict::Kind::kProgress, "False", "True", "-"},
               {Verdict::Kind::kStalled, "False", "-", "True"},
               {Verdict::Kind::kUnclear, "Unknown", "-", "-"}};
  for (const auto& c : cases) {
    const DtsJobStatus status = Summarize(Job(), c.kind, true);
    EXPECT_EQ(StatusOf(status, "Ready"), c.ready);
    EXPECT_EQ(StatusOf(status, "Reconciling"), c.reconciling);
    EXPECT_EQ(StatusOf(status, "Stalled"), c.stalled);
    EXPECT_EQ(StatusOf(status, "Synced"), "True");
    EXPECT_EQ(status.observed_generation, 4);
    for (const Condition& condition : status.conditions) {
      EXPECT_EQ(condition.observed_generation, 4);
      EXPECT_EQ(condition.reason, "Reason");
    }
  }
}

TEST(Summarize, KeepChangesNothing) {
  DtsJob job = Job();
  job.status = Summarize(job, Verdict::Kind::kReady, true);
  job.generation = 5;
  EXPECT_EQ(Summarize(job, Verdict::Kind::kKeep, std::nullopt, kNow + hours(1)), job.status);
}

TEST(Summarize, ReadyIsUnknownUntilDtsHasBeenHeard) {
  DtsJob job = Job();
  job.status.job_status = "";
  EXPECT_EQ(StatusOf(Summarize(job, Verdict::Kind::kProgress, false), "Ready"), "Unknown");
}

TEST(Summarize, TheTransitionTimeMovesWithTheStatusOnly) {
  DtsJob job = Job();
  const auto time_of = [](const DtsJobStatus& status, std::string_view type) {
    return FindCondition(status, type)->last_transition_time;
  };
  job.status = Summarize(job, Verdict::Kind::kReady, true);
  EXPECT_EQ(time_of(job.status, "Ready"), FormatRfc3339(kNow));
  job.generation = 5;
  job.status = Summarize(job, Verdict::Kind::kReady, true, kNow + hours(1), "another message");
  EXPECT_EQ(time_of(job.status, "Ready"), FormatRfc3339(kNow));
  EXPECT_EQ(FindCondition(job.status, "Ready")->message, "another message");
  EXPECT_EQ(FindCondition(job.status, "Ready")->observed_generation, 5);
  job.status = Summarize(job, Verdict::Kind::kStalled, true, kNow + hours(2));
  EXPECT_EQ(time_of(job.status, "Ready"), FormatRfc3339(kNow + hours(2)));
  EXPECT_EQ(time_of(job.status, "Synced"), FormatRfc3339(kNow));
}

TEST(Summarize, SyncedStaysAsItIsWhenTheVerdictSaysNothing) {
  DtsJob job = Job();
  EXPECT_EQ(StatusOf(Summarize(job, Verdict::Kind::kUnclear, std::nullopt), "Synced"), "-");
  job.status = Summarize(job, Verdict::Kind::kReady, true);
  const Condition before = *FindCondition(job.status, "Synced");
  const DtsJobStatus after = Summarize(job, Verdict::Kind::kUnclear, std::nullopt, kNow + hours(1));
  EXPECT_EQ(*FindCondition(after, "Synced"), before);
}

TEST(Summarize, MessagesAreCleanAndBounded) {
  const DtsJobStatus status =
      Summarize(Job(), Verdict::Kind::kReady, true, kNow, "a\nb\xff" + std::string(50'000, 'x'));
  const std::string& message = FindCondition(status, "Ready")->message;
  EXPECT_LE(message.size(), 4096U);
  EXPECT_TRUE(message.starts_with("a b\xEF\xBF\xBD"));
}

TEST(DescribeTaskFailure, SaysWhatIsKnown) {
  EXPECT_EQ(DescribeTaskFailure("", {}), "DTS gives no details");
  EXPECT_EQ(DescribeTaskFailure("no route", {}), "no route");
  EXPECT_EQ(DescribeTaskFailure("", {{"A", "Failed", "", ""}}), "A");
  EXPECT_EQ(DescribeTaskFailure(
                "no route", {{"A", "failed", "denied", "REPAIR1"}, {"B", "Warning", "slow", ""}}),
            "no route; failed: A (denied; repair: REPAIR1), B (Warning; slow)");
}

TEST(DescribeTaskFailure, DoesNotSayTheSameTwice) {
  EXPECT_EQ(DescribeTaskFailure("DTS-1: no route", {{"A", "Failed", "DTS-1: no route: x", ""}}),
            "A (DTS-1: no route: x)");
}

TEST(DescribeTaskFailure, NamesAFewItemsAndLeavesRoomForTheNextStep) {
  const std::string huge(5'000, 'x');
  const std::vector<PrecheckItem> items(7, {std::string(128, 'A'), "Failed", huge, huge});
  const std::string text = DescribeTaskFailure(std::string(2'048, 'e'), items);
  EXPECT_TRUE(text.ends_with(" and 4 more"));
  EXPECT_LE(text.size(), 3'800U);
}

TEST(LastErrorFrom, CopiesAllThatDtsSaid) {
  FailureRecord record;
  record.failure.http_status = 403;
  record.failure.code = "A.B";
  record.failure.err_message = "%s";
  record.failure.dynamic_message = "d";
  record.failure.message = "d";
  record.failure.dynamic_code = "403";
  record.failure.request_id = "R";
  record.failure.recommend_url = "u";
  record.count = 4;
  record.times = 7;
  record.first_time = "f";
  record.last_time = "l";
  EXPECT_EQ(LastErrorFrom(record),
            (LastError{"API", 403, "A.B", "%s", "d", "d", "403", "R", "u", 4, "f", "l"}));
}

TEST(TaskError, FindsTheCodeAndKeepsTheFirstTime) {
  const LastError first = TaskError("DTS-070211: Connect failed", std::nullopt, kNow);
  EXPECT_EQ(first.source, "Task");
  EXPECT_EQ(first.err_code, "DTS-070211");
  EXPECT_EQ(first.message, "DTS-070211: Connect failed");
  EXPECT_EQ(first.count, 1);
  EXPECT_EQ(TaskError("DTS-070211: Connect failed", first, kNow + hours(1)), first);
  EXPECT_EQ(TaskError("another", first, kNow + hours(1)).first_time,
            FormatRfc3339(kNow + hours(1)));
}

TEST(TaskError, WithoutACodeHasNone) {
  for (const std::string& text : {std::string("no code: here"), std::string("DTS-1 no colon"),
                                  "DTS-" + std::string(100, 'x') + ": y", std::string()}) {
    EXPECT_EQ(TaskError(text, std::nullopt, kNow).err_code, "") << text;
  }
}

}  // namespace
}  // namespace dtsop
