// The scripts of fidelity/ against the simulated server; the integration tests run the same ones
// against a real kube-apiserver.
#include "tests/simulation/api_script.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/simulation/sim_network.h"

namespace dtsop::sim {
namespace {

Json ReadScripts(const std::string& name) {
  std::ifstream file(std::string(DTSOP_SOURCE_DIR) + "/tests/simulation/fidelity/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  Result<Json> scripts = ParseJson(text.str());
  EXPECT_TRUE(scripts) << name;
  return scripts ? *std::move(scripts) : Json();
}

// Makes a call to the end in virtual time, as a blocking client would.
class BlockingClient final : public HttpSink {
 public:
  BlockingClient() {
    options_.authorize = false;
    server_.emplace(options_);
    network_.emplace(
        clock_, machine_, *server_, [](const HttpRequest&) { return HttpResult(); },
        [](const HttpRequest&) { return CallFault(); });
  }

  HttpResult Call(const HttpRequest& request) {
    done_ = false;
    body_.clear();
    network_->Send(++last_id_, request, *this);
    while (!done_ && clock_.RunNext()) {
    }
    if (request.stream && result_.body.empty()) result_.body = body_;
    return result_;
  }
  void Action(const std::string& name) {
    if (name == "compact") server_->Compact();
  }

  void OnHead(CallId, int) override {}
  void OnChunk(CallId, std::string_view data) override { body_ += data; }
  void OnDone(CallId, HttpResult result) override {
    result_ = std::move(result);
    done_ = true;
  }

 private:
  SimClock clock_;
  MachineClock machine_{clock_, {}};
  SimApiOptions options_;
  std::optional<SimApiServer> server_;
  std::optional<SimNetwork> network_;
  CallId last_id_ = 0;
  bool done_ = false;
  std::string body_;
  HttpResult result_;
};

void RunAll(const std::string& file) {
  for (const Json& script : ReadScripts(file)) {
    BlockingClient client;
    for (const std::string& failure : RunApiScript(
             script, [&](const HttpRequest& request) { return client.Call(request); },
             [&](const std::string& name) { client.Action(name); }))
      ADD_FAILURE() << failure;
  }
}

TEST(ApiScript, WritesAreAsTheScriptsSay) { RunAll("write.json"); }
TEST(ApiScript, ReadsAreAsTheScriptsSay) { RunAll("read.json"); }

TEST(ApiScript, AWrongExpectationIsReported) {
  BlockingClient client;
  const Json script = {{"name", "wrong"},
                       {"steps",
                        {{{"call", "GET /apis/dts.aliyun.com/v1alpha1/dtsjobs"},
                          {"expect",
                           {{"code", 201},
                            {"has", {{"/kind", "Other"}}},
                            {"absent", {"/items"}},
                            {"matches", {{"/kind", "^X"}}},
                            {"count", {{"/items", 5}}}}}}}}};
  EXPECT_EQ(RunApiScript(
                script, [&](const HttpRequest& request) { return client.Call(request); },
                [](const std::string&) {})
                .size(),
            5U);
}

}  // namespace
}  // namespace dtsop::sim
