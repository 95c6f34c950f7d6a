// The bytes of an answer. Only http_*.cc include this.
#pragma once

#include <string>

#include "net/http_server.h"

namespace dtsop {

// Status line, header and body as HTTP/1.1 sends them: without the body when `head_only`, and with
// `Connection: close` unless `keep_alive`.
std::string SerializeReply(const ServerReply& reply, bool head_only, bool keep_alive);

}  // namespace dtsop
