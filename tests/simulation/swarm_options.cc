#include "tests/simulation/swarm_options.h"

namespace dtsop::sim {
namespace {

// Refusals that pass, and answers that are none.
std::vector<simulator::FaultRule> DrawDtsRules(Random& random) {
  std::vector<simulator::FaultRule> rules;
  for (const char* code : {"Throttling.User", "ServiceUnavailable", "InternalError"}) {
    simulator::FaultRule& rule = rules.emplace_back();
    rule.effect = simulator::FaultEffect::kError;
    rule.error = simulator::MakeApiError(code);
  }
  using simulator::Garbage;
  for (const Garbage garbage : {Garbage::kEmpty, Garbage::kHtml, Garbage::kWrongTypes,
                                Garbage::kTruncatedJson, Garbage::kDeepJson}) {
    simulator::FaultRule& rule = rules.emplace_back();
    rule.effect = simulator::FaultEffect::kGarbage;
    rule.garbage = garbage;
  }
  for (simulator::FaultRule& rule : rules) {
    rule.count = 0;
    rule.percent = random.Below(10);
  }
  return rules;
}

// Up to 40 s: less than the operator waits for, by the fastest clock, with time on the way.
simulator::Lag DrawLag(Random& random) {
  simulator::Lag lag;
  if (random.Percent(50)) lag.visible_within = seconds(1 + random.Below(30));
  if (random.Percent(50)) lag.effect_within = seconds(1 + random.Below(10));
  if (random.Percent(30)) lag.visible_after = lag.visible_within;
  return lag;
}

}  // namespace

void MakeLate(uint64_t seed, WorldOptions* options) {
  Random random(seed ^ 0x1a7eULL);
  for (const char* action : {"StartDtsJob", "SuspendDtsJob", "StopDtsJob"}) {
    if (random.Percent(80)) options->behaviour.lags[action] = DrawLag(random);
  }
  // Refusals that nobody knows, with and without an effect.
  for (const simulator::FaultEffect effect :
       {simulator::FaultEffect::kError, simulator::FaultEffect::kErrorAfter}) {
    if (random.Percent(70)) continue;
    simulator::FaultRule& rule = options->dts_rules.emplace_back();
    rule.effect = effect;
    rule.error = simulator::MakeApiError("Nobody.Knows");
    rule.action = "StartDtsJob";
    rule.count = 0;
    rule.percent = 1 + random.Below(30);
  }
}

MachineClock::Error DrawClock(Random& random) {
  MachineClock::Error clock;
  clock.mono_offset = seconds(random.Below(10'000));
  clock.wall_offset = seconds(random.Below(240)) - seconds(120);
  clock.rate_ppm = static_cast<int64_t>(random.Below(400'000)) - 200'000;
  return clock;
}

WorldOptions DrawWorld(uint64_t seed, bool trace, Random& random) {
  WorldOptions options;
  options.seed = seed;
  options.trace = trace;
  for (FaultRates* rates : {&options.kubernetes, &options.dts}) {
    const auto maybe = [&](uint64_t most) {
      return random.Percent(50) ? random.Below(most + 1) : 0;
    };
    rates->refused = maybe(20);
    rates->lost_before = maybe(20);
    rates->lost_after = maybe(20);
    rates->silent = maybe(100);
    rates->error = maybe(20);
    rates->cut = maybe(10);
    rates->slow = maybe(20);
    rates->deaf = maybe(30);
    rates->late = maybe(50);
    rates->stale = maybe(20);
  }
  constexpr simulator::RepeatedStart kRepeated[] = {simulator::RepeatedStart::kSuccess,
                                                    simulator::RepeatedStart::kInvalidJobStatus,
                                                    simulator::RepeatedStart::kJobStatusModifying};
  constexpr simulator::ErrorShape kShapes[] = {simulator::ErrorShape::kGateway,
                                               simulator::ErrorShape::kService,
                                               simulator::ErrorShape::kBoth};
  options.behaviour.repeated_start = kRepeated[random.Below(3)];
  options.behaviour.error_shape = kShapes[random.Below(3)];
  options.behaviour.service_errors_as_http_200 = random.Percent(50);
  options.behaviour.stopped_status = random.Percent(50) ? "Finished" : "Stopped";
  if (random.Percent(30)) options.dts_rules = DrawDtsRules(random);
  const std::optional<LeaseTimes> leases[] = {std::nullopt,
                                              {{seconds(30), seconds(20), seconds(5)}},
                                              {{seconds(60), seconds(40), seconds(10)}}};
  options.lease = leases[random.Below(3)];
  options.allowance.stale_object = seconds(15) + options.watch_delay_max;
  return options;
}

}  // namespace dtsop::sim
