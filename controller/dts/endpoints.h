// Where DTS is: the endpoint of each region.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dtsop {

// True for text that can be a region id such as "cn-hangzhou": only this may enter a host name.
bool IsRegionId(std::string_view text);

// "https://host[:port]" from a host or URL as a person gives it; https is meant when no scheme is
// given. Fails on anything that is not just a server.
Result<std::string> NormalizeEndpoint(const std::string& text);

// What the operator was told about endpoints. Nothing of it comes from a DtsJob.
struct Endpoints {
  std::string everywhere;                       // "https://host[:port]"; empty: by region
  std::map<std::string, std::string> regional;  // the same for single regions
  bool vpc = false;                             // inside a VPC of the region
  std::set<std::string> extra_regions{};        // taken although this version does not know them
};

// For people, why no call may be made for `region`, and what to do; "": one may. A region must be
// one that this version knows, or was told of, unless all have one endpoint anyway: else anybody
// who may write a DtsJob would choose the names that are looked up.
std::string RegionProblem(const Endpoints& endpoints, const std::string& region);

// The origin of DTS for `region`: what was told, else as the official SDKs have it. Text that is no
// region id never becomes part of a host name: such a call goes to the central endpoint, which
// refuses it.
std::string EndpointFor(const Endpoints& endpoints, const std::string& region);

// For people: the one endpoint, or how it is chosen.
std::string Describe(const Endpoints& endpoints);

}  // namespace dtsop
