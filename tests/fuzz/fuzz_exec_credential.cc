// Any bytes as what a credential plugin prints: a token that can stand in a header, or an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kube/exec_credential.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto credential = dtsop::ParseExecCredential({reinterpret_cast<const char*>(data), size},
                                                     "client.authentication.k8s.io/v1");
  if (!credential) {
    if (credential.error().message.empty()) __builtin_trap();
    return 0;
  }
  const std::string& token = credential->token.Reveal();
  if (token.empty() == credential->certificate.cert_pem.empty() && token.empty()) __builtin_trap();
  if (!token.empty() && !dtsop::IsBearerToken(token)) __builtin_trap();
  return 0;
}
