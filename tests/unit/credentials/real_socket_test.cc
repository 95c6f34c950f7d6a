// Each provider against dts-simulator over the operator's own transport; what it gives is used for
// a signed call to DTS, and what has expired is replaced.
#include <fmt/format.h>

#include "credentials/own_credentials.h"
#include "dts/signer.h"
#include "simulator/server.h"
#include "tests/support/http_client.h"
#include "tests/unit/credentials/rig.h"

namespace dtsop {
namespace {

using simulator::SimulatorServer;
using testing::HasSubstr;

class RealSocket : public testing::Test {
 protected:
  void SetUp() override {
    simulator::ServerSetup setup;
    setup.listen = setup.control_listen = "127.0.0.1:0";
    simulator::Account account;
    account.access_key_id = "LTAI";
    account.access_key_secret = SecretString("s3cret");
    setup.settings.accounts.push_back(std::move(account));
    simulator::JobConfig job;
    job.job_id = "orders";
    setup.settings.jobs.push_back(std::move(job));
    auto server = SimulatorServer::Listen(std::move(setup), clock_,
                                          [](SimulatorServer::Level, const Json&) {});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    origin_ = fmt::format("http://127.0.0.1:{}", server_->port());
    around_.variables = {{"HOME", "/home/me"},
                         {"ALIBABA_CLOUD_STS_ENDPOINT", origin_},
                         {"ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"}};
    own_.emplace(OwnCredentialsOptions{"", origin_}, Surroundings{around_.env, around_.read_file},
                 outbox_, random_, [](Now) {});
  }

  void UseOidc() {
    around_.variables["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::1:role/dts";
    around_.variables["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = "acs:ram::1:oidc-provider/ack";
    around_.variables["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = "/token";
    around_.files["/token"] = "a.b.c\n";
  }
  void UseProfile(Json profile) {
    profile["name"] = "default";
    around_.files["/home/me/.aliyun/config.json"] =
        DumpJson({{"current", "default"}, {"profiles", Json::array({std::move(profile)})}});
  }
  Json Control(const std::string& method, const std::string& target, const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.origin = fmt::format("http://127.0.0.1:{}", server_->control_port());
    request.target = target;
    request.body = body;
    const HttpResult result = HttpClient::Shared().Send(std::move(request));
    EXPECT_EQ(result.status, 200) << result.detail << result.body;
    return ParseJson(result.body).value_or(Json());
  }

  Now Time() const {
    const Now now = clock_.Read();
    return {now.mono + passed_, now.wall};
  }
  // Sends what the core wants to be sent, until it wants nothing more.
  OwnCredentials::View Get() {
    OwnCredentials::View view = own_->Get(Time());
    for (;;) {
      std::vector<Command> commands;
      outbox_.TakeInto(&commands);
      bool asked = false;
      for (Command& command : commands) {
        auto* send = std::get_if<SendRequest>(&command);
        if (send == nullptr) continue;
        asked = true;
        ++requests_;
        HttpResult result = HttpClient::Shared().Send(std::move(send->request));
        outbox_.Deliver(HttpDone{send->id, std::move(result)}, Time());
      }
      if (!asked) return view;
      view = own_->Get(Time());
    }
  }
  // What DTS says to a call with the current credentials: "accepted" or a code.
  std::string Use() {
    const OwnCredentials::View view = Get();
    if (!view.credentials) return view.problem;
    HttpRequest request = SignRpc(SignatureKind::kAcs3,
                                  {"DescribeDtsJobDetail", "2020-01-01", {{"DtsJobId", "orders"}}},
                                  origin_, *view.credentials, clock_.Read().wall, random_.Hex128());
    const HttpResult result = HttpClient::Shared().Send(std::move(request));
    const Json body = ParseJson(result.body).value_or(Json());
    return Member(body, "Success") == true ? "accepted" : StringOr(Member(body, "Code"));
  }
  // The action that gave the newest temporary key.
  std::string GivenBy() {
    const Json issued = Member(Control("GET", "/identity"), "issued");
    return issued.empty() ? "" : StringOr(Member(issued.back(), "action"));
  }

  SystemClock clock_;
  Random random_{7};
  FakeSurroundings around_;
  Outbox outbox_;
  std::unique_ptr<SimulatorServer> server_;
  std::string origin_;
  std::optional<OwnCredentials> own_;
  int requests_ = 0;
  Duration passed_{0};  // beyond what the clock shows
};

TEST_F(RealSocket, OidcGivesWhatDtsAccepts) {
  UseOidc();
  EXPECT_EQ(Use(), "accepted");
  EXPECT_EQ(GivenBy(), "AssumeRoleWithOIDC");
  EXPECT_EQ(requests_, 1);
}

TEST_F(RealSocket, AProfileThatAssumesARoleDoes) {
  UseProfile({{"mode", "RamRoleArn"},
              {"access_key_id", "LTAI"},
              {"access_key_secret", "s3cret"},
              {"ram_role_arn", "acs:ram::1:role/dts"}});
  EXPECT_EQ(Use(), "accepted");
  EXPECT_EQ(GivenBy(), "AssumeRole");
}

TEST_F(RealSocket, AProfileWithTheWrongSecretSaysSo) {
  UseProfile({{"mode", "RamRoleArn"},
              {"access_key_id", "LTAI"},
              {"access_key_secret", "wrong-canary"},
              {"ram_role_arn", "acs:ram::1:role/dts"}});
  const std::string problem = Use();
  EXPECT_THAT(problem, HasSubstr("refused with SignatureDoesNotMatch"));
  EXPECT_THAT(problem, testing::Not(HasSubstr("canary")));
}

TEST_F(RealSocket, MetadataOfEitherVersionDoes) {
  around_.variables.erase("ALIBABA_CLOUD_ECS_METADATA_DISABLED");
  EXPECT_EQ(Use(), "accepted");
  EXPECT_EQ(GivenBy(), "InstanceMetadata");
  EXPECT_EQ(requests_, 3) << "token, role, credentials";
  Control("PATCH", "/identity", R"({"metadataV2": false})");
  own_.emplace(OwnCredentialsOptions{"", origin_}, Surroundings{around_.env, around_.read_file},
               outbox_, random_, [](Now) {});
  EXPECT_EQ(Use(), "accepted");
}

TEST_F(RealSocket, AProfileOfTheInstancesRoleDoes) {
  around_.variables.erase("ALIBABA_CLOUD_ECS_METADATA_DISABLED");
  UseProfile({{"mode", "EcsRamRole"}, {"ram_role_name", "dts-simulator"}});
  EXPECT_EQ(Use(), "accepted");
  EXPECT_EQ(GivenBy(), "InstanceMetadata");
}

TEST_F(RealSocket, AUriDoes) {
  around_.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = origin_ + "/credentials";
  EXPECT_EQ(Use(), "accepted");
  EXPECT_EQ(GivenBy(), "CredentialsUri");
}

TEST_F(RealSocket, WhatIsNotTheProvidersAnswerIsPassedOver) {
  UseOidc();
  around_.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = origin_ + "/credentials";
  for (const char* garbage : {"empty", "html", "wrongTypes", "huge", "truncatedJson", "deepJson"}) {
    Control("POST", "/faults",
            fmt::format(R"({{"action":"AssumeRoleWithOIDC","effect":"garbage","garbage":"{}"}})",
                        garbage));
    own_.emplace(OwnCredentialsOptions{"", origin_}, Surroundings{around_.env, around_.read_file},
                 outbox_, random_, [](Now) {});
    EXPECT_EQ(Use(), "accepted") << garbage;
    EXPECT_EQ(GivenBy(), "CredentialsUri") << garbage;
  }
}

TEST_F(RealSocket, WhatDtsCallsExpiredIsReplacedAtOnce) {
  UseOidc();
  EXPECT_EQ(Use(), "accepted");
  Control("POST", "/identity/expire");
  EXPECT_EQ(Use(), "InvalidSecurityToken.Expired");
  passed_ = seconds(10);
  own_->Invalidate();
  EXPECT_EQ(Use(), "accepted");
  EXPECT_EQ(requests_, 2);
}

TEST_F(RealSocket, TheOldOnesAreUsedWhileStsIsDown) {
  UseOidc();
  EXPECT_EQ(Use(), "accepted");
  Control("POST", "/faults",
          R"({"action":"AssumeRoleWithOIDC","count":0,"effect":"error",
              "error":{"code":"ServiceUnavailable"}})");
  passed_ = minutes(58);
  EXPECT_EQ(Use(), "accepted");
  EXPECT_EQ(requests_, 2);
  Control("DELETE", "/faults");
  passed_ += seconds(5);
  EXPECT_EQ(Use(), "accepted");
  EXPECT_EQ(requests_, 3);
}

TEST_F(RealSocket, ARedirectIsNotFollowed) {
  around_.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = origin_ + "/credentials";
  Control(
      "POST", "/faults",
      R"({"action":"CredentialsUri","effect":"error","error":{"code":"Moved","httpStatus":302}})");
  EXPECT_THAT(Use(), HasSubstr("answered HTTP 302"));
  EXPECT_EQ(requests_, 1);
}

}  // namespace
}  // namespace dtsop
