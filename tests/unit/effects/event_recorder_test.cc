#include "effects/event_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/outbox_probe.h"

namespace dtsop {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class Events : public ::testing::Test {
 protected:
  Events() {
    job_.key = {"shop", "orders"};
    job_.uid = "uid-1";
    job_.resource_version = "7";
  }
  void Record(std::string_view reason, std::string_view note = "note") {
    recorder_.Record(job_, "Warning", reason, "Reconcile", note, probe_.now);
  }

  OutboxProbe probe_;
  Random random_{1};
  EventRecorder recorder_{"pod-1", probe_.outbox, random_};
  DtsJob job_;
};

TEST_F(Events, AnEventSaysWhatHappenedToWhom) {
  Record("TaskFailed", "disk full");
  EXPECT_EQ(probe_.Take().method, "POST");
  EXPECT_THAT(probe_.Take().target, StartsWith("/apis/events.k8s.io/v1/namespaces/shop/events"));
  const Json event = probe_.TakeBody();
  EXPECT_EQ(event["reason"], "TaskFailed");
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["note"], "disk full");
  EXPECT_EQ(event["regarding"]["uid"], "uid-1");
  EXPECT_EQ(event["reportingInstance"], "pod-1");
  EXPECT_EQ(event["eventTime"], FormatRfc3339Micro(probe_.now.wall));
}

TEST_F(Events, AnyLegalNameOfADtsJobAndAnyReasonGiveAnEventThatTheApiTakes) {
  const std::string a(219, 'a');
  for (const std::string& name : {a + std::string(34, 'b'), a + "-" + std::string(33, 'b'),
                                  a + ".b" + std::string(32, 'b'), a.substr(1) + "-.b"}) {
    job_.key.name = name;
    job_.uid = name;
    Record(std::string(200, 'R'));
    const Json event = probe_.TakeBody();
    const std::string made = event["metadata"]["name"];
    EXPECT_LE(made.size(), 253U);
    const size_t dot = made.rfind('.');
    EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(made[dot - 1]))) << made;
    EXPECT_EQ(event["regarding"]["name"], name) << "in full";
    EXPECT_LE(event["reason"].get<std::string>().size(), 128U);
    probe_.Answer(201, "{}");
  }
}

TEST_F(Events, RepetitionsCountUpASeriesAndAreWrittenAtPowersOfTwo) {
  Record("TaskFailed");
  const std::string name = probe_.TakeBody()["metadata"]["name"];
  probe_.Answer(201, "{}");
  std::vector<int64_t> written;
  for (int i = 2; i <= 20; ++i) {
    Record("TaskFailed");
    while (!probe_.sent().empty()) {
      EXPECT_EQ(probe_.Take().method, "PATCH");
      EXPECT_THAT(probe_.Take().target, HasSubstr(name));
      written.push_back(probe_.TakeBody()["series"]["count"]);
      probe_.Answer(200, "{}");
    }
  }
  EXPECT_THAT(written, ::testing::ElementsAre(2, 4, 8, 16));
}

TEST_F(Events, AnotherReasonObjectOrTimeIsAnEventOfItsOwn) {
  Record("TaskFailed");
  Record("PrecheckFailed");
  job_.uid = "uid-2";
  Record("TaskFailed");
  probe_.Advance(minutes(10));
  Record("TaskFailed");
  EXPECT_EQ(probe_.sent().size(), 4U);
  for (const SendRequest& call : probe_.sent()) EXPECT_EQ(call.request.method, "POST");
}

TEST_F(Events, OfTooManySeriesTheOldestIsForgotten) {
  constexpr int kMost = 4096;
  // Whether a series of the object goes on.
  const auto goes_on = [this](int object) {
    job_.uid = std::to_string(object);
    Record("TaskFailed");
    const bool is_known = probe_.Take().method == "PATCH";
    probe_.Answer(200, "{}");
    return is_known;
  };
  for (int object = kMost; object > 0; --object) {
    EXPECT_FALSE(goes_on(object));
    probe_.Advance(milliseconds(1));
  }
  EXPECT_TRUE(goes_on(kMost)) << "all have room";
  EXPECT_FALSE(goes_on(kMost + 1));
  EXPECT_TRUE(goes_on(kMost - 1)) << "one had to give way";
  EXPECT_TRUE(goes_on(1));
  EXPECT_FALSE(goes_on(kMost)) << "the one that began first";
  EXPECT_FALSE(goes_on(kMost - 1));
}

TEST_F(Events, EventsWaitInOrderForAnApiServerThatIsAway) {
  for (int i = 0; i < 10; ++i) Record("Reason" + std::to_string(i));
  probe_.Break(HttpError::kConnect, false);
  probe_.Answer(503, "");
  probe_.Break(HttpError::kTimeout);
  probe_.Answer(429, "", {{"Retry-After", "7"}});
  EXPECT_GE(recorder_.NextWakeup(), probe_.now.mono + seconds(7)) << "as the server asks";
  int tries = 0;
  for (int second = 0; second < 60; ++second) {
    probe_.Advance(seconds(1));
    recorder_.Tick(probe_.now);
    EXPECT_LE(probe_.sent().size(), 1U) << "one finds out whether it is back";
    if (probe_.sent().empty()) continue;
    ++tries;
    probe_.Break(HttpError::kConnect, false);
  }
  EXPECT_GE(tries, 3);
  EXPECT_LE(tries, 10) << "less and less often";
  EXPECT_THAT(probe_.Logged(), ::testing::Each("cannot write events now, trying again"));
  EXPECT_LT(probe_.Logged().size(), 6U);
  ASSERT_NE(recorder_.NextWakeup(), kNever);
  probe_.Advance(recorder_.NextWakeup() - probe_.now.mono);
  recorder_.Tick(probe_.now);
  std::vector<std::string> written;
  while (!probe_.sent().empty()) {
    written.push_back(probe_.TakeBody()["reason"]);
    // The first was written all the same, as its answer was lost only.
    written.size() == 1 ? probe_.Answer(409, R"({"reason":"AlreadyExists","code":409})")
                        : probe_.Answer(201, "{}");
  }
  ASSERT_EQ(written.size(), 10U);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(written[i], "Reason" + std::to_string(i));
  EXPECT_EQ(recorder_.NextWakeup(), kNever);
}

TEST_F(Events, ThoseThatWaitAreBoundedAndTheLossIsTold) {
  probe_.Advance(seconds(1));
  for (int i = 0; i < 4; ++i) Record("Early" + std::to_string(i));
  for (int i = 0; i < 4; ++i) probe_.Break(HttpError::kConnect, false);
  for (int i = 0; i < 5000; ++i) Record("Reason" + std::to_string(i));
  EXPECT_THAT(probe_.Logged(),
              ::testing::Contains("events are dropped, as too many wait to be written"));
  EXPECT_LT(probe_.Logged().size(), 30U);
  probe_.Advance(minutes(1));
  recorder_.Tick(probe_.now);
  int written = 0;
  for (; !probe_.sent().empty(); ++written) probe_.Answer(201, "{}");
  EXPECT_EQ(written, 4096);
}

TEST_F(Events, AnEventThatCannotBeWrittenIsLoggedAndDropped) {
  Record("TaskFailed");
  probe_.Answer(403, R"({"kind":"Status","reason":"Forbidden","code":403})");
  EXPECT_THAT(probe_.Logged(), ::testing::ElementsAre("cannot write an event"));
  Record("PrecheckFailed");
  probe_.Answer(404, R"({"kind":"Status","reason":"NotFound","code":404})");
  EXPECT_EQ(probe_.Logged().size(), 1U) << "its namespace may have gone";
}

}  // namespace
}  // namespace dtsop
