#include "kube/requests.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/strings.h"

namespace dtsop {
namespace {

TEST(Requests, ListsPageByPageInOneOrAllNamespaces) {
  EXPECT_EQ(ListDtsJobs("", 500, "").target, "/apis/dts.aliyun.com/v1alpha1/dtsjobs?limit=500");
  const HttpRequest next = ListDtsJobs("shop", 500, "a+b/c=");
  EXPECT_EQ(
      next.target,
      "/apis/dts.aliyun.com/v1alpha1/namespaces/shop/dtsjobs?limit=500&continue=a%2Bb%2Fc%3D");
  EXPECT_EQ(next.method, "GET");
  EXPECT_EQ(next.total_timeout, seconds(60));
  EXPECT_TRUE(next.stream);
  EXPECT_FALSE(next.urgent);
  EXPECT_EQ(next.origin, "");
}

TEST(Requests, AWatchStreamsAndOutlivesTheServersTimeoutByAGrace) {
  const HttpRequest watch = WatchDtsJobs("shop", "41", milliseconds(12'500));
  EXPECT_EQ(watch.target,
            "/apis/dts.aliyun.com/v1alpha1/namespaces/shop/dtsjobs"
            "?watch=true&allowWatchBookmarks=true&resourceVersion=41&timeoutSeconds=12");
  EXPECT_TRUE(watch.stream);
  EXPECT_TRUE(watch.urgent);
  EXPECT_EQ(watch.idle_timeout, seconds(16));
  EXPECT_EQ(watch.total_timeout, seconds(16));
  EXPECT_NE(WatchDtsJobs("", "1", Duration::zero()).target.find("timeoutSeconds=1"),
            std::string::npos);
}

TEST(Requests, WritesNameTheFieldManagerAndTheirType) {
  const HttpRequest put = PutDtsJobStatus("shop", "orders", "{}");
  EXPECT_EQ(put.method, "PUT");
  EXPECT_EQ(put.target,
            "/apis/dts.aliyun.com/v1alpha1/namespaces/shop/dtsjobs/orders/status"
            "?fieldManager=dts-operator");
  EXPECT_EQ(FindHeader(put.headers, "content-type"), "application/json");
  EXPECT_EQ(put.body, "{}");
  EXPECT_EQ(put.total_timeout, seconds(10));
  const HttpRequest patch = PatchEventSeries("shop", "orders.1", "{}");
  EXPECT_EQ(patch.method, "PATCH");
  EXPECT_EQ(patch.target,
            "/apis/events.k8s.io/v1/namespaces/shop/events/orders.1?fieldManager=dts-operator");
  EXPECT_EQ(FindHeader(patch.headers, "Content-Type"), "application/merge-patch+json");
  EXPECT_EQ(CreateEvent("shop", "{}").target,
            "/apis/events.k8s.io/v1/namespaces/shop/events?fieldManager=dts-operator");
}

TEST(Requests, LeaseWritesTakeTheirTimeFromTheCaller) {
  EXPECT_EQ(GetLease("kube", "l").target, "/apis/coordination.k8s.io/v1/namespaces/kube/leases/l");
  EXPECT_EQ(CreateLease("kube", "{}", seconds(3)).method, "POST");
  EXPECT_EQ(CreateLease("kube", "{}", seconds(3)).total_timeout, seconds(3));
  const HttpRequest put = PutLease("kube", "l", "{}", seconds(2));
  EXPECT_EQ(put.total_timeout, seconds(2));
  EXPECT_EQ(put.idle_timeout, seconds(2));
  EXPECT_EQ(put.method, "PUT");
}

TEST(Requests, ReadsOneObject) {
  EXPECT_EQ(GetSecret("shop", "dts-credentials").target,
            "/api/v1/namespaces/shop/secrets/dts-credentials");
  EXPECT_EQ(GetDtsJob("shop", "orders").target,
            "/apis/dts.aliyun.com/v1alpha1/namespaces/shop/dtsjobs/orders");
}

// The API server decodes the path once and then splits it.
std::vector<std::string> AsTheServerSplitsIt(const HttpRequest& request) {
  return Split(PercentDecode(request.target, false), '/');
}

TEST(Requests, NoNameCanLeaveItsPathSegment) {
  Random random(11);
  std::vector<std::string> names = {
      "",      ".",      "..",           "../",       "../../kube-system/secrets/x",
      "%2f",   "%2e%2e", "%252f",        "a/status",  "a?x=1",
      "a#b",   "a;b",    "\xE9\x98\xBF", "a\r\nb: c", std::string("\0", 1),
      "a\\..", "+"};
  for (int i = 0; i < 2000; ++i) {
    std::string name;
    for (uint64_t n = random.Below(8); n > 0; --n)
      name.push_back("./%2eEfF?#a\\"[random.Below(12)]);
    names.push_back(name);
  }
  for (const std::string& name : names) {
    for (const HttpRequest& request : {GetSecret("shop", name), GetSecret(name, "credentials")}) {
      const auto parts = AsTheServerSplitsIt(request);
      ASSERT_EQ(parts.size(), 7U) << request.target;
      EXPECT_EQ(parts[5], "secrets");
      const bool plain = name == parts[6] || name == parts[4];
      for (const std::string& part : {parts[4], parts[6]}) {
        EXPECT_TRUE(!part.empty() && part != "." && part != "..") << request.target;
        EXPECT_EQ(part.find_first_of("?#\\ \r\n"), std::string::npos);
        // What is not a plain name keeps a percent sign, which no object's name may hold.
        EXPECT_TRUE(plain || (parts[4] + parts[6]).find('%') != std::string::npos);
      }
      EXPECT_EQ(request.target.find_first_of("?# \r\n"), std::string::npos) << request.target;
    }
  }
}

}  // namespace
}  // namespace dtsop
