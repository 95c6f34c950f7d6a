// Any bytes as the simulator's configuration: settings that a simulator can run with, or an error.
#include <cstddef>
#include <cstdint>
#include <string>

#include "simulator/config.h"
#include "simulator/simulator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string yaml(reinterpret_cast<const char*>(data), size);
  // A person may ask for 200,000 jobs with long names, which is more than the fuzzer's memory.
  if (yaml.find("count") != std::string::npos) return 0;
  auto settings = dtsop::simulator::ParseConfig(yaml);
  if (!settings) {
    if (settings.error().message.empty()) __builtin_trap();
    return 0;
  }
  const dtsop::WallTime start(dtsop::hours(24 * 20'000));
  dtsop::simulator::DtsSimulator simulator(std::move(*settings), dtsop::Random(1), start);
  dtsop::HttpRequest request;
  request.target = "/credentials";
  (void)simulator.Handle(request, start + dtsop::hours(1));
  for (const auto& [id, job] : simulator.jobs()) {
    if (simulator.FindJob(id, start + dtsop::hours(1)) == nullptr) __builtin_trap();
  }
  return 0;
}
