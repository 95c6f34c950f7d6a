// Whatever bytes come from outside, the readers return: seeded mutations of valid inputs, the same
// in every run. The libFuzzer targets in tests/fuzz explore further; this is what every build runs.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json_sieve.h"
#include "base/random.h"
#include "kube/exec_credential.h"
#include "kube/kubeconfig.h"
#include "kube/server_url.h"
#include "kube/status_error.h"
#include "kube/watch_decoder.h"
#include "tests/support/mutate.h"
#include "tests/unit/kube/fakes.h"

namespace dtsop {
namespace {

constexpr int kMutations = 20'000;
constexpr int kConfigMutations = 8'000;  // YAML is slow

constexpr char kConfig[] = R"(apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: c
  cluster: &cluster
    server: https://[::1]:6443/k8s
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    extensions: [{name: client.authentication.k8s.io/exec, extension: {a: [1, true, ~, 1.5]}}]
users:
- name: u
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: ./p, args: [-v, "x"],
           env: [{name: A, value: 'b'}], interactiveMode: Never, provideClusterInfo: true}
contexts:
- {name: dev, context: {cluster: c, user: u, namespace: shop}}
- {name: other, context: *cluster}
)";
constexpr char kStatus[] =
    R"({"kind":"Status","metadata":{"continue":"x"},"status":"Failure","message":"Too large",)"
    R"("reason":"Timeout","details":{"retryAfterSeconds":3,"causes":[{"reason":"R","message":)"
    R"("m\u0000"}]},"code":504})";
constexpr char kCredential[] =
    R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":)"
    R"({"token":"abc","expirationTimestamp":"2026-11-24T13:35:41.5+01:00"}})";
constexpr char kWatch[] =
    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\r\n"
    "{\"type\":\"BOOKMARK\",\"object\":{}}\n\n{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n";

TEST(MutationFuzz, KubeConfig) {
  Random random(1);
  FakeFiles files;
  int accepted = 0;
  for (int i = 0; i < kConfigMutations; ++i) {
    files.Set("/config", Mutate(kConfig, random));
    const auto config = LoadKubeConfig({"/config"}, "", files.Reader());
    if (config && *config) ++accepted;
    if (!config) {
      ASSERT_NE(config.error().message.find("/config"), std::string::npos);
    }
  }
  // Both outcomes must be common, or the mutations test nothing.
  EXPECT_GT(accepted, kConfigMutations / 20);
  EXPECT_LT(accepted, kConfigMutations * 19 / 20);
}

TEST(MutationFuzz, ServerUrl) {
  Random random(2);
  for (int i = 0; i < kMutations; ++i) {
    const auto url = ParseServerUrl(Mutate("https://Host.example-1:6443/a/b%20", random));
    if (!url) continue;
    ASSERT_EQ(url->origin.find_first_of(" @?#\r\n\\"), std::string::npos) << url->origin;
    ASSERT_EQ(url->path_prefix.find_first_of(" ?#\r\n\\"), std::string::npos) << url->path_prefix;
  }
}

TEST(MutationFuzz, Status) {
  Random random(3);
  for (int i = 0; i < kMutations; ++i) {
    HttpResult result;
    result.status = 504;
    result.body = Mutate(kStatus, random);
    result.headers = {{"Retry-After", Mutate("Sun, 06 Nov 1994 08:49:37 GMT", random)}};
    const KubeError error = DecodeKubeError(result, WallTime());
    ASSERT_LE(error.message.size(), kKubeMessageBytesMax);
    ASSERT_FALSE(error.message.empty());
    if (error.retry_after) {
      ASSERT_GE(*error.retry_after, kKubeRetryAfterMin);
      ASSERT_LE(*error.retry_after, kKubeRetryAfterMax);
    }
    ASSERT_NO_THROW((void)Json(DescribeFailure(result)).dump());
  }
}

TEST(MutationFuzz, ExecCredential) {
  Random random(4);
  for (int i = 0; i < kMutations; ++i) {
    const auto credential =
        ParseExecCredential(Mutate(kCredential, random), "client.authentication.k8s.io/v1");
    if (credential) {
      const std::string token = credential->token.Reveal();
      ASSERT_TRUE(token.empty() || IsBearerToken(token));
    }
  }
}

TEST(MutationFuzz, WatchStream) {
  constexpr size_t kKept = 64;
  const JsonShape shape = {"", {{"type"}, {"object", {{"metadata"}, {"code"}}}}};
  Random random(5);
  for (int i = 0; i < kMutations; ++i) {
    const std::string stream = Mutate(kWatch, random);
    JsonSieve sieve(shape, kKept);
    for (size_t at = 0; at < stream.size();) {
      const size_t count = 1 + random.Below(32);
      const auto fed = sieve.Feed(std::string_view(stream).substr(at, count),
                                  [](const JsonSieve::Record& record) {
                                    // One key more, and the brackets that are open.
                                    ASSERT_LE(record.text.size(), 2 * kKept);
                                    const auto event = DecodeWatchEvent(record.text);
                                    if (event) {
                                      ASSERT_TRUE(event->object.is_object());
                                    }
                                  });
      if (!fed) break;
      at += count;
    }
  }
}

}  // namespace
}  // namespace dtsop
