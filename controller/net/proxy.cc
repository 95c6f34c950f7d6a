#include "net/proxy.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/strings.h"

namespace dtsop {
namespace {

constexpr size_t kVariableBytesMax = 64U << 10;
constexpr size_t kExceptionsMax = 4096;

// The bytes of an IP address, an IPv4 address as IPv6 has it; none: not an address.
std::optional<std::array<unsigned char, 16>> AddressBytes(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

constexpr int kIpv4PrefixBits = 96;

bool SharePrefix(const std::array<unsigned char, 16>& a, const std::array<unsigned char, 16>& b,
                 int bits) {
  for (int bit = 0; bit < bits; ++bit) {
    const auto byte = static_cast<size_t>(bit / 8);
    if (((a[byte] ^ b[byte]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

// True for a loopback address, or the name that stands for one.
bool IsLoopback(const std::string& host) {
  if (host == "localhost") return true;
  const auto address = AddressBytes(host);
  return address && (SharePrefix(*address, *AddressBytes("127.0.0.0"), kIpv4PrefixBits + 8) ||
                     *address == *AddressBytes("::1"));
}

template <class Number>
bool ReadNumber(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

Result<std::optional<Proxy>> ProxyOf(const EnvLookup& env, const std::string& name) {
  const std::string text = env(name).value_or("");
  const std::string value = text.empty() ? env(ToLower(name)).value_or("") : text;
  if (Trim(value).empty()) return std::nullopt;
  auto proxy = ParseProxy(Trim(value));
  if (!proxy) return Fail(fmt::format("{}: {}", name, proxy.error().message));
  return std::move(*proxy);
}

}  // namespace

std::string Proxy::Authority() const { return Origin{false, host, port}.Authority(); }

Result<Proxy> ParseProxy(std::string_view text) {
  std::string_view rest = text;
  if (const size_t scheme_end = rest.find("://"); scheme_end != std::string_view::npos) {
    if (!EqualsIgnoreCase(rest.substr(0, scheme_end), "http")) {
      return Fail("only proxies with http:// are supported; they carry HTTPS too, by CONNECT");
    }
    rest.remove_prefix(scheme_end + 3);
  }
  Proxy proxy;
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = rest.substr(0, at);
    const size_t colon = std::min(user.find(':'), user.size());
    proxy.user = PercentDecode(user.substr(0, colon), false);
    if (colon < user.size()) {
      proxy.password = SecretString(PercentDecode(user.substr(colon + 1), false));
    }
    rest.remove_prefix(at + 1);
  }
  const auto origin = ParseOrigin("http://" + std::string(rest));
  if (!origin) return Fail("it is not of the form http://[user:password@]host[:port]");
  proxy.host = origin->host;
  proxy.port = origin->port;
  return proxy;
}

Result<ProxyRules> ProxyRules::FromEnvironment(const EnvLookup& env) {
  ProxyRules rules;
  auto for_http = ProxyOf(env, "HTTP_PROXY");
  if (!for_http) return tl::unexpected(for_http.error());
  auto for_https = ProxyOf(env, "HTTPS_PROXY");
  if (!for_https) return tl::unexpected(for_https.error());
  rules.for_http_ = std::move(*for_http);
  rules.for_https_ = std::move(*for_https);
  std::string none = env("NO_PROXY").value_or("");
  if (none.empty()) none = env("no_proxy").value_or("");
  if (none.size() > kVariableBytesMax) return Fail("NO_PROXY is too long");
  for (const std::string& part : Split(none, ',')) {
    rules.Except(ToLower(Trim(part)));
    if (rules.exceptions_.size() > kExceptionsMax) return Fail("NO_PROXY has too many entries");
  }
  return rules;
}

void ProxyRules::Except(std::string_view text) {
  if (text.empty()) return;
  if (text == "*") {
    direct_ = true;
    return;
  }
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string address(text.substr(0, slash));
    int bits = 0;
    if (!AddressBytes(address) || !ReadNumber(text.substr(slash + 1), &bits)) return;
    const bool ipv6 = address.find(':') != std::string::npos;
    if (bits < 0 || bits > (ipv6 ? 128 : 32)) return;
    exceptions_.push_back({address, true, 0, ipv6 ? bits : kIpv4PrefixBits + bits});
    return;
  }
  Exception exception;
  std::string_view host = text;
  const bool bracketed = host.starts_with('[');
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        (bracketed ? host[colon - 1] == ']' : host.find(':') == colon);
  if (has_port) {
    if (!ReadNumber(host.substr(colon + 1), &exception.port) || exception.port == 0) return;
    host = host.substr(0, colon);
  }
  if (bracketed) {
    if (!host.ends_with(']')) return;
    host = host.substr(1, host.size() - 2);
  }
  exception.host = host;
  if (AddressBytes(exception.host)) {
    exception.prefix_bits = 128;
  } else {
    if (host.starts_with("*.")) host.remove_prefix(1);
    if (host.empty()) return;
    exception.exact = !host.starts_with('.');
    exception.host = exception.exact ? "." + std::string(host) : std::string(host);
  }
  exceptions_.push_back(std::move(exception));
}

bool ProxyRules::IsException(const Origin& origin) const {
  if (direct_ || IsLoopback(origin.host)) return true;
  const auto address = AddressBytes(origin.host);
  return std::any_of(exceptions_.begin(), exceptions_.end(), [&](const Exception& exception) {
    if (exception.port != 0 && exception.port != origin.port) return false;
    if (exception.prefix_bits >= 0) {
      return address && SharePrefix(*address, *AddressBytes(exception.host), exception.prefix_bits);
    }
    return origin.host.ends_with(exception.host) ||
           (exception.exact && origin.host == exception.host.substr(1));
  });
}

const Proxy* ProxyRules::For(const Origin& origin) const {
  const std::optional<Proxy>& proxy = origin.tls ? for_https_ : for_http_;
  return !proxy || IsException(origin) ? nullptr : &*proxy;
}

}  // namespace dtsop
