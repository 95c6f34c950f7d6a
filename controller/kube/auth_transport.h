// The HttpTransport that speaks to one API server as one user: it adds the token to each request
// and, when the server refuses it, renews it once.
#pragma once

#include <memory>
#include <string>

#include "base/time.h"
#include "kube/token_source.h"
#include "net/http.h"

namespace dtsop {

// Adds `Authorization: Bearer`, `User-Agent` and, if absent, `Accept: application/json`; puts
// ClientConfig::path_prefix before the target. When the answer is 401 and the token source then
// gives another credential, the request is sent once more: a 401 means that nothing was done, for
// writes and streams too. Otherwise the caller gets the 401.
//
// Differences from the contract of HttpTransport: OnDone may also come from the token source's
// thread, or from the calling thread inside Send or Cancel; so a sink must not need a lock that its
// owner holds during these. CallIds must be below kRepeatIdBit, which marks the inner call of a
// repeat. Waiting for a token counts towards total_timeout but is not cut short by it; it is
// bounded by kExecTimeout.
class AuthTransport final : public HttpTransport {
 public:
  struct Options {
    std::string user_agent;   // "dts-operator/1.2.3"
    std::string path_prefix;  // "" or "/path"
  };
  static constexpr CallId kRepeatIdBit = CallId{1} << 63;

  // `inner`, `tokens` and `clock` must outlive this.
  AuthTransport(HttpTransport& inner, TokenSource& tokens, const Clock& clock, Options options);
  AuthTransport(const AuthTransport&) = delete;
  AuthTransport& operator=(const AuthTransport&) = delete;
  // Cancels what is in flight and returns once every OnDone was delivered; no callback comes after.
  // Not to be run from a callback, nor concurrently with Send.
  ~AuthTransport() override;

  void Send(CallId id, HttpRequest request, HttpSink& sink) override;
  void Cancel(CallId id) override;

 private:
  class State;
  const std::shared_ptr<State> state_;
};

}  // namespace dtsop
