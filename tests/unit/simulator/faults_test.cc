#include "simulator/faults.h"

#include "simulator/config.h"
#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

// A rule as people write it.
FaultRule Rule(const std::string& json) { return ReadFault(*ParseJson(json), "").value(); }

TEST(Fault, AnErrorIsAnsweredOnceAndNothingHappens) {
  Rig rig;
  rig.sim.faults().Add(Rule(R"({"action":"StartDtsJob","effect":"error","error":{
      "code":"InvalidParameter","dynamicMessage":"DtsJobId"}})"));
  const Json body = BodyOf(rig.Call("StartDtsJob", "sync"));
  EXPECT_EQ(body["ErrCode"], "InvalidParameter");
  EXPECT_EQ(body["ErrMessage"], "The Value of Input Parameter %s is not valid");
  EXPECT_EQ(body["DynamicMessage"], "DtsJobId");
  EXPECT_EQ(rig.Status("sync"), "NotStarted");
  EXPECT_EQ(rig.LastCall().fault, "error");
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
}

TEST(Fault, EveryFieldOfAnErrorCanBeSet) {
  Rig rig;
  rig.sim.faults().Add(Rule(R"({"effect":"error","error":{"code":"Throttling.Api",
      "message":"slow down","httpStatus":429,"timeLeft":"1500ms","shape":"gateway"}})"));
  const SimulatedReply reply = rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(BodyOf(reply)["Code"], "Throttling.Api");
  EXPECT_EQ(BodyOf(reply)["Message"], "slow down");
  EXPECT_EQ(FindHeader(reply.headers, "x-ratelimit-user"), "Remain:0,TimeLeft:1500");
}

TEST(Fault, RetryAfterIsSentAsItStands) {
  for (const char* value : {"0", "31536000", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"}) {
    Rig rig;
    FaultRule rule = Rule(R"({"effect":"error","error":{"code":"Throttling","httpStatus":429}})");
    rule.error.retry_after = value;
    rig.sim.faults().Add(Rule(DumpJson(ShowFault(rule))));
    const SimulatedReply reply = rig.Call("StartDtsJob", "sync");
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(FindHeader(reply.headers, "Retry-After"), value);
  }
  EXPECT_FALSE(
      ReadFault(*ParseJson(R"({"effect":"error","error":{"code":"A","retryAfter":"1\r\nX: y"}})"),
                "")
          .has_value());
}

TEST(Fault, AnAnswerCanBeCompressed) {
  Rig rig;
  rig.sim.faults().Add(Rule(R"({"effect":"gzip"})"));
  const SimulatedReply reply = rig.Call("StartDtsJob", "sync");
  EXPECT_EQ(FindHeader(reply.headers, "Content-Encoding"), "gzip");
  EXPECT_EQ(reply.body.substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
}

TEST(Fault, KnownCodesComeWithTheirStatus) {
  for (const auto& [code, status] :
       {std::pair{"OperationDenied.NotPurchased", 403},
        std::pair{"InvalidSecurityToken.Expired", 403}, std::pair{"Throttling.User", 400},
        std::pair{"ServiceUnavailable", 500}, std::pair{"Forbidden.RAM", 403},
        std::pair{"Something.Else", 400}}) {
    EXPECT_EQ(MakeApiError(code).http_status, status) << code;
  }
}

TEST(Fault, RulesAreConsumedInOrder) {
  Rig rig;
  rig.sim.faults().Add(Rule(R"({"effect":"error","count":2,"error":{"code":"A"}})"));
  rig.sim.faults().Add(Rule(R"({"effect":"error","error":{"code":"B"}})"));
  EXPECT_EQ(rig.Code("StopDtsJob", "none"), "A");
  EXPECT_EQ(rig.Code("StopDtsJob", "none"), "A");
  EXPECT_EQ(rig.Code("StopDtsJob", "none"), "B");
  EXPECT_EQ(rig.Code("StopDtsJob", "none"), "InvalidJobId");
}

TEST(Fault, MatchesActionJobAndNumber) {
  Rig rig;
  rig.sim.faults().Add(Rule(R"({"action":"StartDtsJob","jobId":"sync","nth":2,"effect":"error",
      "error":{"code":"A"}})"));
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "");
  EXPECT_EQ(rig.Code("StartDtsJob", "migration"), "");
  EXPECT_EQ(rig.Code("StopDtsJob", "migration"), "");
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "A");
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "InvalidJobStatus");
}

TEST(Fault, CountZeroIsForEver) {
  Rig rig;
  rig.sim.faults().Add(Rule(R"({"effect":"error","count":0,"error":{"code":"A"}})"));
  for (int i = 0; i < 100; ++i, rig.now += seconds(1)) {
    EXPECT_EQ(rig.Code("StopDtsJob", "none"), "A");
  }
}

TEST(Fault, PercentFiresAboutThatOften) {
  Rig rig;
  rig.sim.faults().Add(Rule(R"({"effect":"error","count":0,"percent":30,"error":{"code":"A"}})"));
  int fired = 0;
  for (int i = 0; i < 1000; ++i, rig.now += seconds(1)) {
    if (rig.Code("StopDtsJob", "none") == "A") ++fired;
  }
  EXPECT_NEAR(fired, 300, 60);
}

TEST(Fault, AfterALostReplyTheJobHasStarted) {
  for (const char* effect : {"lostReply", "resetAfter", "truncate"}) {
    Rig rig;
    rig.sim.faults().Add(Rule(std::string(R"({"effect":")") + effect + "\"}"));
    const SimulatedReply reply = rig.Call("StartDtsJob", "sync");
    EXPECT_NE(reply.delivery, Delivery::kNormal);
    EXPECT_NE(reply.delivery, Delivery::kResetBeforeEffect);
    EXPECT_EQ(rig.Status("sync"), "Prechecking");
    EXPECT_EQ(rig.LastCall().verdict, "accepted");
    EXPECT_EQ(rig.LastCall().effect, "started");
    EXPECT_EQ(rig.LastCall().fault, effect);
  }
}

TEST(Fault, AResetBeforeLeavesEvenTheNonceUnused) {
  Rig rig;
  rig.sim.faults().Add(Rule(R"({"effect":"resetBefore"})"));
  const HttpRequest request = rig.Sign("StartDtsJob", {{"DtsJobId", "sync"}});
  EXPECT_EQ(rig.Send(request).delivery, Delivery::kResetBeforeEffect);
  EXPECT_EQ(rig.Status("sync"), "NotStarted");
  EXPECT_EQ(Rig::CodeOf(rig.Send(request)), "");
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
}

TEST(Fault, LatencyAddsUp) {
  Rig rig;
  rig.sim.behaviour().latency = milliseconds(100);
  rig.sim.faults().Add(Rule(R"({"effect":"latency","latency":"2s"})"));
  EXPECT_EQ(rig.Call("StartDtsJob", "sync").latency, milliseconds(2100));
  EXPECT_EQ(rig.Status("sync"), "Prechecking");
  EXPECT_EQ(rig.Call("StartDtsJob", "sync").latency, milliseconds(100));
}

TEST(Fault, GarbageIsGarbageAndTheEffectHappens) {
  for (const char* kind : {"empty", "html", "wrongTypes", "huge", "truncatedJson", "deepJson"}) {
    Rig rig;
    rig.sim.faults().Add(Rule(std::string(R"({"effect":"garbage","garbage":")") + kind + "\"}"));
    const SimulatedReply reply = rig.Call("StartDtsJob", "sync");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(rig.Status("sync"), "Prechecking");
    const auto body = ParseJson(reply.body);
    const std::string_view name = kind;
    if (name == "wrongTypes") {
      EXPECT_FALSE(LenientBool(Member(*body, "Success")).has_value());
    } else if (name == "huge") {
      EXPECT_GT(reply.body.size(), 10U << 20);
    } else {
      EXPECT_FALSE(body.has_value()) << kind;
    }
  }
}

TEST(Fault, CallsThatTheGatewayRefusesDoNotConsumeRules) {
  Rig rig;
  rig.sim.faults().Add(Rule(R"({"effect":"error","error":{"code":"A"}})"));
  rig.credentials.access_key_secret = SecretString("wrong");
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "SignatureDoesNotMatch");
  rig.credentials.access_key_secret = SecretString("secret");
  EXPECT_EQ(rig.Code("StartDtsJob", "sync"), "A");
}

TEST(CallLog, RecordsEveryCall) {
  Rig rig;
  rig.Call("StartDtsJob", "sync");
  rig.credentials.access_key_secret = SecretString("wrong");
  rig.kind = SignatureKind::kV1;
  const SimulatedReply reply = rig.Call("StopDtsJob", "sync");
  ASSERT_EQ(rig.sim.calls().records().size(), 2U);
  const CallRecord& first = rig.sim.calls().records()[0];
  EXPECT_EQ(first.seq, 1U);
  EXPECT_EQ(first.time, rig.now);
  EXPECT_EQ(first.action, "StartDtsJob");
  EXPECT_EQ(first.job_id, "sync");
  EXPECT_EQ(first.access_key_id, "key");
  EXPECT_EQ(first.nonce.size(), 32U);
  EXPECT_EQ(first.verdict, "accepted");
  EXPECT_EQ(first.effect, "started");
  const CallRecord& second = rig.LastCall();
  EXPECT_EQ(second.seq, 2U);
  EXPECT_EQ(second.signature, SignatureKind::kV1);
  EXPECT_EQ(second.verdict, "SignatureDoesNotMatch");
  EXPECT_EQ(second.http_status, 400);
  EXPECT_EQ(second.request_id, StringOr(BodyOf(reply)["RequestId"]));
}

TEST(CallLog, StaysBounded) {
  CallLog log;
  for (size_t i = 0; i < kCallRecordsMax + 5; ++i) log.Add({});
  EXPECT_EQ(log.records().size(), kCallRecordsMax);
  EXPECT_EQ(log.records().front().seq, 6U);
  EXPECT_EQ(log.last_seq(), kCallRecordsMax + 5);
}

TEST(Simulator, EqualRequestsGiveEqualAnswers) {
  const auto run = [] {
    Rig rig;
    rig.sim.faults().Add(Rule(R"({"effect":"error","count":0,"percent":50,"error":{"code":"A"}})"));
    std::string all;
    for (int i = 0; i < 200; ++i, rig.now += seconds(1)) {
      all += rig.Call(i % 2 == 0 ? "StartDtsJob" : "DescribeDtsJobDetail", "sync").body;
    }
    return all;
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace dtsop::simulator
