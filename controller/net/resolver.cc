#include "net/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace dtsop {
namespace {

constexpr size_t kAddressesMax = 6;  // each costs its share of the time to connect
constexpr size_t kNamesKeptMax = 1024;

std::string Numeric(const addrinfo& entry) {
  std::array<char, NI_MAXHOST> text{};
  if (getnameinfo(entry.ai_addr, entry.ai_addrlen, text.data(), text.size(), nullptr, 0,
                  NI_NUMERICHOST) != 0) {
    return "";
  }
  return text.data();
}

bool IsLocalhost(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

Resolver::Resolver(LookUp look_up, const ResolverLimits& limits)
    : look_up_(std::move(look_up)), limits_(limits) {}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Resolver::Resolve(const std::string& host, OnAnswer on_answer) {
  std::unique_lock lock(mutex_);
  if (const auto asked = asked_.find(host); asked != asked_.end()) {
    asked->second.push_back(std::move(on_answer));
    return;
  }
  const auto failure = failures_.find(host);
  if (failure != failures_.end() && failure->second.until > std::chrono::steady_clock::now()) {
    const Result<Addresses> answer = tl::unexpected(failure->second.error);
    lock.unlock();
    return on_answer(answer);
  }
  if (known_waiting_.size() + unknown_waiting_.size() >= limits_.names_waiting_max) {
    lock.unlock();
    return on_answer(Fail("too many names are being looked up: is a name server silent?"));
  }
  asked_[host].push_back(std::move(on_answer));
  (known_.contains(host) ? known_waiting_ : unknown_waiting_).push_back(host);
  // A thread that has been woken counts as idle until it takes its name.
  if (known_waiting_.size() + unknown_waiting_.size() > idle_ &&
      threads_.size() < limits_.threads) {
    threads_.emplace_back([this] { Work(); });
  }
  lock.unlock();
  changed_.notify_one();
}

std::string Resolver::TakeName() {
  std::string host;
  if (!known_waiting_.empty()) {
    host = std::move(known_waiting_.front());
    known_waiting_.pop_front();
  } else if (!unknown_waiting_.empty() &&
             unknown_running_ + 1 < std::max<size_t>(limits_.threads, 2)) {
    host = std::move(unknown_waiting_.front());
    unknown_waiting_.pop_front();
  }
  return host;
}

void Resolver::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    std::string host;
    ++idle_;
    changed_.wait(lock, [&] { return stopping_ || !(host = TakeName()).empty(); });
    --idle_;
    if (stopping_) return;
    const bool known = known_.contains(host);
    if (!known) ++unknown_running_;
    lock.unlock();
    const Result<Addresses> answer = look_up_(host);
    lock.lock();
    const std::vector<OnAnswer> asked = Settle(host, known, answer);
    lock.unlock();
    changed_.notify_one();  // a name that never had an address may have waited for this turn
    for (const OnAnswer& on_answer : asked) on_answer(answer);
    lock.lock();
  }
}

std::vector<Resolver::OnAnswer> Resolver::Settle(const std::string& host, bool known,
                                                 const Result<Addresses>& answer) {
  if (!known) --unknown_running_;
  if (answer) {
    failures_.erase(host);
    if (known_.size() < kNamesKeptMax) known_.insert(host);
  } else {
    known_.erase(host);
    const auto now = std::chrono::steady_clock::now();
    DropOldFailures(now);
    if (failures_.size() < kNamesKeptMax) {
      failures_.insert_or_assign(host, Failure{answer.error(), now + limits_.keep_failure});
    }
  }
  return std::move(asked_.extract(host).mapped());
}

void Resolver::DropOldFailures(SteadyTime now) {
  std::erase_if(failures_, [now](const auto& failure) { return failure.second.until <= now; });
}

Result<Resolver::Addresses> LookUpAddresses(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  // A family that this machine has on its loopback interface only is not asked for, except where
  // that is enough.
  hints.ai_flags = IsLocalhost(host) ? 0 : AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return Fail(gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
  std::array<std::vector<std::string>, 2> families;  // of the best address, and the other
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    std::string address = Numeric(*entry);
    auto& family = families.at(entry->ai_family == list->ai_family ? 0 : 1);
    const bool seen = std::find(family.begin(), family.end(), address) != family.end();
    // A link-local address has the name of an interface, which the HTTP library can't read.
    if (seen || address.empty() || address.find('%') != std::string::npos) continue;
    family.push_back(std::move(address));
  }
  Resolver::Addresses addresses;
  for (size_t i = 0; i < std::max(families[0].size(), families[1].size()); ++i) {
    for (auto& family : families) {
      if (i < family.size() && addresses.size() < kAddressesMax) {
        addresses.push_back(std::move(family[i]));
      }
    }
  }
  if (addresses.empty()) return Fail("it has no usable address");
  return addresses;
}

Resolver& SharedResolver() {
  static Resolver resolver(&LookUpAddresses);
  return resolver;
}

}  // namespace dtsop
