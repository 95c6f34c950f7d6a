// Looks names up, on threads of its own, because getaddrinfo blocks for as long as a name server is
// silent.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace dtsop {

struct ResolverLimits {
  size_t threads = 8;  // lookups at once; all but one for names that never had an address
  size_t names_waiting_max = 256;      // further ones fail at once
  Duration keep_failure = seconds(5);  // no new lookup of a name that has just failed
};

class Resolver {
 public:
  // IP addresses as text, the best first; never empty.
  using Addresses = std::vector<std::string>;
  // Blocks until it knows.
  using LookUp = std::function<Result<Addresses>(const std::string& host)>;
  // Called once, on a thread of the resolver or from within Resolve. Must not block.
  using OnAnswer = std::function<void(const Result<Addresses>&)>;

  explicit Resolver(LookUp look_up, const ResolverLimits& limits = {});
  // Waits for the lookups under way. Names that still wait are not answered.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Does not block. Those who ask for the same name at the same time share one lookup. Callable
  // from any thread.
  void Resolve(const std::string& host, OnAnswer on_answer);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Failure {
    Error error;
    SteadyTime until;
  };

  void Work();
  // The next name to look up, or "": none that may begin now.
  std::string TakeName();
  std::vector<OnAnswer> Settle(const std::string& host, bool known,
                               const Result<Addresses>& answer);
  void DropOldFailures(SteadyTime now);

  const LookUp look_up_;
  const ResolverLimits limits_;

  std::mutex mutex_;  // guards all that follows
  std::condition_variable changed_;
  bool stopping_ = false;
  std::map<std::string, std::vector<OnAnswer>> asked_;  // waiting, or being looked up
  std::deque<std::string> known_waiting_;
  std::deque<std::string> unknown_waiting_;
  size_t unknown_running_ = 0;
  size_t idle_ = 0;              // threads that wait for a name
  std::set<std::string> known_;  // names whose last lookup found an address
  std::map<std::string, Failure> failures_;
  std::vector<std::thread> threads_;
};

// The lookup of the system: /etc/hosts, then DNS. The families take turns, so that a network
// without one of them costs one failed connection. Blocks.
Result<Resolver::Addresses> LookUpAddresses(const std::string& host);

// The one that all transports share.
Resolver& SharedResolver();

}  // namespace dtsop
