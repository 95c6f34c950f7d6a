#include "tests/simulation/swarm_neighbour.h"

#include <fmt/format.h>

#include <iterator>

namespace dtsop::sim {
namespace {

constexpr char kBank[] = "bank";
constexpr char kBankAccount[] = "200000000000";
constexpr char kBankSecret[] = "canary-secret-55e0";
constexpr char kSecondId[] = "LTAI1111111111111111";
constexpr char kSecondSecret[] = "canary-secret-2b9c";

// What the Secret of the bank may hold, and what DTS makes of it.
const Proof kSecrets[] = {
    {kAccessKeyId, kBankSecret},              // an account of its own, with the same id
    {kAccessKeyId, kAccessKeySecret},         // the first tenant's credentials
    {kSecondId, kSecondSecret},               // another key of the first tenant's account
    {kAccessKeyId, "not-a-secret"},           // SignatureDoesNotMatch
    {"LTAI9999999999999999", "not-a-secret"}  // InvalidAccessKeyId.NotFound
};

}  // namespace

void AddNeighbourAccounts(WorldOptions* options) {
  simulator::Account bank;
  bank.account_id = kBankAccount;
  bank.access_key_id = kAccessKeyId;
  bank.access_key_secret = SecretString(kBankSecret);
  simulator::Account second;
  second.access_key_id = kSecondId;
  second.access_key_secret = SecretString(kSecondSecret);
  options->accounts = {bank, second};
}

Neighbour::Neighbour(uint64_t seed, SimWorld& world, uint64_t jobs)
    : random_(seed ^ 0x7e4a47ULL), world_(world), jobs_(jobs) {}

void Neighbour::Begin() {
  own_jobs_ = 1 + random_.Below(3);
  DrawSecret();
  for (uint64_t n = 0; n < own_jobs_; ++n) {
    simulator::JobConfig config;
    config.job_id = fmt::format("vault{}", n);
    config.account_id = kBankAccount;
    config.timings.precheck = seconds(random_.Below(8));
    config.timings.initialize = seconds(random_.Below(15));
    world_.AddDtsJob(config);
    if (random_.Percent(80)) Create(config.job_id);
  }
  // Before the first tenant has any: these are the older ones.
  for (uint64_t n = 0; n < jobs_; ++n) {
    if (random_.Percent(40)) Create(fmt::format("job{}", n));
  }
}

void Neighbour::Disturb(std::set<std::string>* meddled) {
  if (random_.Percent(15)) DrawSecret();
  if (random_.Percent(30)) {
    const std::string id = AnyDtsJobId();
    if (world_.kubernetes().DtsJob(kBank, Name(id)).is_null()) {
      Create(id);
    } else {
      Edit(Name(id));
      meddled->insert(id);
    }
  }
  // The first tenant names a job that it can't see.
  if (random_.Percent(5)) {
    const std::string id = fmt::format("vault{}", random_.Below(own_jobs_));
    const std::string name = "shop-" + id;
    if (world_.DtsJob(name).is_null()) {
      world_.CreateDtsJob(name, {{"dtsJobId", id}});
    } else {
      world_.DeleteDtsJob(name);
    }
  }
}

void Neighbour::Heal() {
  for (uint64_t n = 0; n < jobs_ + own_jobs_; ++n) {
    const std::string id = n < jobs_ ? fmt::format("job{}", n) : fmt::format("vault{}", n - jobs_);
    Patch(Name(id), {{"metadata", {{"annotations", {{"dts.aliyun.com/paused", nullptr}}}}}});
  }
}

void Neighbour::DrawSecret() {
  const uint64_t kind = random_.Below(std::size(kSecrets) + 1);
  if (kind == std::size(kSecrets)) {
    world_.kubernetes().DeleteSecret(kBank, "dts-credentials", world_.clock().wall());
  } else {
    world_.PutSecretIn(kBank, kSecrets[kind].first, kSecrets[kind].second);
  }
}

void Neighbour::Create(const std::string& dts_job_id) {
  Json spec = {{"dtsJobId", dts_job_id}, {"pollInterval", random_.Percent(50) ? "10s" : "60s"}};
  // Without one it wants credentials that do not serve it.
  if (random_.Percent(90)) spec["credentialsSecretRef"] = {{"name", "dts-credentials"}};
  world_.CreateDtsJobIn(kBank, Name(dts_job_id), spec);
}

void Neighbour::Edit(const std::string& name) {
  constexpr const char* kStates[] = {"Running", "Suspended", "Stopped"};
  switch (random_.Below(4)) {
    case 0:
      world_.Note("delete " + name);
      world_.kubernetes().DeleteDtsJob(kBank, name, world_.clock().wall());
      return;
    case 1:
      return Patch(
          name, {{"metadata",
                  {{"annotations",
                    {{"dts.aliyun.com/paused", random_.Percent(50) ? Json("true") : Json()}}}}}});
    default:
      return Patch(name, {{"spec", {{"desiredState", kStates[random_.Below(3)]}}}});
  }
}

std::string Neighbour::AnyDtsJobId() {
  return random_.Percent(50) ? fmt::format("job{}", random_.Below(jobs_))
                             : fmt::format("vault{}", random_.Below(own_jobs_));
}

void Neighbour::Patch(const std::string& name, const Json& patch) {
  if (world_.kubernetes().DtsJob(kBank, name).is_null()) return;
  world_.Note("patch " + name);
  world_.kubernetes().PatchDtsJob(kBank, name, patch, world_.clock().wall());
}

}  // namespace dtsop::sim
