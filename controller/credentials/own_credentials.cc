#include "credentials/own_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/milestone.h"

namespace dtsop {
namespace {

constexpr Duration kRenewBefore = seconds(180);
// Shorter lives are renewed at their half, but no more often than this.
constexpr Duration kRenewAfterMin = seconds(5);
constexpr Duration kLookEvery = seconds(10);
constexpr Duration kRetryFirst = seconds(5);
constexpr Duration kRetryMax = seconds(60);
// What DTS refuses is asked for anew at most this often, since DTS may be wrong.
constexpr Duration kRefusedEvery = seconds(10);

MonoTime After(MonoTime now, Duration duration) {
  return duration < kNever - now ? now + duration : kNever;
}

// 5, 10, 20, 40, 60, 60 ... seconds.
Duration RetryAfter(int64_t failures) {
  constexpr int64_t kDoublingsMax = 4;
  return std::min(kRetryMax,
                  kRetryFirst * (1 << std::clamp<int64_t>(failures - 1, 0, kDoublingsMax)));
}

}  // namespace

OwnCredentials::OwnCredentials(const OwnCredentialsOptions& options, Surroundings surroundings,
                               Outbox& outbox, Random& random, OnChange on_change)
    : providers_(DefaultProviders(options.file)),
      metadata_origin_(options.metadata_origin),
      env_(std::move(surroundings.env)),
      files_(std::move(surroundings.read_file)),
      outbox_(outbox),
      random_(random),
      on_change_(std::move(on_change)) {}

OwnCredentials::View OwnCredentials::Get(Now now) {
  wanted_ = true;
  if (std::exchange(invalidated_, false) && asked_at_) {
    const MonoTime from = *asked_at_ + kRefusedEvery;
    refused_ = refused_ || now.mono >= from;
    next_inquiry_ = std::min(next_inquiry_, std::max(from, now.mono));
  }
  const bool told = !changed_;
  DoWhatIsDue(now);
  // What came of it at once is returned, and nobody waits for it.
  if (told && !asking_) changed_ = false;
  if (Usable(now)) return {credentials_, ""};
  // A problem is told until the next inquiry has another end.
  return {std::nullopt, problem_};
}

void OwnCredentials::Tick(Now now) {
  DoWhatIsDue(now);
  if (std::exchange(changed_, false)) on_change_(now);
}

MonoTime OwnCredentials::NextWakeup() const {
  if (!wanted_ || asking_) return kNever;
  return std::min(next_inquiry_, next_look_);
}

bool OwnCredentials::Usable(Now now) const {
  return credentials_ && !refused_ && now.mono < expires_at_;
}

void OwnCredentials::DoWhatIsDue(Now now) {
  if (!wanted_ || asking_) return;
  if (now.mono >= next_look_) {
    next_look_ = now.mono + kLookEvery;
    if (!files_.Changed().empty()) next_inquiry_ = now.mono;
  }
  if (now.mono >= next_inquiry_) Inquire(now);
}

void OwnCredentials::Inquire(Now now) {
  asking_ = true;
  at_ = 0;
  said_.clear();
  troubled_ = false;
  files_.Forget();
  Proceed(providers_[0].begin(Context(), now), now);
}

void OwnCredentials::Proceed(Step step, Now now) {
  for (;;) {
    if (auto* ask = std::get_if<Ask>(&step)) {
      outbox_.Send(Remote::kCredentials, std::move(ask->request),
                   [this, then = std::move(ask->then)](const HttpResult& result, Now at) {
                     const Duration error = sts_clock_.error();
                     Step next = then(result, at);
                     if (sts_clock_.error() != error) TellOfTheClock();
                     Proceed(std::move(next), at);
                     Tick(at);
                   });
      return;
    }
    if (auto* grant = std::get_if<Grant>(&step)) return TakeOver(std::move(*grant), now);
    said_ += fmt::format("\n- {}: {}", providers_[at_].name, WhyNot(step));
    troubled_ = troubled_ || !std::holds_alternative<Skipped>(step);
    // While its credentials are good, a provider is not passed over for another, which would be
    // another identity.
    const bool keep = Usable(now) && at_ == granted_by_;
    const bool refused = std::holds_alternative<Refused>(step);
    if (refused && at_ + 1 < providers_.size()) {
      said_ += ". Nothing behind it is asked, since that would be another identity";
    }
    if (keep || refused || ++at_ == providers_.size()) return GiveUp(now);
    step = providers_[at_].begin(Context(), now);
  }
}

void OwnCredentials::TellOfTheClock() {
  if (sts_clock_.error() == Duration{0}) return;
  outbox_.Log(LogLevel::kWarn,
              "this node's clock differs from that of STS; requests are signed with the time of "
              "STS, but the node's clock should be corrected",
              {{"seconds", std::to_string(sts_clock_.error() / seconds(1))}});
}

void OwnCredentials::TakeOver(Grant grant, Now now) {
  const bool same = credentials_ == grant.credentials;
  const bool same_provider = credentials_ && granted_by_ == at_;
  changed_ = changed_ || !same || !Usable(now);
  credentials_ = std::move(grant.credentials);
  granted_by_ = at_;
  refused_ = false;
  problem_.clear();
  failures_ = 0;
  expires_at_ = grant.lifetime ? After(now.mono, *grant.lifetime) : kNever;
  next_inquiry_ = kNever;
  if (grant.lifetime) {
    const Duration life = *grant.lifetime;
    next_inquiry_ = After(now.mono, std::max({life - kRenewBefore, life / 2, kRenewAfterMin}));
  }
  // Whoever comes first in the chain is to be used once it works.
  if (troubled_) next_inquiry_ = std::min(next_inquiry_, now.mono + kRetryMax);
  asking_ = false;
  asked_at_ = now.mono;
  next_look_ = files_.empty() ? kNever : now.mono + kLookEvery;
  if (same) return;
  const LogLevel level = troubled_       ? LogLevel::kWarn
                         : same_provider ? LogLevel::kDebug
                                         : LogLevel::kInfo;
  outbox_.Log(level, "using new credentials for DTS",
              {{"provider", std::string(providers_[at_].name)},
               {"expire", grant.lifetime ? "in " + FormatDuration(*grant.lifetime) : "never"},
               {"passedOver", said_}});
}

void OwnCredentials::GiveUp(Now now) {
  std::string problem = fmt::format(
      "There are no credentials for DTS. Name a Secret in spec.credentialsSecretRef, or give the "
      "operator credentials of its own (docs/operator.md):{}",
      said_);
  const bool usable = Usable(now);
  changed_ = changed_ || (!usable && problem != problem_);
  problem_ = std::move(problem);
  ++failures_;
  next_inquiry_ = now.mono + RetryAfter(failures_);
  asking_ = false;
  asked_at_ = now.mono;
  next_look_ = files_.empty() ? kNever : now.mono + kLookEvery;
  if (!IsMilestone(failures_)) return;
  outbox_.Log(LogLevel::kWarn,
              usable ? "cannot renew the credentials for DTS, using the old ones"
                     : "there are no credentials for DTS, trying again",
              {{"error", said_}, {"times", std::to_string(failures_)}});
}

ProviderContext OwnCredentials::Context() {
  return {env_, files_.reader(), random_, metadata_origin_, sts_clock_};
}

}  // namespace dtsop
