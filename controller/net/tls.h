// What a TLS client trusts and shows, prepared once and then installed in each connection.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace dtsop {

struct TlsOptions {
  std::string ca_pem;           // trust exactly these; empty: the system's public CAs
  std::string client_cert_pem;  // the certificate first, then its chain; empty: none is shown
  SecretString client_key_pem;  // required with client_cert_pem
  std::string server_name;      // the TLS name in place of the host of the origin; Host stays

  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

// One TLS connection's expectations and what came of them. Written by OpenSSL's callbacks.
struct TlsPeer {
  std::string authority;        // for messages
  std::string name;             // a name or IP address: asked for by SNI, and in the certificate
  MonoTime not_after = kNever;  // refuse to finish a handshake later than this
  bool expired = false;         // the handshake was refused because of not_after
  bool handshake_done = false;  // from here on bytes of a request may leave
  std::string error;            // why the certificate was refused; empty: it was not

  // Bytes received since the owner last set this to 0. When they pass the limit the connection
  // reads as closed: the HTTP library itself buffers a head or a chunk of any size.
  size_t pending_bytes = 0;
  size_t pending_bytes_max = 0;
  bool overflow() const { return pending_bytes > pending_bytes_max; }
};

class TlsClient {
 public:
  // Parses everything and loads the public CAs if they are needed. Reads files; fails with the
  // name of the option that can't be used.
  static Result<std::shared_ptr<const TlsClient>> Make(const TlsOptions& options);

  // Sets trust, client certificate, TLS 1.2 as the minimum and the callbacks that report to
  // `peer`, which must outlive every handshake of `context`.
  void Install(SSL_CTX* context, TlsPeer& peer) const;

 private:
  template <class T>
  using Owned = std::shared_ptr<T>;

  Owned<X509_STORE> store_;
  std::vector<Owned<X509>> chain_;
  Owned<EVP_PKEY> key_;
};

// Remembers where the system's public CAs are (SSL_CERT_FILE and SSL_CERT_DIR are honoured), then
// points SSL_CERT_FILE at nothing, so that a library which loads the default file for each new
// connection loads nothing. Changes the environment: call it before threads start.
void TakeOverSystemTrust();

}  // namespace dtsop
