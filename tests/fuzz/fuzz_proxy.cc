// A line each as HTTP_PROXY, HTTPS_PROXY, NO_PROXY and the server to be reached: a way or an error,
// never more. A proxy can be connected to, and what NO_PROXY names is reached directly, as this
// machine always is.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/strings.h"
#include "net/proxy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::string> lines = dtsop::Split({reinterpret_cast<const char*>(data), size}, '\n');
  lines.resize(4);
  auto rules = dtsop::ProxyRules::FromEnvironment(
      [&](const std::string& name) -> std::optional<std::string> {
        if (name == "HTTP_PROXY") return lines[0];
        if (name == "HTTPS_PROXY") return lines[1];
        return name == "NO_PROXY" ? std::optional(lines[2]) : std::nullopt;
      });
  if (!rules) {
    if (rules.error().message.find("_PROXY") == std::string::npos) __builtin_trap();
    return 0;
  }
  for (const char* here : {"http://localhost", "https://127.0.0.1:6443", "https://[::1]"}) {
    if (rules->For(*dtsop::ParseOrigin(here)) != nullptr) __builtin_trap();
  }
  const auto origin = dtsop::ParseOrigin(lines[3]);
  if (!origin) return 0;
  const dtsop::Proxy* proxy = rules->For(*origin);
  if (proxy != nullptr && !dtsop::ParseOrigin("http://" + proxy->Authority())) __builtin_trap();
  rules->Except(origin->Authority());
  if (rules->For(*origin) != nullptr) __builtin_trap();
  return 0;
}
