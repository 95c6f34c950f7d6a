// What every Prometheus client library tells of its process: CPU, memory, descriptors, start.
#pragma once

#include <string>

namespace dtsop {

// The process_* metrics in Prometheus' text format, read from /proc now; those that can't be read
// are left out. Callable from any thread.
std::string ProcessMetricsText();

}  // namespace dtsop
