#include "dts/endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "net/origin.h"

namespace dtsop {
namespace {

constexpr size_t kRegionBytesMax = 63;
constexpr std::string_view kCentral = "https://dts.aliyuncs.com";
// The regions that the central endpoint serves by the map of the official SDKs (endpointMap in
// alibabacloud-cpp-sdk, Dts20200101.cpp; the Go SDK's is the same), sorted.
constexpr std::array<std::string_view, 55> kServedCentrally = {"ap-northeast-2-pop",
                                                               "ap-south-1",
                                                               "ap-southeast-1",
                                                               "ap-southeast-2",
                                                               "ap-southeast-3",
                                                               "ap-southeast-5",
                                                               "cn-beijing",
                                                               "cn-beijing-finance-1",
                                                               "cn-beijing-finance-pop",
                                                               "cn-beijing-gov-1",
                                                               "cn-beijing-nu16-b01",
                                                               "cn-chengdu",
                                                               "cn-edge-1",
                                                               "cn-fujian",
                                                               "cn-haidian-cm12-c01",
                                                               "cn-hangzhou",
                                                               "cn-hangzhou-bj-b01",
                                                               "cn-hangzhou-finance",
                                                               "cn-hangzhou-internal-prod-1",
                                                               "cn-hangzhou-internal-test-1",
                                                               "cn-hangzhou-internal-test-2",
                                                               "cn-hangzhou-internal-test-3",
                                                               "cn-hangzhou-test-306",
                                                               "cn-hongkong",
                                                               "cn-hongkong-finance-pop",
                                                               "cn-huhehaote",
                                                               "cn-huhehaote-nebula-1",
                                                               "cn-north-2-gov-1",
                                                               "cn-qingdao",
                                                               "cn-qingdao-nebula",
                                                               "cn-shanghai",
                                                               "cn-shanghai-et15-b01",
                                                               "cn-shanghai-et2-b01",
                                                               "cn-shanghai-finance-1",
                                                               "cn-shanghai-inner",
                                                               "cn-shanghai-internal-test-1",
                                                               "cn-shenzhen",
                                                               "cn-shenzhen-finance-1",
                                                               "cn-shenzhen-inner",
                                                               "cn-shenzhen-st4-d01",
                                                               "cn-shenzhen-su18-b01",
                                                               "cn-wuhan",
                                                               "cn-wulanchabu",
                                                               "cn-yushanfang",
                                                               "cn-zhangbei-na61-b01",
                                                               "cn-zhangjiakou",
                                                               "cn-zhangjiakou-na62-a01",
                                                               "cn-zhengzhou-nebula-1",
                                                               "eu-central-1",
                                                               "eu-west-1",
                                                               "eu-west-1-oxs",
                                                               "me-east-1",
                                                               "rus-west-1-pop",
                                                               "us-east-1",
                                                               "us-west-1"};

// Those with an endpoint of their own by the same map, in the SDKs for Java and TypeScript, sorted.
constexpr std::array<std::string_view, 9> kServedThere = {
    "ap-northeast-1", "ap-northeast-2", "ap-southeast-6",   "ap-southeast-7", "cn-guangzhou",
    "cn-heyuan",      "cn-wuhan-lr",    "cn-zhengzhou-jva", "me-central-1"};

template <size_t kSize>
bool Contains(const std::array<std::string_view, kSize>& sorted, std::string_view region) {
  return std::binary_search(sorted.begin(), sorted.end(), region);
}

}  // namespace

bool IsRegionId(std::string_view text) {
  return !text.empty() && text.size() <= kRegionBytesMax && text.front() != '-' &&
         text.back() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Result<std::string> NormalizeEndpoint(const std::string& text) {
  const auto origin = ParseOrigin(text.find("://") == std::string::npos ? "https://" + text : text);
  if (!origin) return tl::unexpected(origin.error());
  return (origin->tls ? "https://" : "http://") + origin->HostHeader();
}

std::string RegionProblem(const Endpoints& endpoints, const std::string& region) {
  if (region.empty()) {
    return "Neither spec.regionId nor the operator's --region says where the job is. Set "
           "spec.regionId.";
  }
  if (!endpoints.everywhere.empty() || endpoints.regional.contains(region) ||
      endpoints.extra_regions.contains(region) || Contains(kServedCentrally, region) ||
      Contains(kServedThere, region)) {
    return "";
  }
  return fmt::format(
      "The operator does not know the region \"{}\" and calls nothing there. Correct "
      "spec.regionId, or have --dts-extra-regions (chart value extraRegions) name it.",
      region);
}

std::string EndpointFor(const Endpoints& endpoints, const std::string& region) {
  if (const auto at = endpoints.regional.find(region); at != endpoints.regional.end()) {
    return at->second;
  }
  if (!endpoints.everywhere.empty()) return endpoints.everywhere;
  if (!IsRegionId(region)) return std::string(kCentral);
  // The SDKs' map knows no network, so a VPC's endpoint is always that of its region.
  if (endpoints.vpc) return fmt::format("https://dts-vpc.{}.aliyuncs.com", region);
  return Contains(kServedCentrally, region) ? std::string(kCentral)
                                            : fmt::format("https://dts.{}.aliyuncs.com", region);
}

std::string Describe(const Endpoints& endpoints) {
  if (!endpoints.everywhere.empty()) return endpoints.everywhere;
  return fmt::format("{} endpoints by region, {} given", endpoints.vpc ? "VPC" : "public",
                     endpoints.regional.size());
}

}  // namespace dtsop
