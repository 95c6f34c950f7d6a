#include "net/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace dtsop {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Environment = std::map<std::string, std::string>;

Result<ProxyRules> Rules(const Environment& environment) {
  return ProxyRules::FromEnvironment([&](const std::string& name) -> std::optional<std::string> {
    const auto at = environment.find(name);
    return at == environment.end() ? std::nullopt : std::optional(at->second);
  });
}

// "host:port" of the proxy for `origin`, or "direct".
std::string Way(const Environment& environment, const std::string& origin) {
  const auto rules = Rules(environment);
  if (!rules) return rules.error().message;
  const Proxy* proxy = rules->For(ParseOrigin(origin).value());
  return proxy == nullptr ? "direct" : proxy->Authority();
}

TEST(Proxy, IsTheSchemesOwn) {
  const Environment both = {{"HTTP_PROXY", "http://plain:3128"}, {"HTTPS_PROXY", "tunnel:8080"}};
  EXPECT_EQ(Way(both, "https://dts.aliyuncs.com"), "tunnel:8080");
  EXPECT_EQ(Way(both, "http://dts.aliyuncs.com"), "plain:3128");
  EXPECT_EQ(Way({{"HTTP_PROXY", "plain:3128"}}, "https://dts.aliyuncs.com"), "direct");
  EXPECT_EQ(Way({}, "https://dts.aliyuncs.com"), "direct");
}

TEST(Proxy, VariablesMayBeInLowerCase) {
  EXPECT_EQ(Way({{"https_proxy", "low:1"}}, "https://a.b"), "low:1");
  EXPECT_EQ(Way({{"https_proxy", "low:1"}, {"HTTPS_PROXY", "up:1"}}, "https://a.b"), "up:1");
  EXPECT_EQ(Way({{"https_proxy", "low:1"}, {"HTTPS_PROXY", ""}}, "https://a.b"), "low:1");
  EXPECT_EQ(Way({{"https_proxy", "low:1"}, {"no_proxy", "a.b"}}, "https://a.b"), "direct");
}

TEST(Proxy, MayHaveCredentials) {
  const auto proxy = ParseProxy("http://us%3Aer:p%40ss:w%2Frd@Proxy.Example:3128/");
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->user, "us:er");
  EXPECT_EQ(proxy->password.Reveal(), "p@ss:w/rd");
  EXPECT_EQ(proxy->Authority(), "proxy.example:3128");
  EXPECT_EQ(ParseProxy("only@proxy")->user, "only");
  EXPECT_EQ(ParseProxy("proxy")->Authority(), "proxy:80");
  EXPECT_EQ(ParseProxy("http://[::1]:3128")->Authority(), "[::1]:3128");
}

TEST(Proxy, ThatCannotBeUsedIsRefusedWithoutItsPassword) {
  for (const char* text : {"https://u:hunter2@proxy", "socks5://u:hunter2@proxy", "u:hunter2@",
                           "http://u:hunter2@pro xy", "u:hunter2@proxy:0", "u:hunter2@proxy:x",
                           "u:hunter2@proxy/path", "http://"}) {
    const auto rules = Rules({{"HTTPS_PROXY", text}});
    ASSERT_FALSE(rules) << text;
    EXPECT_THAT(rules.error().message, HasSubstr("HTTPS_PROXY: "));
    EXPECT_THAT(rules.error().message, Not(HasSubstr("hunter2")));
  }
}

TEST(NoProxy, NamesHostsAndSuffixes) {
  struct Case {
    const char* no_proxy;
    const char* origin;
    bool direct;
  };
  for (const Case& c : {
           Case{"*", "https://a.example.com", true},
           Case{"example.com", "https://example.com", true},
           Case{"example.com", "https://a.example.com", true},
           Case{"example.com", "https://badexample.com", false},
           Case{".example.com", "https://example.com", false},
           Case{".example.com", "https://a.example.com", true},
           Case{"*.example.com", "https://a.b.example.com", true},
           Case{"*.example.com", "https://example.com", false},
           Case{" EXAMPLE.com , b.c", "https://example.COM", true},
           Case{"a,,b.c", "https://b.c", true},
           Case{"example.com:443", "https://example.com", true},
           Case{"example.com:8443", "https://example.com", false},
           Case{"example.com:8443", "https://a.example.com:8443", true},
           Case{"example.com:0", "https://example.com", false},
           Case{"example.com:x", "https://example.com", false},
           Case{"*.", "https://example.com", false},
           Case{".", "https://example.com", false},
           Case{":443", "https://example.com", false},
       }) {
    const Environment environment = {{"HTTPS_PROXY", "p:1"}, {"NO_PROXY", c.no_proxy}};
    EXPECT_EQ(Way(environment, c.origin) == "direct", c.direct) << c.no_proxy << " " << c.origin;
  }
}

TEST(NoProxy, NamesAddressesAndNetworks) {
  struct Case {
    const char* no_proxy;
    const char* origin;
    bool direct;
  };
  for (const Case& c : {
           Case{"10.0.0.1", "https://10.0.0.1", true},
           Case{"10.0.0.1", "https://10.0.0.12", false},
           Case{"10.0.0.1:6443", "https://10.0.0.1:6443", true},
           Case{"10.0.0.1:6443", "https://10.0.0.1", false},
           Case{"10.0.0.0/8", "https://10.96.0.1", true},
           Case{"10.0.0.0/8", "https://11.0.0.1", false},
           Case{"10.96.0.0/12", "https://10.111.255.255", true},
           Case{"10.96.0.0/12", "https://10.112.0.0", false},
           Case{"0.0.0.0/0", "https://8.8.8.8", true},
           Case{"0.0.0.0/0", "https://[2001:db8::1]", false},
           Case{"10.0.0.0/33", "https://10.0.0.1", false},
           Case{"10.0.0.0/x", "https://10.0.0.1", false},
           Case{"10.0.0.0/", "https://10.0.0.1", false},
           Case{"/8", "https://10.0.0.1", false},
           Case{"10.0.0.0/8", "https://example.com", false},
           Case{"2001:db8::/32", "https://[2001:db8:1::2]", true},
           Case{"2001:db8::/32", "https://[2001:db9::2]", false},
           Case{"2001:db8::1", "https://[2001:db8::1]", true},
           Case{"[2001:db8::1]:6443", "https://[2001:db8::1]:6443", true},
           Case{"[2001:db8::1]:6443", "https://[2001:db8::1]", false},
           Case{"[2001:db8::1]", "https://[2001:db8::1]", true},
           Case{"[", "https://[2001:db8::1]", false},
       }) {
    const Environment environment = {{"HTTPS_PROXY", "p:1"}, {"NO_PROXY", c.no_proxy}};
    EXPECT_EQ(Way(environment, c.origin) == "direct", c.direct) << c.no_proxy << " " << c.origin;
  }
}

TEST(NoProxy, CanBeAddedTo) {
  ProxyRules rules = Rules({{"HTTP_PROXY", "p:1"}}).value();
  const Origin metadata = ParseOrigin("http://100.100.100.200").value();
  EXPECT_NE(rules.For(metadata), nullptr);
  rules.Except("100.100.100.200");
  EXPECT_EQ(rules.For(metadata), nullptr);
}

TEST(NoProxy, IsImpliedForTheOwnMachine) {
  for (const char* origin : {"https://localhost:6443", "https://127.0.0.1", "https://127.9.9.9:1",
                             "https://[::1]:6443"}) {
    EXPECT_EQ(Way({{"HTTPS_PROXY", "p:1"}}, origin), "direct") << origin;
  }
}

}  // namespace
}  // namespace dtsop
