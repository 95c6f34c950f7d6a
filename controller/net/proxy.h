// Which server is reached through which HTTP proxy, by the environment variables that every tool
// knows and with the rules of Go's net/http, so that the operator goes the way kubectl goes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/origin.h"

namespace dtsop {

struct Proxy {
  std::string host;  // lower case; an IPv6 address without its brackets
  uint16_t port = 80;
  std::string user;  // empty: no credentials are shown
  SecretString password;

  // "host:port", without the credentials: for messages.
  std::string Authority() const;
};

// Accepts "http://[user:password@]host[:port]", percent-encoded, with or without "http://". Fails
// on other schemes and on anything malformed; the message holds no part of the text.
Result<Proxy> ParseProxy(std::string_view text);

class ProxyRules {
 public:
  // Every server is reached directly.
  ProxyRules() = default;

  // HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or the same in lower case. Fails with the name of a
  // variable that can't be used.
  static Result<ProxyRules> FromEnvironment(const EnvLookup& env);

  // Adds what NO_PROXY would name: one entry. One that can't be read names nothing.
  void Except(std::string_view text);

  // The proxy for `origin`; nullptr: none. localhost and loopback addresses never have one, nor
  // what NO_PROXY names: "*", a host or ".suffix" with an optional port, an IP address, a CIDR.
  // Valid as long as the rules.
  const Proxy* For(const Origin& origin) const;

 private:
  struct Exception {
    std::string host;      // with a leading dot unless it is an address
    bool exact = true;     // the host itself too, not only what ends in it
    uint16_t port = 0;     // 0: any
    int prefix_bits = -1;  // of an address; -1: not an address
  };
  bool IsException(const Origin& origin) const;

  std::optional<Proxy> for_http_;
  std::optional<Proxy> for_https_;
  std::vector<Exception> exceptions_;
  bool direct_ = false;  // NO_PROXY is "*"
};

}  // namespace dtsop
