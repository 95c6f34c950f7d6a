// Signs what it reads: one request per line of standard input, nine fields in hexadecimal with a
// space between them (empty: "-"), and an even number of fields more, names and values of the
// parameters. Answers with a line of JSON per request.
//   KIND(v1|acs3) ACTION VERSION ORIGIN ACCESS_KEY_ID SECRET TOKEN TIME NONCE [NAME VALUE]...
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/strings.h"
#include "dts/signer.h"

namespace dtsop {
namespace {

int Digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

std::string FromHex(std::string_view hex) {
  std::string out;
  if (hex == "-") return out;
  out.reserve(hex.size() / 2);
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(Digit(hex[i]) * 16 + Digit(hex[i + 1])));
  }
  return out;
}

std::string Sign(const std::string& line) {
  std::vector<std::string> fields;
  for (const std::string& field : Split(line, ' ')) fields.push_back(FromHex(field));
  RpcCall call{fields.at(1), fields.at(2), {}};
  for (size_t i = 9; i + 1 < fields.size(); i += 2) {
    call.parameters.emplace_back(fields[i], fields[i + 1]);
  }
  const HttpRequest request =
      SignRpc(fields[0] == "v1" ? SignatureKind::kV1 : SignatureKind::kAcs3, call, fields[3],
              {fields[4], SecretString(fields[5]), SecretString(fields[6])},
              ParseRfc3339(fields[7]).value(), fields[8]);
  Json headers = Json::array();
  for (const auto& [name, value] : request.headers) headers.push_back({name, value});
  return DumpJson({{"method", request.method},
                   {"target", request.target},
                   {"headers", headers},
                   {"body", request.body}});
}

}  // namespace
}  // namespace dtsop

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) std::cout << dtsop::Sign(line) << '\n';
  return 0;
}
