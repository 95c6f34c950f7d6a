// The second tenant of a random run, the namespace "bank". It has jobs of its own in another
// account of DTS and names those of the first tenant too, before or after that one does; its Secret
// is its own, the first tenant's, wrong or missing, and changes.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/random.h"
#include "tests/simulation/sim_world.h"

namespace dtsop::sim {

// Adds the accounts that the neighbour's Secrets may be of.
void AddNeighbourAccounts(WorldOptions* options);

class Neighbour {
 public:
  // The first tenant's DTS jobs are job0, job1, ..., `jobs` in all.
  Neighbour(uint64_t seed, SimWorld& world, uint64_t jobs);

  void Begin();
  // One thing that the neighbour does. DTS jobs of the first tenant that it may have handled go
  // into `meddled`.
  void Disturb(std::set<std::string>* meddled);
  // The last Secret stays, and nothing is paused any more.
  void Heal();

 private:
  void DrawSecret();
  void Create(const std::string& dts_job_id);
  void Edit(const std::string& name);
  std::string AnyDtsJobId();
  static std::string Name(const std::string& dts_job_id) { return "till-" + dts_job_id; }
  void Patch(const std::string& name, const Json& patch);

  Random random_;
  SimWorld& world_;
  const uint64_t jobs_;
  uint64_t own_jobs_ = 1;
};

}  // namespace dtsop::sim
