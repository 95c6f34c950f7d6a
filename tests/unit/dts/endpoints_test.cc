#include "dts/endpoints.h"

#include <gtest/gtest.h>

namespace dtsop {
namespace {

TEST(Endpoints, AreThoseOfTheSdks) {
  for (const char* region : {"cn-hangzhou", "us-east-1", "ap-northeast-2-pop", "rus-west-1-pop"}) {
    EXPECT_EQ(EndpointFor({}, region), "https://dts.aliyuncs.com") << region;
  }
  for (const char* region : {"ap-northeast-1", "ap-southeast-6", "me-central-1", "cn-heyuan"}) {
    EXPECT_EQ(EndpointFor({}, region), std::string("https://dts.") + region + ".aliyuncs.com");
  }
}

TEST(Endpoints, InsideAVpcAreAlwaysOfTheRegion) {
  const Endpoints vpc{"", {}, true};
  EXPECT_EQ(EndpointFor(vpc, "cn-hangzhou"), "https://dts-vpc.cn-hangzhou.aliyuncs.com");
  EXPECT_EQ(EndpointFor(vpc, "ap-northeast-1"), "https://dts-vpc.ap-northeast-1.aliyuncs.com");
}

TEST(Endpoints, ThatAreGivenCount) {
  const Endpoints given{"http://127.0.0.1:1", {{"cn-beijing", "https://dts.example"}}, true};
  EXPECT_EQ(EndpointFor(given, "cn-hangzhou"), "http://127.0.0.1:1");
  EXPECT_EQ(EndpointFor(given, "cn-beijing"), "https://dts.example");
}

TEST(Endpoints, ServeTheRegionsThatAreKnownOrTold) {
  for (const char* region : {"cn-hangzhou", "us-east-1", "ap-northeast-1", "me-central-1"}) {
    EXPECT_EQ(RegionProblem({}, region), "") << region;
  }
  const std::string problem = RegionProblem({}, "cn-nowhere");
  EXPECT_NE(problem.find("\"cn-nowhere\""), std::string::npos) << problem;
  EXPECT_NE(problem.find("--dts-extra-regions"), std::string::npos) << problem;
  EXPECT_NE(RegionProblem({"", {}, true}, "cn-nowhere"), "");
  EXPECT_NE(RegionProblem({}, "").find("Set spec.regionId"), std::string::npos);
  EXPECT_NE(RegionProblem({"https://dts.example", {}}, ""), "");
  EXPECT_EQ(RegionProblem({"", {}, false, {"cn-nowhere"}}, "cn-nowhere"), "");
  EXPECT_EQ(RegionProblem({"", {{"cn-nowhere", "https://dts.example"}}}, "cn-nowhere"), "");
  EXPECT_EQ(RegionProblem({"https://dts.example", {}}, "cn-nowhere"), "")
      << "no name is made of it";
}

TEST(Endpoints, WhatIsNoRegionNeverEntersAHostName) {
  const std::string bad[] = {"",
                             "evil.example/",
                             "a.b",
                             "a@b",
                             "a:b",
                             "CN-HANGZHOU",
                             "cn hangzhou",
                             "-a",
                             "a-",
                             "é",
                             "a\n",
                             "a#",
                             "a%2e",
                             "a?b",
                             std::string(64, 'a'),
                             std::string("a\0b", 3)};
  for (const std::string& region : bad) {
    EXPECT_FALSE(IsRegionId(region)) << region;
    EXPECT_EQ(EndpointFor({}, region), "https://dts.aliyuncs.com") << region;
    EXPECT_EQ(EndpointFor({"", {}, true}, region), "https://dts.aliyuncs.com") << region;
  }
}

TEST(Endpoints, AreAHostOrAUrlAndNothingMore) {
  EXPECT_EQ(NormalizeEndpoint("dts.cn-beijing.aliyuncs.com").value(),
            "https://dts.cn-beijing.aliyuncs.com");
  EXPECT_EQ(NormalizeEndpoint("http://127.0.0.1:80/").value(), "http://127.0.0.1");
  for (const char* text : {"", "ftp://h", "https://h/path", "https://user@h", "h h"}) {
    EXPECT_FALSE(NormalizeEndpoint(text)) << text;
  }
}

}  // namespace
}  // namespace dtsop
