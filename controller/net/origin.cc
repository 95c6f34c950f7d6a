#include "net/origin.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/strings.h"

namespace dtsop {
namespace {

constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kHttpsPort = 443;
constexpr size_t kHostBytesMax = 253;

bool IsNameOrIpv4(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

bool IsIpv6Address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  // What stands behind a NUL byte would not be looked at.
  return host.find('\0') == std::string::npos &&
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool IsIpAddress(const std::string& host) {
  std::array<unsigned char, sizeof(in_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || IsIpv6Address(host);
}

std::string Origin::Authority() const {
  return IsIpv6Address(host) ? fmt::format("[{}]:{}", host, port)
                             : fmt::format("{}:{}", host, port);
}

std::string Origin::HostHeader() const {
  if (port != (tls ? kHttpsPort : kHttpPort)) return Authority();
  return IsIpv6Address(host) ? fmt::format("[{}]", host) : host;
}

Result<Origin> ParseOrigin(std::string_view text) {
  const auto fail = [&](std::string_view why) {
    return Fail(fmt::format("'{}' is not a server address: {}; write https://host:port",
                            CleanText(text, kHostBytesMax), why));
  };
  Origin origin;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    origin.tls = false;
    rest.remove_prefix(7);
  } else {
    return fail("it does not start with https:// or http://");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.size() > kHostBytesMax) return fail("it is too long");

  std::string_view port_text;
  if (rest.starts_with('[')) {
    const size_t end = rest.find(']');
    if (end == std::string_view::npos) return fail("the bracket is not closed");
    origin.host = ToLower(rest.substr(1, end - 1));
    if (!IsIpv6Address(origin.host)) return fail("the brackets hold no IPv6 address");
    port_text = rest.substr(end + 1);
  } else {
    const size_t colon = std::min(rest.find(':'), rest.size());
    origin.host = ToLower(rest.substr(0, colon));
    if (!IsNameOrIpv4(origin.host)) return fail("the host name is missing or malformed");
    port_text = rest.substr(colon);
  }
  origin.port = origin.tls ? kHttpsPort : kHttpPort;
  if (port_text.empty()) return origin;
  const char* end = port_text.data() + port_text.size();
  const auto [parsed, error] = std::from_chars(port_text.data() + 1, end, origin.port);
  if (port_text.front() != ':' || error != std::errc() || parsed != end || origin.port == 0) {
    return fail("the port is not a number from 1 to 65535");
  }
  return origin;
}

std::string HostHeaderOf(std::string_view origin) {
  const auto parsed = ParseOrigin(origin);
  return parsed ? parsed->HostHeader() : "";
}

}  // namespace dtsop
