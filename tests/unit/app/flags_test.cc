#include "app/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Parsed {
  std::optional<Flags> flags;
  int exit_code = 0;
  std::string out;
  std::string err;
};

class FlagsTest : public ::testing::Test {
 protected:
  FlagsTest() {
    for (const char* name : {"POD_NAME", "POD_UID", "POD_NAMESPACE"}) unsetenv(name);
  }
  static Parsed Parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "dts-operator");
    Parsed parsed;
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    parsed.flags =
        ParseFlags(static_cast<int>(arguments.size()), arguments.data(), &parsed.exit_code);
    parsed.out = ::testing::internal::GetCapturedStdout();
    parsed.err = ::testing::internal::GetCapturedStderr();
    return parsed;
  }
};

TEST_F(FlagsTest, DefaultsAreThoseOfTheDocumentation) {
  const auto flags = Parse({}).flags;
  ASSERT_TRUE(flags);
  const OperatorOptions& o = flags->operator_options;
  EXPECT_THAT(o.namespaces, IsEmpty());
  EXPECT_THAT(o.own_credentials_namespaces, IsEmpty());
  EXPECT_EQ(o.lease_namespace, "dts-system");
  EXPECT_EQ(o.lease_name, "dts-operator");
  EXPECT_FALSE(o.identity.empty());
  EXPECT_EQ(o.lease_duration, seconds(15));
  EXPECT_EQ(o.renew_deadline, seconds(10));
  EXPECT_EQ(o.retry_period, seconds(2));
  EXPECT_EQ(o.endpoints.everywhere, "");
  EXPECT_FALSE(o.endpoints.vpc);
  EXPECT_EQ(o.signature, SignatureKind::kAcs3);
  EXPECT_EQ(flags->metrics_address, ":8080");
  EXPECT_EQ(flags->probe_address, ":8081");
  EXPECT_EQ(flags->log_level, LogLevel::kInfo);
}

TEST_F(FlagsTest, EveryFlagIsRead) {
  const auto flags = Parse({"--kubeconfig=/k",
                            "--context=c",
                            "--watch-namespace=a,b",
                            "--watch-namespace",
                            "c",
                            "--leader-election-namespace=ns",
                            "--leader-election-id=id",
                            "--identity=me",
                            "--lease-duration=1m",
                            "--renew-deadline=40s",
                            "--retry-period=5s",
                            "--metrics-bind-address=0",
                            "--health-probe-bind-address=127.0.0.1:9",
                            "--log-level=debug",
                            "--region=cn-hangzhou",
                            "--dts-endpoint=http://127.0.0.1:8",
                            "--dts-ca-file=/ca",
                            "--credentials-file=/keys",
                            "--error-table=/errors",
                            "--signature=V1",
                            "--dts-start-qps=7",
                            "--dts-describe-qps=9"})
                         .flags;
  ASSERT_TRUE(flags);
  const OperatorOptions& o = flags->operator_options;
  EXPECT_EQ(flags->kubeconfig, "/k");
  EXPECT_EQ(flags->context, "c");
  EXPECT_THAT(o.namespaces, ElementsAre("a", "b", "c"));
  EXPECT_EQ(o.lease_namespace, "ns");
  EXPECT_EQ(o.lease_name, "id");
  EXPECT_EQ(o.identity, "me");
  EXPECT_EQ(o.lease_duration, minutes(1));
  EXPECT_EQ(o.renew_deadline, seconds(40));
  EXPECT_EQ(o.retry_period, seconds(5));
  EXPECT_EQ(flags->metrics_address, "0");
  EXPECT_EQ(flags->probe_address, "127.0.0.1:9");
  EXPECT_EQ(flags->log_level, LogLevel::kDebug);
  EXPECT_EQ(o.default_region, "cn-hangzhou");
  EXPECT_EQ(o.endpoints.everywhere, "http://127.0.0.1:8");
  EXPECT_EQ(flags->dts_ca_file, "/ca");
  EXPECT_EQ(flags->operator_options.credentials.file, "/keys");
  EXPECT_EQ(flags->error_table_file, "/errors");
  EXPECT_EQ(o.signature, SignatureKind::kV1);
  EXPECT_EQ(o.quotas.acts_per_second, 7);
  EXPECT_EQ(o.quotas.describes_per_second, 9);
}

TEST_F(FlagsTest, ThePodGivesIdentityAndNamespace) {
  setenv("POD_NAME", "pod-1", 1);
  setenv("POD_UID", "uid-1", 1);
  setenv("POD_NAMESPACE", "ops", 1);
  const auto flags = Parse({}).flags;
  ASSERT_TRUE(flags);
  EXPECT_EQ(flags->operator_options.identity, "pod-1_uid-1");
  EXPECT_EQ(flags->operator_options.lease_namespace, "ops");
  EXPECT_EQ(Parse({"--identity=me"}).flags->operator_options.identity, "me");
}

TEST_F(FlagsTest, AnEndpointWithoutASchemeIsHttps) {
  EXPECT_EQ(Parse({"--dts-endpoint=dts.cn-hangzhou.aliyuncs.com"})
                .flags->operator_options.endpoints.everywhere,
            "https://dts.cn-hangzhou.aliyuncs.com");
}

TEST_F(FlagsTest, ABadValueEndsTheProgramWithAMessageThatNamesTheFlag) {
  for (const char* bad :
       {"--lease-duration=soon", "--lease-duration=0s", "--lease-duration=-5s",
        "--renew-deadline=1", "--retry-period=", "--log-level=loud", "--signature=v9",
        "--dts-endpoint=ftp://x", "--dts-endpoint=", "--dts-endpoint=https://",
        "--dts-endpoint=https://a/b", "--dts-endpoint=https://user@host",
        "--dts-endpoint=https://host:99999", "--dts-endpoint=https://host:x", "--dts-start-qps=0",
        "--dts-start-qps=many", "--dts-describe-qps=-1", "--dts-describe-qps=1001"}) {
    const Parsed parsed = Parse({bad});
    EXPECT_FALSE(parsed.flags) << bad;
    EXPECT_NE(parsed.exit_code, 0) << bad;
    const std::string name = std::string(bad).substr(0, std::string(bad).find('='));
    EXPECT_THAT(parsed.err, HasSubstr(name)) << bad;
  }
}

TEST_F(FlagsTest, AnEmptyValueIsRefusedByNameAndSwallowsNothing) {
  for (const std::vector<const char*>& bad :
       {std::vector<const char*>{"--region="},
        std::vector<const char*>{"--region=", "--log-level=debug"},
        std::vector<const char*>{"--region", ""}, std::vector<const char*>{"--region=  "},
        std::vector<const char*>{"--region=\"\""}}) {
    const Parsed parsed = Parse(bad);
    EXPECT_FALSE(parsed.flags) << bad[0];
    EXPECT_NE(parsed.exit_code, 0);
    EXPECT_THAT(parsed.err, HasSubstr("--region")) << bad[0];
  }
  for (const char* flag : {"--credentials-file=", "--context=", "--dts-ca-file=", "--identity=",
                           "--kubeconfig=", "--dts-endpoint-for="}) {
    EXPECT_THAT(Parse({flag, "--log-level=debug"}).err,
                AllOf(HasSubstr(std::string(flag).substr(0, std::string(flag).size() - 1)),
                      HasSubstr("empty value")));
  }
}

TEST_F(FlagsTest, BlanksAroundValuesAndNamespacesAreLeftOut) {
  EXPECT_THAT(Parse({"--watch-namespace=shop, bank", "--watch-namespace", " a ,\tb\n"})
                  .flags->operator_options.namespaces,
              ElementsAre("shop", "bank", "a", "b"));
  EXPECT_EQ(Parse({"--region=cn-hangzhou\n"}).flags->operator_options.default_region,
            "cn-hangzhou");
}

TEST_F(FlagsTest, QuotesAndWhatIsNoNamespaceAreRefusedByName) {
  for (const char* bad :
       {"\"shop\"", "'shop'", "\"shop\",\"bank\"", "shop,Bank", "shop bank", "-shop", "a.b", "*"}) {
    const Parsed parsed = Parse({"--watch-namespace", bad});
    EXPECT_FALSE(parsed.flags) << bad;
    EXPECT_NE(parsed.exit_code, 0) << bad;
    EXPECT_THAT(parsed.err, HasSubstr("--watch-namespace")) << bad;
  }
  EXPECT_THAT(Parse({"--region='cn-hangzhou'"}).err,
              AllOf(HasSubstr("--region"), HasSubstr("quotation mark")));
}

TEST_F(FlagsTest, AFlagGivenTwiceIsNamed) {
  EXPECT_THAT(Parse({"--log-level=info", "--log-level=debug"}).err, HasSubstr("--log-level"));
}

TEST_F(FlagsTest, LevelsMayBeCapitalsAndAnEndpointMayEndWithASlash) {
  EXPECT_EQ(Parse({"--log-level=INFO"}).flags->log_level, LogLevel::kInfo);
  EXPECT_EQ(Parse({"--dts-endpoint=https://dts.aliyuncs.com/"})
                .flags->operator_options.endpoints.everywhere,
            "https://dts.aliyuncs.com");
}

TEST_F(FlagsTest, UnknownFlagsAndStrayWordsAreRefused) {
  for (const char* bad : {"--leader-elect", "stray", "--watch-namespaces=a"}) {
    const Parsed parsed = Parse({bad});
    EXPECT_FALSE(parsed.flags) << bad;
    EXPECT_NE(parsed.exit_code, 0);
    EXPECT_THAT(parsed.err, HasSubstr(std::string(bad).substr(0, 8)));
  }
}

TEST_F(FlagsTest, LeaseTimesMustLeaveRoomForEachOther) {
  EXPECT_THAT(Parse({"--lease-duration=10s"}).err,
              AllOf(HasSubstr("--lease-duration"), HasSubstr("--renew-deadline")));
  EXPECT_THAT(Parse({"--retry-period=5s"}).err,
              AllOf(HasSubstr("--renew-deadline"), HasSubstr("--retry-period")));
}

TEST_F(FlagsTest, HelpAndVersionAreAnsweredOnStandardOutput) {
  const Parsed help = Parse({"--help"});
  EXPECT_FALSE(help.flags);
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("--dts-endpoint"), HasSubstr("--kubeconfig")));
  const Parsed version = Parse({"--version"});
  EXPECT_FALSE(version.flags);
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, ::testing::StartsWith("dts-operator "));
}

TEST_F(FlagsTest, NoNamespaceAndAnEmptyOneMeanAllAndOneGivenTwiceCountsOnce) {
  for (const std::vector<const char*>& all :
       {std::vector<const char*>{"--watch-namespace="},
        std::vector<const char*>{"--watch-namespace=", "--signature=v1"},
        std::vector<const char*>{"--watch-namespace", ""}}) {
    const Parsed parsed = Parse(all);
    ASSERT_TRUE(parsed.flags) << parsed.err;
    EXPECT_THAT(parsed.flags->operator_options.namespaces, IsEmpty());
  }
  EXPECT_THAT(Parse({"--watch-namespace=a,b,a", "--watch-namespace=b", "--watch-namespace="})
                  .flags->operator_options.namespaces,
              ElementsAre("a", "b"));
}

TEST_F(FlagsTest, TheNamespacesThatTheOwnCredentialsServeAreNamedOrAll) {
  const auto namespaces = [](const std::vector<const char*>& arguments) {
    const Parsed parsed = Parse(arguments);
    EXPECT_TRUE(parsed.flags) << parsed.err;
    return parsed.flags ? parsed.flags->operator_options.own_credentials_namespaces
                        : std::vector<std::string>{"refused"};
  };
  EXPECT_THAT(namespaces({"--own-credentials-namespaces= shop , bank-2,shop,",
                          "--own-credentials-namespaces", "tools"}),
              ElementsAre("shop", "bank-2", "tools"));
  EXPECT_THAT(namespaces({"--own-credentials-namespaces=*"}), ElementsAre("*"));
  EXPECT_THAT(namespaces({"--own-credentials-namespaces=", "--signature=v1"}), IsEmpty());
}

TEST_F(FlagsTest, WhatCanBeNoNamespaceIsRefusedAndNamed) {
  const std::string long_name(64, 'a');
  for (const std::string name :
       {"Shop", "a_b", "-a", "a-", "a.b", "sh op", long_name.c_str(), "a*"}) {
    for (const std::string flag : {"--watch-namespace", "--own-credentials-namespaces"}) {
      const Parsed parsed = Parse({(flag + "=" + name).c_str()});
      EXPECT_FALSE(parsed.flags) << name;
      EXPECT_NE(parsed.exit_code, 0);
      EXPECT_THAT(parsed.err, AllOf(HasSubstr(flag), HasSubstr("is not the name of a namespace")));
    }
  }
  EXPECT_FALSE(Parse({"--watch-namespace=*"}).flags);
}

TEST_F(FlagsTest, EndpointsOfRegionsAndTheNetworkAreRead) {
  const Parsed parsed =
      Parse({"--dts-endpoint-for=cn-beijing=dts.cn-beijing.aliyuncs.com", "--dts-endpoint-for",
             "cn-hangzhou=http://127.0.0.1:8", "--dts-network=vpc"});
  ASSERT_TRUE(parsed.flags) << parsed.err;
  const Endpoints& endpoints = parsed.flags->operator_options.endpoints;
  EXPECT_EQ(EndpointFor(endpoints, "cn-beijing"), "https://dts.cn-beijing.aliyuncs.com");
  EXPECT_EQ(EndpointFor(endpoints, "cn-hangzhou"), "http://127.0.0.1:8");
  EXPECT_EQ(EndpointFor(endpoints, "cn-shanghai"), "https://dts-vpc.cn-shanghai.aliyuncs.com");
}

TEST_F(FlagsTest, RegionsThatFlagsNameAreServed) {
  const Parsed parsed = Parse({"--region=cn-first", "--dts-extra-regions=cn-second,cn-third"});
  ASSERT_TRUE(parsed.flags) << parsed.err;
  const Endpoints& endpoints = parsed.flags->operator_options.endpoints;
  for (const char* region : {"cn-first", "cn-second", "cn-third", "cn-hangzhou"}) {
    EXPECT_EQ(RegionProblem(endpoints, region), "");
  }
  EXPECT_NE(RegionProblem(endpoints, "cn-fourth"), "");
}

TEST_F(FlagsTest, EndpointsThatCanNotBeMeantAreNamed) {
  for (const std::vector<const char*>& bad :
       {std::vector<const char*>{"--dts-endpoint-for=cn-beijing"},
        std::vector<const char*>{"--dts-endpoint-for=CN=https://h"},
        std::vector<const char*>{"--dts-endpoint-for=cn-beijing=https://h/path"},
        std::vector<const char*>{"--dts-endpoint-for=cn-beijing=h", "--dts-endpoint=h"},
        std::vector<const char*>{"--dts-network=classic"},
        std::vector<const char*>{"--dts-extra-regions=cn-second,evil.example/"},
        std::vector<const char*>{"--region=evil.example/"}}) {
    const Parsed parsed = Parse(bad);
    EXPECT_FALSE(parsed.flags) << bad[0];
    EXPECT_NE(parsed.exit_code, 0);
    EXPECT_THAT(parsed.err, HasSubstr("--")) << bad[0];
  }
}

}  // namespace
}  // namespace dtsop
