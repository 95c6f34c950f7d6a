#include "simulator/server.h"

#include "tests/unit/simulator/http_client.h"
#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

class Server : public testing::Test {
 protected:
  void SetUp() override {
    ServerSetup setup;
    setup.settings = RigSettings();
    setup.listen = setup.control_listen = "127.0.0.1:0";
    auto listening = SimulatorServer::Listen(
        std::move(setup), clock_,
        [this](SimulatorServer::Level, const Json& record) { log_.push_back(record); });
    ASSERT_TRUE(listening.has_value()) << listening.error().message;
    server_ = std::move(*listening);
  }

  HttpRequest Sign(const std::string& action) {
    return SignRpc(SignatureKind::kAcs3, {action, "2020-01-01", {{"DtsJobId", "sync"}}},
                   "http://127.0.0.1", {"key", SecretString("secret"), SecretString()},
                   clock_.Read().wall, random_.Hex128());
  }
  std::string Call(const std::string& action) { return Exchange(server_->port(), Sign(action)); }
  Json Control(const std::string& method, const std::string& target, const std::string& body = "") {
    return JsonOf(Exchange(server_->control_port(), method, target, body));
  }

  SystemClock clock_;
  Random random_{3};
  std::vector<Json> log_;  // written on the servers' threads; read it after the server has ended
  std::unique_ptr<SimulatorServer> server_;
};

TEST_F(Server, AnswersSignedCalls) {
  EXPECT_EQ(JsonOf(Call("StartDtsJob"))["Success"], true);
  EXPECT_EQ(JsonOf(Call("DescribeDtsJobDetail"))["Status"], "Prechecking");
  EXPECT_EQ(Control("GET", "/jobs/sync")["startsEffective"], 1);
}

TEST_F(Server, LogsEachCallWithoutSecrets) {
  Call("StartDtsJob");
  Control("PUT", "/accounts/other", R"({"accessKeySecret":"hush"})");
  server_.reset();
  ASSERT_EQ(log_.size(), 2U);
  EXPECT_EQ(log_[0]["msg"], "call");
  EXPECT_EQ(log_[0]["action"], "StartDtsJob");
  EXPECT_EQ(log_[0]["effect"], "started");
  EXPECT_EQ(log_[1]["msg"], "control");
  EXPECT_THAT(DumpJson(log_), testing::Not(testing::HasSubstr("hush")));
}

TEST_F(Server, ResetsAndTruncationsReachTheWire) {
  Control("POST", "/faults",
          R"([{"effect":"resetBefore"},{"effect":"resetAfter"},{"effect":"truncate"}])");
  EXPECT_EQ(Call("StartDtsJob"), "");
  EXPECT_EQ(Control("GET", "/jobs/sync")["startsEffective"], 0);
  EXPECT_EQ(Call("StartDtsJob"), "");
  EXPECT_EQ(Control("GET", "/jobs/sync")["startsEffective"], 1);
  const std::string truncated = Call("DescribeDtsJobDetail");
  EXPECT_THAT(truncated, testing::StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(JsonOf(truncated).is_null());
}

TEST_F(Server, AnInterimFaultSends1xxAnswersFirst) {
  Control("POST", "/faults", R"({"effect":"interim"})");
  const std::string answer = Call("StartDtsJob");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 "));
  const size_t last = answer.rfind("HTTP/1.1 200");
  ASSERT_NE(last, std::string::npos);
  EXPECT_EQ(JsonOf(answer.substr(last))["Success"], true);
}

TEST_F(Server, ALostReplyIsSilenceOnAnOpenConnection) {
  Control("POST", "/faults", R"({"effect":"lostReply"})");
  const HttpRequest request = Sign("StartDtsJob");
  const RawClient client(server_->port());
  std::string text = "POST " + request.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  client.Write(text + "content-length: 0\r\n\r\n");
  // Asked until it happened: the only sign of it is the state of the job.
  while (Control("GET", "/jobs/sync")["startsEffective"] != 1) {
  }
  server_.reset();
  EXPECT_EQ(client.ReadUntil(""), "");
}

TEST(ServerSetup, NamesTheFlagOfABadAddress) {
  SystemClock clock;
  for (const bool control : {true, false}) {
    ServerSetup setup;
    setup.listen = control ? "127.0.0.1:0" : "nonsense";
    setup.control_listen = control ? "nonsense" : "127.0.0.1:0";
    const auto server = SimulatorServer::Listen(std::move(setup), clock, [](auto, const Json&) {});
    ASSERT_FALSE(server.has_value());
    EXPECT_THAT(server.error().message,
                testing::StartsWith(control ? "--control-listen: " : "--listen: "));
  }
}

}  // namespace
}  // namespace dtsop::simulator
