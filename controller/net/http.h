// HTTP as values, and the seam behind which the HTTP library lives. The core builds HttpRequest
// values and reads HttpResult values; only the shell owns an HttpTransport.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace dtsop {

// In the order they are sent. Names compare without case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first value of header `name`, or "".
std::string_view FindHeader(const HttpHeaders& headers, std::string_view name);

// "a=1&b=x%20y": the parameters percent-encoded by RFC 3986 in the order given.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;
std::string EncodeQuery(const QueryParameters& parameters);
// The reverse, for servers and tests: splits at & and =, decodes %XX and '+'.
QueryParameters DecodeQuery(std::string_view query);

// For servers: makes of the absolute form of a target ("http://host/path?query"), which clients
// send to a proxy, the path and query, and the Host header that it stands for. Leaves any other.
void ToOriginForm(std::string* target, HttpHeaders* headers);

struct HttpRequest {
  std::string method = "GET";
  std::string origin;        // "https://host:port"; empty: the transport's own server
  std::string target = "/";  // path and query, already percent-encoded
  HttpHeaders headers;
  std::string body;
  Duration connect_timeout = seconds(5);  // resolve, connect and TLS handshake together
  Duration idle_timeout = seconds(20);    // longest silence of the peer once connected
  Duration total_timeout = seconds(30);   // from Send to the last byte; 0: none
  MonoTime not_after = kNever;            // no byte of the request may leave after this
  bool exactly_once = false;              // never sent twice, and never on a connection used before
  bool urgent = false;  // begins at once, whatever else waits for a free connection
  bool stream = false;  // a 2xx body goes to OnChunk as it arrives; other bodies are kept
  size_t body_bytes_max = 16U << 20;  // a larger kept body ends the call with kTooLarge
};

enum class HttpError {
  kNone,       // a complete answer, of whatever status
  kCanceled,   // by Cancel
  kTimeout,    // one of the three timeouts; see `sent`
  kConnect,    // no connection: unresolvable, refused, unreachable
  kTls,        // the handshake failed: untrusted, expired or misnamed certificate
  kExpired,    // not_after had passed before anything was sent
  kTruncated,  // the peer closed, or broke its framing, before the answer was complete
  kTooLarge,   // the body passed body_bytes_max
  kOther,
};
std::string_view HttpErrorName(HttpError error);

struct HttpResult {
  HttpError error = HttpError::kNone;
  // False only when it is certain that no byte of the request has left. When true and error is not
  // kNone, nobody knows whether the server acted.
  bool sent = true;
  int status = 0;  // 0 until a status line was read
  HttpHeaders headers;
  std::string body;
  std::string detail;  // for people; no secret, no request text
};

// Identifies one call; chosen by the caller, never used twice.
using CallId = uint64_t;

// Receives what happens to calls. Called from the transport's thread, one call at a time per
// CallId. Must not throw. Only OnChunk may block, to hold the server back: meanwhile no call of any
// transport goes on, so whoever blocks must not wait for one.
class HttpSink {
 public:
  virtual ~HttpSink() = default;
  // The status line of a streamed 2xx answer has arrived. Comes before the call's first OnChunk.
  virtual void OnHead(CallId id, int status) = 0;
  virtual void OnChunk(CallId id, std::string_view data) = 0;
  // Exactly once per Send, also after Cancel, and last.
  virtual void OnDone(CallId id, HttpResult result) = 0;
};

// Sends requests. All functions may be called from any thread and return without waiting for the
// network.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // Takes the request over. `sink` must live until OnDone. Redirects are not followed and nothing
  // is retried.
  virtual void Send(CallId id, HttpRequest request, HttpSink& sink) = 0;
  // Ends the call soon with kCanceled; does nothing when the call is over or unknown.
  virtual void Cancel(CallId id) = 0;
};

}  // namespace dtsop
