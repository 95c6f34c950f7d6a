// Seeded random damage to requests, configurations and control calls: whatever arrives, there is an
// answer. The sanitizers of the asan preset are the judges of the rest.
#include "simulator/config.h"
#include "simulator/control.h"
#include "tests/unit/simulator/rig.h"

namespace dtsop::simulator {
namespace {

// Flips, inserts, deletes and doubles a few bytes of `text`.
std::string Mutate(std::string text, Random& random) {
  for (uint64_t i = 1 + random.Below(4); i > 0; --i) {
    const size_t at = random.Below(text.size() + 1);
    switch (random.Below(4)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random.Next());
        break;
      case 1:
        text.insert(at, 1, "&=%?;,{}[]\":\n\0x"[random.Below(16)]);
        break;
      case 2:
        text.erase(at, random.Below(8));
        break;
      case 3:
        text.insert(at, text.substr(at, random.Below(32)));
        break;
    }
  }
  return text;
}

TEST(Mutation, EveryRequestGetsAnAnswer) {
  Random random(7);
  Rig rig;
  const char* actions[] = {"StartDtsJob", "SuspendDtsJob", "StopDtsJob", "DescribeDtsJobs",
                           "DescribeDtsJobDetail"};
  uint64_t accepted = 0;
  for (int i = 0; i < 5'000; ++i) {
    rig.kind = random.Percent(50) ? SignatureKind::kV1 : SignatureKind::kAcs3;
    HttpRequest request = rig.Sign(actions[random.Below(5)], {{"DtsJobId", "sync"}});
    switch (random.Below(5)) {
      case 0:
        request.target = Mutate(request.target, random);
        break;
      case 1: {
        auto& [name, value] = request.headers[random.Below(request.headers.size())];
        value = Mutate(value, random);
        break;
      }
      case 2: {
        auto& [name, value] = request.headers[random.Below(request.headers.size())];
        name = Mutate(name, random);
        break;
      }
      case 3:
        request.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
        request.body = Mutate("a=b&Action=x", random);
        break;
      case 4:
        break;
    }
    rig.now += milliseconds(random.Below(500));
    const SimulatedReply reply = rig.Send(request);
    ASSERT_GE(reply.status, 200);
    ASSERT_FALSE(reply.body.empty());
    if (rig.LastCall().verdict == "accepted") ++accepted;
  }
  EXPECT_GT(accepted, 300U);
  EXPECT_LT(accepted, 4'500U);
}

// Signed correctly, so that the damage reaches the service behind the gateway.
TEST(Mutation, EveryParameterGetsAnAnswer) {
  Random random(8);
  Rig rig;
  const char* names[] = {
      "DtsJobId", "RegionId", "PageNumber", "PageSize", "JobType",
      "Type",     "Params",   "Format",     "Status",   "SynchronizationDirection"};
  for (int i = 0; i < 3'000; ++i, rig.now += seconds(1)) {
    QueryParameters parameters = {{"DtsJobId", "sync"}};
    for (int k = 0; k < 3; ++k) {
      parameters.emplace_back(names[random.Below(10)], Mutate("100", random));
    }
    const SimulatedReply reply =
        rig.Call(random.Percent(50) ? "DescribeDtsJobs" : "StartDtsJob", parameters);
    ASSERT_NE(rig.LastCall().verdict, "SignatureDoesNotMatch");
    ASSERT_FALSE(reply.body.empty());
  }
}

TEST(Mutation, EveryControlCallGetsAnAnswer) {
  Random random(9);
  Rig rig;
  const std::pair<const char*, const char*> calls[] = {
      {"/jobs/a", R"({"type":"SYNC","twoWay":true,"failAfter":"10s","failures":3})"},
      {"/faults", R"([{"effect":"error","count":1,"error":{"code":"A","timeLeft":"1s"}}])"},
      {"/behaviour",
       R"({"latency":"5ms","maxPageSize":30,"tooLarge":"clamp","maxIds":10,"unknownIds":"fail","delayUnit":"seconds","regions":["a"],"format":"XML"})"},
      {"/clock", R"({"advance":"10h","speed":1000.5})"},
      {"/accounts/a", R"({"accessKeySecret":"b","deniedActions":["c"]})"},
      {"/quotas/a", R"({"perSecond":1,"burst":2})"},
      {"/calls?since=1", ""}};
  const char* methods[] = {"GET", "PUT", "PATCH", "POST", "DELETE"};
  for (int i = 0; i < 5'000; ++i) {
    const auto& [target, body] = calls[random.Below(7)];
    HttpRequest request;
    request.method = methods[random.Below(5)];
    request.target = random.Percent(20) ? Mutate(target, random) : target;
    request.body = Mutate(body, random);
    const ControlReply reply = HandleControl(request, rig.now, &rig.sim);
    ASSERT_GE(reply.status, 200);
    ASSERT_FALSE(DumpJson(reply.body).empty());
    if (i % 100 == 0) rig.Call("StartDtsJob", "a");
    rig.now += milliseconds(10);
  }
}

TEST(Mutation, EveryConfigurationIsReadOrRefused) {
  Random random(10);
  const std::string yaml =
      "accounts: [{accessKeyId: k, accessKeySecret: s}]\n"
      "jobs:\n  - {jobId: 'a{n}', count: 3, failAfter: 10s}\n  - jobId: b\n"
      "faults: [{effect: error, error: {code: c}}]\n"
      "quotas: {StartDtsJob: {perSecond: 5}}\nbehaviour: {latency: 5ms}\nspeed: 2\n";
  int read = 0;
  for (int i = 0; i < 2'000; ++i) {
    const auto settings = ParseConfig(Mutate(yaml, random));
    if (settings.has_value()) {
      ++read;
    } else {
      ASSERT_FALSE(settings.error().message.empty());
    }
  }
  EXPECT_GT(read, 10);
}

}  // namespace
}  // namespace dtsop::simulator
