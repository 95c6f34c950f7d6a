#include "app/probes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

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
    return ServeProbes(metrics, probes,
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
  EXPECT_THAT(Ask(*servers->front(), "POST", "/healthz"), StartsWith("HTTP/1.1 405"));
}

TEST_F(Probes, NoAddressServesNothingAndABadOneIsAnError) {
  EXPECT_TRUE(Serve("0", "")->empty());
  const auto bad = Serve("nonsense", "0");
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("nonsense"));
}

}  // namespace
}  // namespace dtsop
