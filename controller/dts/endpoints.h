// Where DTS is: the endpoint of each region.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dtsop {

// True for text that can be a region id such as "cn-hangzhou": only this may enter a host name.
bool IsRegionId(std::string_view text);

// "https://host[:port]" from a host or URL as a person gives it; https is meant when no scheme is
// given. Fails on anything that is not just a server.
Result<std::string> NormalizeEndpoint(const std::string& text);

}  // namespace dtsop
