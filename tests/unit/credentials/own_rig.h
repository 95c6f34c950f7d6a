// OwnCredentials between fake surroundings and a probe that answers their requests.
#pragma once

#include <optional>
#include <string>

#include "credentials/own_credentials.h"
#include "tests/support/outbox_probe.h"
#include "tests/unit/credentials/rig.h"

namespace dtsop {

class OwnCredentialsTest : public testing::Test {
 protected:
  OwnCredentials& Make(const std::string& file = "") {
    own_.emplace(OwnCredentialsOptions{file, kMetadataOrigin},
                 Surroundings{around_.env, around_.read_file}, probe_.outbox, random_,
                 [this](Now) { ++changes_; });
    return *own_;
  }
  OwnCredentials& WithOidc() {
    around_.variables = {{"ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/dts"},
                         {"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/ack"},
                         {"ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/token"},
                         {"ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"}};
    around_.files["/token"] = "a.b.c";
    return Make();
  }
  OwnCredentials::View Get() { return own_->Get(probe_.now); }
  std::string Token() {
    const auto view = Get();
    return view.credentials ? view.credentials->security_token.Reveal() : "(none)";
  }
  void After(Duration time) {
    probe_.Advance(time);
    own_->Tick(probe_.now);
  }
  size_t Asked() { return probe_.sent().size(); }
  void Grant(const std::string& token, Duration lifetime = hours(1)) {
    Json body = Temporary();
    body["SecurityToken"] = token;
    body["Expiration"] = FormatRfc3339(probe_.now.wall + lifetime);
    probe_.Answer(200, DumpJson({{"Credentials", body}}));
  }
  // Credentials by OIDC that have been asked for and granted.
  void WithGrant(const std::string& token, Duration lifetime = hours(1)) {
    WithOidc();
    Get();
    Grant(token, lifetime);
  }
  void Refuse(const std::string& code = "NoPermission") {
    probe_.Answer(403, DumpJson({{"Code", code}, {"Message", "m"}}));
  }

  FakeSurroundings around_;
  OutboxProbe probe_;
  Random random_{1};
  std::optional<OwnCredentials> own_;
  int changes_ = 0;
};

}  // namespace dtsop
