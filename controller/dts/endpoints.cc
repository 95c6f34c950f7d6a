#include "dts/endpoints.h"

#include <algorithm>

#include "net/origin.h"

namespace dtsop {
namespace {

constexpr size_t kRegionBytesMax = 63;

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

}  // namespace dtsop
