// The credential of the moment, wherever it comes from.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "kube/client_config.h"
#include "kube/exec_plugin.h"
#include "kube/file.h"

namespace dtsop {

// How long a token read from a file is used before the file is read again; the kubelet replaces a
// projected token long before it expires.
inline constexpr Duration kTokenFileInterval = seconds(10);
// A plugin's token is replaced this long before it expires.
inline constexpr Duration kExecExpiryLeeway = seconds(10);
// The least time from the end of one run of a plugin to the next: what bounds a storm of refused
// requests, or of failing runs.
inline constexpr Duration kExecRunInterval = seconds(5);

struct Credential {
  SecretString token;   // empty: requests carry none
  int64_t version = 0;  // another one for each other credential, be it only another certificate
};

// All functions may be called from any thread.
class TokenSource {
 public:
  using Callback = std::function<void(Result<Credential>)>;

  // Answers every waiting callback with an error, then returns; not to be run from a callback.
  virtual ~TokenSource() = default;
  // Calls `callback` exactly once: before it returns, or later from the source's own thread. Never
  // waits for a plugin; a token file is read on the calling thread. No lock is held meanwhile.
  virtual void Get(Callback callback) = 0;
  // Says that the server has refused the credential of this version: if it is still the one at
  // hand, the next Get fetches another. So any number of calls refused at once cause one renewal.
  virtual void Invalidate(int64_t version) = 0;
  // Uses another token, file or plugin from now on; `spec` must be of the kind that this was made
  // of. A plugin's credential stays until its time.
  virtual void Replace(const TokenSpec& spec) = 0;
};

struct TokenSurroundings {
  const Clock& clock;       // must live as long as the source
  FileReader read_file;     // for token files
  Environment environment;  // of plugins
  // Shows the certificate that a plugin gave from now on, or fails. Called from the source's own
  // thread before the credential is given to anybody.
  std::function<Result<void>(const ClientCertificate&)> use_certificate;
  // Receives problems that Get hides because an older token is still at hand. Fit for a log. Called
  // from the thread that found them; must not block.
  std::function<void(const Error&)> problem;
};

std::unique_ptr<TokenSource> MakeTokenSource(const TokenSpec& spec, TokenSurroundings around);

}  // namespace dtsop
