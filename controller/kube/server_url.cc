#include "kube/server_url.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/strings.h"
#include "net/origin.h"

namespace dtsop {
namespace {

constexpr size_t kUrlBytesMax = 2048;
constexpr size_t kUrlShownMax = 200;

bool HostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool PathCharacter(char c) { return c > ' ' && c < 0x7f && c != '?' && c != '#' && c != '\\'; }

// `text` as 1..65535, or nullopt.
std::optional<int> Port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535)
    return std::nullopt;
  return port;
}

bool Loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address = {};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

// Splits "host", "host:port" or "[v6]:port" into a lower-case host and a port text ("" when none);
// false when malformed.
bool SplitAuthority(std::string_view authority, std::string* host, std::string* port) {
  const bool bracketed = !authority.empty() && authority.front() == '[';
  const size_t host_end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && host_end == std::string_view::npos) return false;
  const size_t cut = std::min(bracketed ? host_end + 1 : host_end, authority.size());
  *host = ToLower(authority.substr(0, cut));
  const std::string_view rest = authority.substr(cut);
  if (!rest.empty() && (rest.front() != ':' || rest.size() == 1)) return false;
  *port = rest.empty() ? "" : std::string(rest.substr(1));
  if (bracketed) return IsIpv6Address(host->substr(1, host->size() - 2));
  return !host->empty() && std::all_of(host->begin(), host->end(), HostCharacter);
}

}  // namespace

Result<ServerUrl> ParseServerUrl(std::string_view url) {
  // User information may be a password: then the address is not quoted.
  if (url.find('@') != std::string_view::npos)
    return Fail("server holds a user name or '@'; give https://host:port and a token instead");
  const auto malformed = [&](std::string_view why) {
    return Fail(
        fmt::format("server \"{}\" {}; give https://host:port", CleanText(url, kUrlShownMax), why));
  };
  if (url.size() > kUrlBytesMax) return malformed("is too long");
  const size_t scheme_end = url.find("://");
  const std::string scheme = ToLower(url.substr(0, scheme_end));
  if (scheme_end == std::string_view::npos || (scheme != "https" && scheme != "http"))
    return malformed("is not an https address");
  const std::string_view rest = url.substr(scheme_end + 3);
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view path = rest.substr(slash);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (!std::all_of(path.begin(), path.end(), PathCharacter)) return malformed("is malformed");

  std::string host;
  std::string port_text;
  if (!SplitAuthority(rest.substr(0, slash), &host, &port_text)) return malformed("is malformed");
  const bool tls = scheme == "https";
  const std::optional<int> port = port_text.empty() ? (tls ? 443 : 80) : Port(port_text);
  if (!port) return malformed("has a malformed port");
  if (!tls && !Loopback(host))
    return malformed("would send Secrets unencrypted (http is for loopback only)");
  return ServerUrl{fmt::format("{}://{}:{}", scheme, host, *port), std::string(path), tls};
}

}  // namespace dtsop
