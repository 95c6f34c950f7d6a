// One LeaderElector and what it said to its listener.
#pragma once

#include <string>
#include <vector>

#include "lease/leader_elector.h"
#include "tests/unit/lease/fake_lease.h"

namespace dtsop {

struct ElectorRig {
  explicit ElectorRig(FakeLease& fake, std::string identity = "pod-a", uint64_t seed = 1)
      : server(fake),
        random(seed),
        elector({"dts-system", "dts-operator", std::move(identity), seconds(15), seconds(10),
                 seconds(2)},
                probe.outbox, random,
                {[this](const std::vector<StartEntry>& starts, bool journal_lost, Now) {
                   inherited = starts;
                   lost = journal_lost;
                   ++led;
                 },
                 [this](Now) { ++stopped; },
                 [this](const std::vector<std::string>& nonces, MonoTime sent) {
                   announced.insert(announced.end(), nonces.begin(), nonces.end());
                   announced_at = sent;
                 }}) {}

  // Lets the elector do what is due and the server answer it, for `time`.
  void Run(Duration time) {
    const MonoTime end = probe.now.mono + time;
    for (;;) {
      Turn();
      const MonoTime next = std::min(elector.NextWakeup(), end);
      if (next >= end) break;
      probe.Advance(std::max<Duration>(next - probe.now.mono, milliseconds(1)));
    }
    if (end > probe.now.mono) probe.Advance(end - probe.now.mono);
    Turn();
  }
  void Turn() {
    Tick();
    for (int i = 0; i < 5 && !probe.sent().empty(); ++i) {
      server.Answer(probe);
      Tick();
    }
  }
  void Tick() { elector.Tick(probe.now); }
  bool Leading() const { return elector.Leading(probe.now); }
  bool Announce(const std::string& nonce) {
    StartEntry start;
    start.key = "key-" + nonce;
    start.nonce = nonce;
    start.object = {"shop", "orders"};
    start.uid = "uid-1";
    start.dts_job_id = "job1";
    start.direction = "Forward";
    start.region = "cn-hangzhou";
    start.intent_time = FormatRfc3339(probe.now.wall);
    start.before = "NotStarted";
    return elector.Announce(start, probe.now);
  }

  FakeLease& server;
  OutboxProbe probe;
  Random random;
  int led = 0;
  int stopped = 0;
  bool lost = false;
  std::vector<StartEntry> inherited;
  std::vector<std::string> announced;
  MonoTime announced_at{};
  LeaderElector elector;
};

// A Lease that `holder` has and that was not renewed since a fixed time.
inline Json HeldBy(const std::string& holder, int64_t duration = 15) {
  return {{"metadata", {{"name", "dts-operator"}, {"resourceVersion", "5"}}},
          {"spec",
           {{"holderIdentity", holder},
            {"leaseDurationSeconds", duration},
            {"renewTime", "2027-01-15T08:00:00.000000Z"}}}};
}

}  // namespace dtsop
