#include "app/probes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/sockets.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Ask(const HttpServer& server, const char* method, const char* path) {
  const RawClient client(server.port());
  client.Write(fmt::format("{} {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", method, path));
  return client.ReadUntil("");
}

class Probes : public ::testing::Test {
 protected:
  auto Serve(const std::string& metrics, const std::string& probes) {
    return ServeProbes({metrics, probes},
                       {[this] { return live_.load(); }, [this] { return ready_.load(); },
                        [] { return std::string("dts_jobs 3\n"); }});
  }
  std::atomic<bool> live_ = true;
  std::atomic<bool> ready_ = false;
};

TEST_F(Probes, TellWhetherTheLoopTurnsAndTheJobsAreListed) {
  const auto servers = Serve("0", "127.0.0.1:0");
  ASSERT_TRUE(servers);
  ASSERT_EQ(servers->size(), 1U);
  const HttpServer& server = *servers->front();
  EXPECT_THAT(Ask(server, "GET", "/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Ask(server, "GET", "/readyz"), StartsWith("HTTP/1.1 503"));
  live_ = false;
  ready_ = true;
  EXPECT_THAT(Ask(server, "GET", "/healthz"), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(Ask(server, "GET", "/readyz?verbose"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Ask(server, "GET", "/metrics"), StartsWith("HTTP/1.1 404"));
}

TEST_F(Probes, MetricsAreServedAsTextOnTheirAddressOnly) {
  const auto servers = Serve("127.0.0.1:0", "0");
  ASSERT_TRUE(servers);
  const HttpServer& server = *servers->front();
  EXPECT_THAT(Ask(server, "GET", "/metrics"),
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/plain; version=0.0.4"),
                    HasSubstr("dts_jobs 3")));
  EXPECT_THAT(Ask(server, "GET", "/healthz"), StartsWith("HTTP/1.1 404"));
}

TEST_F(Probes, OneAddressMayServeBoth) {
  const auto servers = Serve("127.0.0.1:0", "127.0.0.1:0");
  ASSERT_TRUE(servers);
  ASSERT_EQ(servers->size(), 1U);
  EXPECT_THAT(Ask(*servers->front(), "GET", "/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Ask(*servers->front(), "GET", "/metrics"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Probes, NothingElseIsAnswered) {
  const auto servers = Serve("127.0.0.1:0", "127.0.0.1:0");
  ASSERT_TRUE(servers);
  for (const char* path : {"/", "/healthz/", "/metrics/x", "/../healthz", "/debug"}) {
    EXPECT_THAT(Ask(*servers->front(), "GET", path), StartsWith("HTTP/1.1 404")) << path;
  }
  EXPECT_THAT(Ask(*servers->front(), "POST", "/healthz"),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("\r\nAllow: GET, HEAD\r\n")));
}

TEST_F(Probes, NoAddressServesNothingAndABadOneIsAnError) {
  EXPECT_TRUE(Serve("0", "")->empty());
  const auto bad = Serve("nonsense", "0");
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("nonsense"));
}

// How long each of `count` requests for /healthz took; a request without an answer fails the test.
std::vector<double> MillisecondsToBeFoundHealthy(const HttpServer& server, int count) {
  std::vector<double> took;
  for (int i = 0; i < count; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(Ask(server, "GET", "/healthz"), StartsWith("HTTP/1.1 200")) << i;
    took.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  std::sort(took.begin(), took.end());
  return took;
}

TEST_F(Probes, AreAnsweredUnderAThousandSilentAndSlowClients) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const auto servers = Serve("0", "127.0.0.1:0");
  ASSERT_TRUE(servers);
  const HttpServer& server = *servers->front();
  std::vector<std::unique_ptr<RawClient>> clients;
  const auto descriptors = [] {
    const std::filesystem::directory_iterator open("/proc/self/fd");
    return std::distance(begin(open), end(open));
  };
  const auto before = descriptors();
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    if (i % 2 == 1) clients.back()->Write("GET /healthz HTTP/1.1\r\nX: ");
  }
  const std::vector<double> took = MillisecondsToBeFoundHealthy(server, 200);
  // At both ends of those connections that are left, this process has descriptors.
  EXPECT_LE(descriptors() - before, 1000 + 128 + 2);
  fmt::print("/healthz under 1,000 silent clients: p50 {:.2f} ms, p99 {:.2f} ms, max {:.2f} ms\n",
             took[100], took[198], took[199]);
  RecordProperty("healthz_p99_ms", fmt::format("{:.2f}", took[198]));
}

// A connection to `port` from 127.0.0.2, as another pod's.
int ConnectFromElsewhere(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  (void)connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return fd;
}

TEST_F(Probes, AreAnsweredWhileSilentClientsOfAnotherAddressKeepComing) {
  const auto servers = Serve("0", "127.0.0.1:0");
  ASSERT_TRUE(servers);
  const HttpServer& server = *servers->front();
  std::atomic<bool> done = false;
  std::thread flood([&] {
    std::deque<int> open;
    while (!done) {
      open.push_back(ConnectFromElsewhere(server.port()));
      if (open.size() <= 300) continue;
      close(open.front());
      open.pop_front();
    }
    for (const int fd : open) close(fd);
  });
  MillisecondsToBeFoundHealthy(server, 5);
  done = true;
  flood.join();
}

TEST_F(Probes, WithACertificateMetricsNeedAnAddressOfTheirOwn) {
  ProbeOptions options{"127.0.0.1:0", "127.0.0.1:0"};
  options.metrics_certificate = [] { return Result<ServerCertificate>(); };
  const auto servers = ServeProbes(options, {});
  ASSERT_FALSE(servers);
  EXPECT_THAT(servers.error().message, HasSubstr("a --metrics-bind-address of its own"));
}

}  // namespace
}  // namespace dtsop
