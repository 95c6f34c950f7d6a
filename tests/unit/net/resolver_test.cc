#include "net/resolver.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace dtsop {
namespace {

using testing::HasSubstr;
using Answer = Result<Resolver::Addresses>;

constexpr seconds kPatience{20};

// A name server of which the test decides which names it is silent about.
class NameServer {
 public:
  Answer operator()(const std::string& host) {
    std::unique_lock lock(mutex_);
    asked_.push_back(host);
    changed_.notify_all();
    changed_.wait(lock, [&] { return !silent_about_.contains(host); });
    if (host.starts_with("no-")) return Fail("unknown name");
    return Resolver::Addresses{"192.0.2.1"};
  }
  void SilentAbout(const std::string& host, bool silent) {
    const std::lock_guard lock(mutex_);
    silent ? (void)silent_about_.insert(host) : (void)silent_about_.erase(host);
    changed_.notify_all();
  }
  void SpeakOfAll() {
    const std::lock_guard lock(mutex_);
    silent_about_.clear();
    changed_.notify_all();
  }
  // How often `host` was asked for, once it has been `least` times.
  int Asked(const std::string& host, int least) {
    std::unique_lock lock(mutex_);
    const auto count = [&] { return std::count(asked_.begin(), asked_.end(), host); };
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return count() >= least; })) << host;
    return static_cast<int>(count());
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> asked_;
  std::set<std::string> silent_about_;
};

class ResolverTest : public testing::Test {
 protected:
  ~ResolverTest() override { server_.SpeakOfAll(); }

  void Use(const ResolverLimits& limits) {
    resolver_ = std::make_unique<Resolver>(std::ref(server_), limits);
  }
  std::future<Answer> Ask(const std::string& host) {
    auto promise = std::make_shared<std::promise<Answer>>();
    resolver_->Resolve(host, [promise](const Answer& answer) { promise->set_value(answer); });
    return promise->get_future();
  }
  static Answer Get(std::future<Answer> future) {
    if (future.wait_for(kPatience) == std::future_status::ready) return future.get();
    return Fail("no answer");
  }

  NameServer server_;
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, ASlowNameDoesNotDelayOthers) {
  Use({});
  server_.SilentAbout("slow", true);
  auto slow = Ask("slow");
  EXPECT_EQ(Get(Ask("quick")).value().front(), "192.0.2.1");
  EXPECT_EQ(slow.wait_for(seconds(0)), std::future_status::timeout);
  server_.SpeakOfAll();
  EXPECT_TRUE(Get(std::move(slow)));
}

// One thread has nothing to do, and two names come before it has taken one.
TEST_F(ResolverTest, NamesThatComeTogetherDoNotWaitForOneIdleThread) {
  for (int i = 0; i < 50; ++i) {
    Use({});
    server_.SilentAbout("slow", true);
    ASSERT_TRUE(Get(Ask("first")));
    auto slow = Ask("slow");
    EXPECT_TRUE(Get(Ask("quick")));
    server_.SpeakOfAll();
    EXPECT_TRUE(Get(std::move(slow)));
  }
}

TEST_F(ResolverTest, ManySlowNamesLeaveAThreadForTheNamesThatHaveAnAddress) {
  Use({});
  ASSERT_TRUE(Get(Ask("known")));
  const auto name = [](int number) { return "slow-" + std::to_string(number); };
  std::vector<std::future<Answer>> slow;
  for (int i = 0; i < 40; ++i) {
    server_.SilentAbout(name(i), true);
    slow.push_back(Ask(name(i)));
  }
  EXPECT_TRUE(Get(Ask("known")));
  server_.SpeakOfAll();
  for (auto& future : slow) EXPECT_TRUE(Get(std::move(future)));
}

TEST_F(ResolverTest, ThoseWhoAskAtOnceShareALookup) {
  Use({});
  server_.SilentAbout("slow", true);
  auto first = Ask("slow");
  auto second = Ask("slow");
  server_.SpeakOfAll();
  EXPECT_TRUE(Get(std::move(first)));
  EXPECT_TRUE(Get(std::move(second)));
  EXPECT_EQ(server_.Asked("slow", 1), 1);
}

TEST_F(ResolverTest, AnAddressIsNotKept) {
  Use({});
  EXPECT_TRUE(Get(Ask("name")));
  EXPECT_TRUE(Get(Ask("name")));
  EXPECT_EQ(server_.Asked("name", 2), 2);
}

TEST_F(ResolverTest, AFailureIsKeptForAWhile) {
  Use({.keep_failure = hours(1)});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get(Ask("no-name")).error().message, "unknown name");
  EXPECT_EQ(server_.Asked("no-name", 1), 1);
  Use({.keep_failure = seconds(0)});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(Get(Ask("no-name")));
  EXPECT_EQ(server_.Asked("no-name", 4), 4);
}

TEST_F(ResolverTest, NoMoreNamesWaitThanMay) {
  Use({.threads = 2, .names_waiting_max = 3});
  server_.SilentAbout("slow", true);
  auto slow = Ask("slow");
  server_.Asked("slow", 1);  // it no longer waits
  std::vector<std::future<Answer>> waiting;
  for (const std::string name : {"a", "b", "c"}) waiting.push_back(Ask(name));
  EXPECT_THAT(Get(Ask("d")).error().message, HasSubstr("too many names"));
  server_.SpeakOfAll();
  for (auto& future : waiting) EXPECT_TRUE(Get(std::move(future)));
}

TEST(LookUpAddressesTest, FindsTheLoopbackInterface) {
  const auto addresses = LookUpAddresses("localhost");
  ASSERT_TRUE(addresses);
  EXPECT_THAT(*addresses, testing::Contains(testing::AnyOf("127.0.0.1", "::1")));
}

TEST(LookUpAddressesTest, TellsWhyThereIsNone) {
  EXPECT_FALSE(LookUpAddresses("no-such-host.invalid").error().message.empty());
}

}  // namespace
}  // namespace dtsop
