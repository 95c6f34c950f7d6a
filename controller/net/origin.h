// "https://host:port" taken apart: the part of a URL that says where to connect and how.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dtsop {

struct Origin {
  bool tls = true;
  std::string host;   // lower case; an IPv6 address without its brackets
  uint16_t port = 0;  // 443 or 80 when the text named none

  // "host:port", with brackets around an IPv6 address: for messages.
  std::string Authority() const;
  // What a Host header says: Authority() without a default port.
  std::string HostHeader() const;

  friend bool operator==(const Origin&, const Origin&) = default;
};

// Accepts http and https, a name, an IPv4 or a bracketed IPv6 address, and an optional port and
// final "/". Fails on anything else: user names, paths, other schemes.
Result<Origin> ParseOrigin(std::string_view text);

// The Host header of requests to `origin`, which is also what is signed; "" for text that
// ParseOrigin refuses, as the transport will.
std::string HostHeaderOf(std::string_view origin);

// True for an IPv6 address without brackets.
bool IsIpv6Address(const std::string& host);
// True for an IPv4 or an unbracketed IPv6 address.
bool IsIpAddress(const std::string& host);

}  // namespace dtsop
