// What goes into the deterministic core and what comes out of it. Both are values: the shell turns
// sockets, timers and signals into events and performs commands; a simulator does the same with
// virtual ones. See Operator::Handle.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "net/http.h"

namespace dtsop {

// The head of a streamed 2xx answer, one piece of its body, and the end of any call.
struct HttpHead {
  CallId id;
  int status;
};
struct HttpChunk {
  CallId id;
  std::string data;
};
struct HttpDone {
  CallId id;
  HttpResult result;
};
// Time has passed: sent when NextWakeup() is due. An extra one is harmless.
struct Tick {};
// A request to end (SIGTERM): finish what is in flight, release the Lease, then Exit.
struct Stop {};
using Event = std::variant<HttpHead, HttpChunk, HttpDone, Tick, Stop>;

// Which server a request is for; the shell knows addresses, trust and authentication of each.
enum class Remote {
  kKubernetes,
  kDts,
  kCredentials,  // whoever gives credentials: STS, instance metadata, a credentials URI
};

struct SendRequest {
  CallId id;
  Remote remote;
  HttpRequest request;
};
struct CancelRequest {
  CallId id;
};

enum class LogLevel { kDebug, kInfo, kWarn, kError };
using LogFields = std::vector<std::pair<std::string_view, std::string>>;
// A constant message and its fields; never holds a secret.
struct LogLine {
  LogLevel level;
  std::string_view message;
  LogFields fields;
};
// The process is to end with this exit status.
struct Exit {
  int code;
};
using Command = std::variant<SendRequest, CancelRequest, LogLine, Exit>;

}  // namespace dtsop
