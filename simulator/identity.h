// Whoever gives temporary credentials in Alibaba Cloud: STS, the metadata service of an ECS
// instance, and a credentials URI. What they give is an access key of the gateway that ends.
#pragma once

#include <deque>
#include <string>
#include <tl/expected.hpp>

#include "base/random.h"
#include "simulator/encode.h"
#include "simulator/gateway.h"
#include "simulator/received_call.h"
#include "simulator/settings.h"

namespace dtsop::simulator {

// Of the keys that were issued; the oldest are forgotten, and unknown to the gateway, beyond this.
inline constexpr size_t kIssuedKeysMax = 10'000;

class Identity {
 public:
  struct IssuedKey {
    std::string access_key_id;
    std::string action;   // that gave it
    WallTime expires_at;  // in job time
    bool over = false;    // expired or revoked
  };
  // When a call happens: now by the gateway's clock, and in job time, of which `speed` seconds pass
  // in one.
  struct Moment {
    WallTime now;
    WallTime job_time;
    double speed = 1;
  };

  explicit Identity(IdentitySettings settings) : settings_(std::move(settings)) {}

  // AssumeRole, AssumeRoleWithOIDC, InstanceMetadata or CredentialsUri; "" when `call` is for DTS.
  static std::string ActionOf(const ReceivedCall& call);

  // Answers such a call; an AssumeRole must have been verified. New keys are put into `gateway`.
  // The error, if any, is one of STS.
  tl::expected<SimulatedReply, ApiError> Perform(const ReceivedCall& call,
                                                 const AnswerContext& context, const Moment& moment,
                                                 Gateway* gateway, Random* random);

  // Lets `gateway` know of keys that have expired by now.
  void ExpireDue(WallTime job_time, Gateway* gateway);
  // Ends all keys issued so far: as expired, or as revoked.
  void EndAll(bool revoke, Gateway* gateway);

  IdentitySettings& settings() { return settings_; }
  const std::deque<IssuedKey>& issued() const { return issued_; }

 private:
  static void End(IssuedKey& key, bool revoke, Gateway* gateway);
  Json Issue(const std::string& action, Duration lifetime, const Moment& moment, Gateway* gateway,
             Random* random);
  tl::expected<SimulatedReply, ApiError> AssumeRole(const ReceivedCall& call,
                                                    const AnswerContext& context,
                                                    const Moment& moment, Gateway* gateway,
                                                    Random* random);
  SimulatedReply Metadata(const ReceivedCall& call, const Moment& moment, Gateway* gateway,
                          Random* random);

  IdentitySettings settings_;
  std::deque<IssuedKey> issued_;  // oldest first
  std::deque<std::string> metadata_tokens_;
};

}  // namespace dtsop::simulator
