// Any bytes as a kubeconfig: a configuration or an error, never more. Nothing odd is part of the
// server, which becomes a header.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "kube/kubeconfig.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto read_file = [&](const std::string& path) -> dtsop::Result<std::optional<std::string>> {
    return path == "/config" ? std::optional(text) : std::nullopt;
  };
  const auto config = dtsop::LoadKubeConfig({"/config"}, "", read_file);
  if (!config || !*config) return 0;
  for (const char c : (*config)->server) {
    if (c <= ' ' || c >= '\x7f') __builtin_trap();
  }
  return 0;
}
