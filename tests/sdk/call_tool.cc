// Sends what it reads, as the operator would: one call per line of standard input, as JSON; answers
// with a line of JSON per call. Each call has a transport and thus a connection of its own.
//   {"origin", "ca": PEM file, "serverName", "proxy": "http://host:port",
//    "signature": "v1" or "acs3" (none: a plain GET of "target"), "action", "parameters": {},
//    "key", "secret", "token", "target"}
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "base/json.h"
#include "base/random.h"
#include "dts/signer.h"
#include "tests/support/http_client.h"

namespace dtsop {
namespace {

std::string Text(const Json& call, const char* name) { return StringOr(Member(call, name)); }

HttpRequest RequestOf(const Json& call, Random& random) {
  HttpRequest request;
  if (Text(call, "signature").empty()) {
    request.origin = Text(call, "origin");
    request.target = Text(call, "target");
    return request;
  }
  RpcCall rpc{Text(call, "action"), "2020-01-01", {}};
  for (const auto& [name, value] : Member(call, "parameters").items()) {
    rpc.parameters.emplace_back(name, StringOr(value));
  }
  return SignRpc(
      Text(call, "signature") == "v1" ? SignatureKind::kV1 : SignatureKind::kAcs3, rpc,
      Text(call, "origin"),
      {Text(call, "key"), SecretString(Text(call, "secret")), SecretString(Text(call, "token"))},
      SystemClock().Read().wall, random.Hex128());
}

std::string Answer(const std::string& line, Random& random) {
  const Json call = ParseJson(line).value();
  TransportOptions options;
  if (const std::string path = Text(call, "ca"); !path.empty()) {
    std::stringstream pem;
    pem << std::ifstream(path).rdbuf();
    options.tls.ca_pem = pem.str();
  }
  options.tls.server_name = Text(call, "serverName");
  options.proxies = ProxyRules::FromEnvironment([&](const std::string& name) {
                      return name.ends_with("_PROXY") && name != "NO_PROXY"
                                 ? std::optional(Text(call, "proxy"))
                                 : std::nullopt;
                    }).value();
  const HttpResult result = HttpClient(options).Send(RequestOf(call, random));
  return DumpJson({{"status", result.status},
                   {"body", result.body},
                   {"error", HttpErrorName(result.error)},
                   {"sent", result.sent},
                   {"detail", result.detail}});
}

}  // namespace
}  // namespace dtsop

int main() {
  dtsop::PrepareProcessForTransport();
  dtsop::Random random(
      static_cast<uint64_t>(dtsop::SystemClock().Read().wall.time_since_epoch().count()));
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << dtsop::Answer(line, random) << std::endl;
  }
  return 0;
}
