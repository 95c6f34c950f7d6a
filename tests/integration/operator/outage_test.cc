// A DTS or API server that does not answer, and codes that only a site knows.
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fstream>
#include <thread>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

class Outage : public OperatorTest {};

// Closes each connection at once, and counts them.
class DeadServer {
 public:
  DeadServer() : thread_([this] { Run(); }) {}
  ~DeadServer() {
    ended_ = true;
    boost::system::error_code error;
    tcp::socket(context_).connect(acceptor_.local_endpoint(), error);
    thread_.join();
  }
  DeadServer(const DeadServer&) = delete;
  DeadServer& operator=(const DeadServer&) = delete;
  int port() const { return acceptor_.local_endpoint().port(); }
  int connections() const { return connections_; }

 private:
  using tcp = boost::asio::ip::tcp;
  void Run() {
    boost::system::error_code error;
    while (!ended_) {
      tcp::socket socket(context_);
      acceptor_.accept(socket, error);
      if (!error) ++connections_;
    }
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::atomic<int> connections_{0};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

TEST_F(Outage, OfTheApiServerCostsItOneConnectionASecondAndEndsByItself) {
  constexpr int kJobs = 10;
  constexpr seconds kLong{20};
  TcpProxy network(Api().port());
  StartWith(OperatorKubeconfig(network.port()));
  const auto name = [](int i) { return fmt::format("job-{}", i); };
  for (int i = 0; i < kJobs; ++i) CreateJob(name(i), {{"pollInterval", "10s"}});
  for (int i = 0; i < kJobs; ++i) EXPECT_TRUE(BecomesReady(name(i)));
  const DeadServer dead;
  network.SetTarget(dead.port());
  network.ResetOpenConnections();
  // All have something to write now.
  for (int i = 0; i < kJobs; ++i) {
    dts().Control("PATCH", "/jobs/" + name(i), {{"status", "Locked"}});
  }
  std::this_thread::sleep_for(kLong);
  fmt::print("{} connections in {} s\n", dead.connections(), kLong.count());
  EXPECT_GE(dead.connections(), 3);
  // Those that were open find out at the same moment.
  EXPECT_LE(dead.connections(), kLong.count() + 10);
  network.SetTarget(Api().port());
  for (int i = 0; i < kJobs; ++i) EXPECT_TRUE(Becomes(name(i), "False", "BillingLocked"));
}

TEST_F(Outage, OfDtsIsShownCostsFewCallsAndEndsForAllAtOnce) {
  constexpr int kJobs = 40;
  dts().AddFault({{"count", 0}, {"effect", "error"}, {"error", {{"code", "ServiceUnavailable"}}}});
  Start({"--dts-start-qps=100"});
  for (int i = 0; i < kJobs; ++i) CreateJob(fmt::format("job-{}", i));
  for (int i = 0; i < kJobs; ++i) {
    EXPECT_TRUE(Becomes(fmt::format("job-{}", i), "Unknown", "ServiceUnavailable"));
  }
  EXPECT_TRUE(ConditionOf("job-0", "Stalled").is_null());
  const size_t calls =
      dts().Calls("DescribeDtsJobDetail").size() + dts().Calls("DescribeDtsJobs").size();
  EXPECT_LE(calls, static_cast<size_t>(kJobs / 2));
  dts().Control("DELETE", "/faults");
  // A probe is made every 5 seconds at most.
  EXPECT_TRUE(BecomesReady("job-0", seconds(20)));
  for (int i = 0; i < kJobs; ++i) {
    EXPECT_TRUE(BecomesReady(fmt::format("job-{}", i), seconds(20)));
    EXPECT_EQ(dts().StartsOf(fmt::format("job-{}", i)), 1);
  }
}

TEST_F(Outage, OrNotIsForAFileOfErrorRulesToSay) {
  const std::string path = Envtest::Get().directory() + "/" + space() + ".rules";
  std::ofstream(path) << R"([{code: "Site.Full", class: Billing, remedy: "Ask the site's team."}])";
  dts().AddJob("orders");
  dts().AddFault({{"action", "StartDtsJob"},
                  {"count", 0},
                  {"effect", "error"},
                  {"error", {{"code", "Site.Full"}, {"httpStatus", 403}}}});
  Start({"--error-table=" + path});
  CreateJob("orders");
  EXPECT_TRUE(Becomes("orders", "False", "SiteFull"));
  EXPECT_FALSE(ConditionOf("orders", "Stalled").is_null());
  EXPECT_THAT(ReadyMessage("orders"), HasSubstr("Ask the site's team."));
}

}  // namespace
}  // namespace dtsop
