// Makes the calls to DTS: builds, signs, limits, decodes, counts. It never repeats a call.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <tuple>

#include "api/dtsjob.h"
#include "base/random.h"
#include "dts/credentials.h"
#include "dts/reply.h"
#include "dts/signer.h"
#include "io/outbox.h"
#include "observe/metrics.h"
#include "queue/rate_limiter.h"

namespace dtsop {

enum class DtsAction { kDescribe, kStart, kSuspend, kStop };
std::string_view DtsActionName(DtsAction action);

struct DtsCallerOptions {
  std::string origin;
  SignatureKind signature = SignatureKind::kAcs3;
  int start_calls_per_second = 5;
  int describe_calls_per_second = 40;
};

class DtsCaller {
 public:
  using OnReply = std::function<void(const tl::expected<DtsReply, CallFailure>&, Now)>;

  DtsCaller(DtsCallerOptions options, Outbox& outbox, Random& random, Metrics& metrics);

  // The moment at which `action` may be called with these credentials in this region; it is taken.
  MonoTime Reserve(DtsAction action, const Credentials& credentials, const std::string& region,
                   MonoTime now);
  // DTS throttles these credentials: reservations that are due must be made anew.
  bool Blocked(DtsAction action, const Credentials& credentials, const std::string& region,
               MonoTime now);

  struct Call {
    DtsAction action;
    const DtsJobSpec& spec;
    std::string region;
    const Credentials& credentials;
    std::string nonce;            // of the announced start; empty: a fresh one
    MonoTime not_after = kNever;  // no byte leaves after this
  };
  // Sends one request; `on_reply` follows exactly once. All but kDescribe are never sent twice by
  // any layer below.
  void Send(const Call& call, OnReply on_reply, Now now);

 private:
  RateLimiter& Limiter(DtsAction action, const Credentials& credentials, const std::string& region);

  const DtsCallerOptions options_;
  Outbox& outbox_;
  Random& random_;
  Metrics& metrics_;
  // One for each quota: access key, region, and whether the action reads.
  std::map<std::tuple<std::string, std::string, bool>, RateLimiter> limiters_;
};

}  // namespace dtsop
