#include "io/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace dtsop {
namespace {

class OutboxTest : public testing::Test {
 protected:
  // A handler that notes the status and `what` it was for.
  Outbox::OnDone Note(const std::string& what) {
    return [this, what](const HttpResult& result, Now) {
      said_.push_back(what + " " + std::to_string(result.status));
    };
  }
  static HttpDone Done(CallId id, int status) {
    HttpResult result;
    result.status = status;
    return {id, result};
  }
  std::vector<Command> Taken() {
    std::vector<Command> out;
    outbox_.TakeInto(&out);
    return out;
  }

  Outbox outbox_;
  std::vector<std::string> said_;
};

TEST_F(OutboxTest, CommandsAreTakenOnceInTheOrderOfTheirMaking) {
  const CallId id = outbox_.Send(Remote::kDts, {}, Note("call"));
  outbox_.Log(LogLevel::kWarn, "message", {{"field", "value"}});
  outbox_.RequestExit(3);
  std::vector<Command> out = {Command(Exit{1})};
  outbox_.TakeInto(&out);
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(std::get<SendRequest>(out[1]).id, id);
  EXPECT_EQ(std::get<SendRequest>(out[1]).remote, Remote::kDts);
  EXPECT_EQ(std::get<LogLine>(out[2]).fields[0].second, "value");
  EXPECT_EQ(std::get<Exit>(out[3]).code, 3);
  EXPECT_TRUE(Taken().empty());
}

TEST_F(OutboxTest, EachAnswerGoesToItsOwnHandlerOnce) {
  const CallId first = outbox_.Send(Remote::kDts, {}, Note("first"));
  const CallId second = outbox_.Send(Remote::kKubernetes, {}, Note("second"));
  outbox_.Deliver(Done(second, 200), {});
  outbox_.Deliver(Done(first, 500), {});
  outbox_.Deliver(Done(first, 200), {});
  EXPECT_THAT(said_, testing::ElementsAre("second 200", "first 500"));
}

TEST_F(OutboxTest, AStreamIsToldItsHeadItsPiecesAndItsEnd) {
  const CallId id = outbox_.Stream(
      Remote::kKubernetes, {},
      {[this](int status, Now) { said_.push_back(std::to_string(status)); },
       [this](std::string_view data, Now) { said_.emplace_back(data); }, Note("end")});
  outbox_.Deliver(HttpHead{id, 206}, {});
  outbox_.Deliver(HttpChunk{id, "one"}, {});
  outbox_.Deliver(HttpChunk{id, "two"}, {});
  outbox_.Deliver(Done(id, 200), {});
  outbox_.Deliver(HttpChunk{id, "late"}, {});
  EXPECT_THAT(said_, testing::ElementsAre("206", "one", "two", "end 200"));
}

TEST_F(OutboxTest, NothingOfACanceledCallIsDelivered) {
  const CallId id = outbox_.Send(Remote::kDts, {}, Note("call"));
  Taken();
  outbox_.Cancel(id);
  outbox_.Cancel(id);
  const std::vector<Command> out = Taken();
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(std::get<CancelRequest>(out[0]).id, id);
  outbox_.Deliver(Done(id, 200), {});
  EXPECT_TRUE(said_.empty());
}

TEST_F(OutboxTest, CancelingAnEndedOrUnknownCallAsksForNothing) {
  const CallId id = outbox_.Send(Remote::kDts, {}, Note("call"));
  outbox_.Deliver(Done(id, 200), {});
  Taken();
  outbox_.Cancel(id);
  outbox_.Cancel(id + 100);
  EXPECT_TRUE(Taken().empty());
}

TEST_F(OutboxTest, AHandlerMayCancelItsOwnStreamAndStartManyCalls) {
  CallId id = 0;
  id = outbox_.Stream(Remote::kKubernetes, {},
                      {nullptr,
                       [&](std::string_view data, Now) {
                         outbox_.Cancel(id);
                         for (int i = 0; i < 100; ++i) outbox_.Send(Remote::kDts, {}, Note("more"));
                         said_.emplace_back(data);
                       },
                       Note("end")});
  outbox_.Deliver(HttpChunk{id, "piece"}, {});
  outbox_.Deliver(HttpChunk{id, "late"}, {});
  EXPECT_THAT(said_, testing::ElementsAre("piece"));
  EXPECT_EQ(Taken().size(), 102U);
}

TEST_F(OutboxTest, ATickIsNobodysAnswer) {
  outbox_.Send(Remote::kDts, {}, Note("call"));
  outbox_.Deliver(Tick{}, {});
  outbox_.Deliver(Stop{}, {});
  EXPECT_TRUE(said_.empty());
}

TEST(Outbox, CountsCallsSoThatEqualRunsUseEqualIds) {
  Outbox one;
  Outbox two;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(one.Send(Remote::kDts, {}, nullptr), two.Send(Remote::kKubernetes, {}, nullptr));
  }
}

}  // namespace
}  // namespace dtsop
