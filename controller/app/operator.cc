#include "app/operator.h"

#include <algorithm>
#include <utility>

#include "app/declare_metrics.h"
#include "effects/reconciler.h"
#include "watch/reflector.h"

namespace dtsop {
namespace {

// Passes in one Handle, so that a long queue does not keep events waiting.
constexpr int kPassesMax = 256;
constexpr Duration kSweepEvery = seconds(2);
// From SIGTERM to the end, whatever is still in flight; a pod has 30 s.
constexpr Duration kStopWithin = seconds(25);

}  // namespace

struct Operator::Parts {
  Parts(OperatorOptions given, Random seeded, Metrics& reported, Surroundings surroundings)
      : options(std::move(given)),
        random(seeded),
        metrics(reported),
        own_credentials(options.credentials, std::move(surroundings), outbox, random,
                        [this](Now) { reconciler.OnOwnCredentials(); }),
        credentials(outbox, own_credentials, options.own_credentials_namespaces, random,
                    [this](const ObjectKey& secret, Now) { reconciler.OnSecretRead(secret); }),
        dts({options.endpoints, options.signature, options.quotas, options.errors}, outbox, random,
            metrics,
            {[this](DtsAction action, const AccountKey& account, const ObjectKey& who, Now now) {
               return Reads(action) ? fleet.OnTurn(action, account, who, now)
                                    : reconciler.OnTurn(who);
             },
             [this](const AccountKey& account, Now now) { reconciler.OnRestored(account, now); }}),
        fleet(dts, {[this](const ObjectKey& who, const Fleet::Wish& wish,
                           const tl::expected<ObservedJob, CallFailure>& answer, MonoTime sent,
                           Now now) { reconciler.OnAnswer(who, wish, answer, sent, now); },
                    [this](const AccountKey& account, const ObservedJob& seen, MonoTime sent,
                           Now now) { reconciler.OnListed(account, seen, sent, now); }}),
        events(options.identity, outbox, random),
        elector({options.lease_namespace, options.lease_name, options.identity,
                 options.lease_duration, options.renew_deadline, options.retry_period},
                outbox, random,
                {[this](const std::vector<StartEntry>& inherited, bool journal_lost, Now now) {
                   reconciler.OnLeading(inherited, journal_lost, now);
                 },
                 [this](Now) { reconciler.OnStopped(); },
                 [this](const std::vector<std::string>& nonces, MonoTime sent) {
                   reconciler.OnAnnounced(nonces, sent);
                 }}),
        namespaces(options.lease_namespace + "/" + options.lease_name, outbox,
                   {[this](const std::string& name) { return reconciler.IsUntouched(name); },
                    [this](const std::string& name, bool taken_over, Now now) {
                      reconciler.OnNamespaceHeld(name, taken_over, now);
                    },
                    [this](const std::string& name) { reconciler.OnNamespaceNotHeld(name); },
                    [this](const ObjectKey& who) { queue.Add(who); }}),
        reconciler(
            {store, queue, elector, namespaces, credentials, dts, fleet, events, outbox, random,
             metrics, options.default_region,
             [this](const std::string& kube_namespace) { return KnownAsOf(kube_namespace); }}) {
    if (options.namespaces.empty()) options.namespaces.emplace_back();
    for (const std::string& name : options.namespaces) {
      reflectors.push_back(
          std::make_unique<Reflector>(name, store, outbox, random, metrics,
                                      [this](const ObjectKey& key, Now) { queue.Add(key); }));
    }
  }

  MonoTime KnownAsOf(const std::string& kube_namespace) const {
    for (size_t i = 0; i < reflectors.size(); ++i) {
      const std::string& watched = options.namespaces[i];
      if (watched.empty() || watched == kube_namespace) return reflectors[i]->last_sign_of_life();
    }
    return MonoTime::min();
  }

  // A namespace that may not be read, or is gone, does not keep the others from being served.
  bool Synced() const {
    const auto listed = [](const auto& r) { return r->synced(); };
    return std::any_of(reflectors.begin(), reflectors.end(), listed) &&
           std::all_of(reflectors.begin(), reflectors.end(),
                       [&listed](const auto& r) { return listed(r) || r->refused(); });
  }

  bool Working(Now now) const { return Synced() && elector.Leading(now); }

  void Advance(Now now);
  void AdvanceStop(Now now);
  void Sweep(Now now);

  OperatorOptions options;
  Random random;
  Metrics& metrics;
  Outbox outbox;
  Store store;
  WorkQueue queue;
  OwnCredentials own_credentials;
  CredentialsCache credentials;
  DtsCaller dts;
  Fleet fleet;
  EventRecorder events;
  LeaderElector elector;
  NamespaceLeases namespaces;
  Reconciler reconciler;
  std::vector<std::unique_ptr<Reflector>> reflectors;

  MonoTime next_sweep{};
  bool stopping = false;
  bool releasing = false;
  bool ended = false;
  MonoTime stop_until = kNever;
  MonoTime handled_at{};
  bool more_work = false;
};

void Operator::Parts::Advance(Now now) {
  for (const auto& reflector : reflectors) reflector->Tick(now);
  // A leader must know the DtsJobs: the election begins when they have been listed.
  if (Synced() && !releasing) elector.Tick(now);
  own_credentials.Tick(now);
  events.Tick(now);
  if (now.mono >= next_sweep) Sweep(now);
  more_work = false;
  if (Working(now)) {
    namespaces.Tick(now);
    dts.Advance(now);
    for (int passes = 0; passes < kPassesMax; ++passes) {
      const auto key = queue.Get(now.mono);
      if (!key) break;
      reconciler.Reconcile(*key, now);
    }
    fleet.Advance(now);
    // Announcements of this round go out together, now.
    if (!releasing) elector.Tick(now);
    more_work = queue.NextDue() <= now.mono;
  }
  if (stopping) AdvanceStop(now);
}

void Operator::Parts::AdvanceStop(Now now) {
  const bool overdue = now.mono >= stop_until;
  if (!releasing && (reconciler.Drained() || overdue)) {
    releasing = true;
    elector.Release(
        [this](Now) {
          ended = true;
          outbox.Log(LogLevel::kInfo, "stopped");
          outbox.RequestExit(0);
        },
        now);
  } else if (!ended && overdue) {
    ended = true;
    outbox.RequestExit(0);
  }
}

void Operator::Parts::Sweep(Now now) {
  next_sweep = now.mono + kSweepEvery;
  size_t ready[3] = {0, 0, 0};
  if (Working(now)) {
    reconciler.Sweep(now);
    // Counted by the leader only, so that the sum over all pods is right.
    for (const auto& [key, job] : store.jobs()) {
      if (!namespaces.IsHeld(key.namespace_name, now)) continue;
      const Condition* condition = FindCondition(job.status, "Ready");
      const bool known = condition != nullptr && condition->status != "Unknown";
      ++ready[!known ? 2 : condition->status == "True" ? 0 : 1];
    }
  }
  const auto is_named = [this](const ObjectKey& secret) {
    return !store.ForSecret(secret).empty();
  };
  credentials.Sweep(is_named, now);
  fleet.ForgetUnused(credentials.book(), now.mono);
  dts.ForgetUnused(credentials.book(), now.mono);
  metrics.Set(metric::kJobs, {"True"}, static_cast<double>(ready[0]));
  metrics.Set(metric::kJobs, {"False"}, static_cast<double>(ready[1]));
  metrics.Set(metric::kJobs, {"Unknown"}, static_cast<double>(ready[2]));
  const NamespaceLeases::Counts counts = namespaces.Count(now);
  metrics.Set(metric::kNamespaces, {"here"}, static_cast<double>(counts.here));
  metrics.Set(metric::kNamespaces, {"elsewhere"}, static_cast<double>(counts.elsewhere));
  metrics.Set(metric::kNamespaces, {"unknown"}, static_cast<double>(counts.unknown));
  metrics.Set(metric::kQueueDepth, {"dtsjob"}, static_cast<double>(queue.depth()));
}

Operator::Operator(OperatorOptions options, Random random, Metrics& metrics,
                   Surroundings surroundings)
    : parts_(
          std::make_unique<Parts>(std::move(options), random, metrics, std::move(surroundings))) {
  DeclareMetrics(metrics);
}

Operator::~Operator() = default;

void Operator::Handle(const Event& event, Now now, std::vector<Command>* out) {
  Parts& p = *parts_;
  p.handled_at = now.mono;
  if (std::holds_alternative<Stop>(event)) {
    if (!p.stopping) {
      p.stopping = true;
      p.stop_until = now.mono + kStopWithin;
      p.outbox.Log(LogLevel::kInfo, "stopping");
      p.reconciler.Drain();
    }
  } else {
    p.outbox.Deliver(event, now);
  }
  p.Advance(now);
  p.outbox.TakeInto(out);
}

MonoTime Operator::NextWakeup() const {
  const Parts& p = *parts_;
  if (p.ended) return kNever;
  MonoTime next =
      std::min({p.next_sweep, p.stop_until, p.own_credentials.NextWakeup(), p.events.NextWakeup()});
  for (const auto& reflector : p.reflectors) next = std::min(next, reflector->NextWakeup());
  // While the Lease is being given up, the elector waits for answers only.
  if (p.Synced() && !p.releasing) next = std::min(next, p.elector.NextWakeup());
  if (p.more_work) return p.handled_at;
  if (p.Working(Now{p.handled_at, {}}))
    next = std::min({next, p.queue.NextDue(), p.dts.NextWakeup(), p.namespaces.NextWakeup()});
  return next;
}

OperatorState Operator::State(Now now) const {
  const Parts& p = *parts_;
  return {p.Synced(), p.elector.Leading(now), p.store.jobs().size(), p.credentials.secrets(),
          std::max({p.credentials.book().accounts(), p.dts.accounts(), p.fleet.accounts()})};
}

}  // namespace dtsop
