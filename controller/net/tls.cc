#include "net/tls.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <string_view>

#include "net/origin.h"

namespace dtsop {
namespace {

constexpr int kCertificatesMax = 1000;  // public bundles hold about 150
constexpr const char* kNothing = "/dev/null";

using Store = std::shared_ptr<X509_STORE>;
using Certificates = std::vector<std::shared_ptr<X509>>;

struct SystemTrust {
  std::string file;
  std::string directory;
};

const SystemTrust& GetSystemTrust() {
  static const SystemTrust trust = [] {
    const auto value_or = [](const char* variable, const char* fallback) {
      const char* value = std::getenv(variable);
      return std::string(value == nullptr ? fallback : value);
    };
    return SystemTrust{value_or(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
                       value_or(X509_get_default_cert_dir_env(), X509_get_default_cert_dir())};
  }();
  return trust;
}

std::shared_ptr<BIO> ReadOnlyBio(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

std::string LastReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason == nullptr ? "not PEM" : reason;
  ERR_clear_error();
  return text;
}

// PEM may hold other blocks and text between the certificates, as kubeconfig files do.
Result<Certificates> ParseCertificates(std::string_view pem, std::string_view what) {
  Certificates certificates;
  const auto bio = ReadOnlyBio(pem);
  ERR_clear_error();
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate, X509_free);
    if (certificates.size() > kCertificatesMax) {
      return Fail(fmt::format("the {} holds more than {} certificates", what, kCertificatesMax));
    }
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (certificates.empty() || !at_end) {
    return Fail(fmt::format("the {} is not a list of PEM certificates: {}", what, LastReason()));
  }
  ERR_clear_error();
  return certificates;
}

// Kubernetes tools trust any certificate of the CA file, not only self-signed ones.
Result<Store> StoreOf(const Certificates& certificates) {
  Store store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  for (const auto& certificate : certificates) {
    X509_STORE_add_cert(store.get(), certificate.get());
  }
  return store;
}

Result<Store> PublicStore() {
  static std::mutex mutex;
  static Store shared;
  const std::lock_guard lock(mutex);
  if (shared != nullptr) return shared;
  const SystemTrust& trust = GetSystemTrust();
  Store store(X509_STORE_new(), X509_STORE_free);
  const bool file = X509_STORE_load_file(store.get(), trust.file.c_str()) == 1;
  const bool directory = access(trust.directory.c_str(), R_OK | X_OK) == 0 &&
                         X509_STORE_load_path(store.get(), trust.directory.c_str()) == 1;
  ERR_clear_error();
  if (!file && !directory) {
    return Fail(
        fmt::format("no public CA certificates in {} or {}: install ca-certificates or "
                    "name a CA file",
                    trust.file, trust.directory));
  }
  shared = store;
  return store;
}

std::string Explain(const TlsPeer& peer, int error) {
  const char* reason = X509_verify_cert_error_string(error);
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("TLS: the certificate of {} is not valid for the name {}", peer.authority,
                         peer.name);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return fmt::format("TLS: the certificate of {} is signed by an unknown authority ({})",
                         peer.authority, reason);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("TLS: the certificate of {} has expired", peer.authority);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("TLS: the certificate of {} is not valid yet", peer.authority);
    default:
      return fmt::format("TLS: the certificate of {} was refused: {}", peer.authority, reason);
  }
}

int VerifyChain(X509_STORE_CTX* context, void* argument) {
  auto& peer = *static_cast<TlsPeer*>(argument);
  // The HTTP library's own check wants a certificate for its Host header.
  X509_STORE_CTX_set_verify_cb(context, [](int ok, X509_STORE_CTX* /*unused*/) { return ok; });
  const int verified = X509_verify_cert(context);
  if (verified != 1) {
    peer.error = Explain(peer, X509_STORE_CTX_get_error(context));
    return verified;
  }
  // The last moment before a request can leave: a process that was frozen wakes up here.
  peer.expired = SystemClock().Read().mono > peer.not_after;
  return peer.expired ? 0 : 1;
}

int PeerIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

void NoteHandshake(const SSL* ssl, int where, int /*unused*/) {
  auto& peer = *static_cast<TlsPeer*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), PeerIndex()));
  if ((where & SSL_CB_HANDSHAKE_START) != 0 && !IsIpAddress(peer.name)) {
    // SNI belongs to the connection, and this is the one hook that sees it before its first
    // message.
    SSL_set_tlsext_host_name(const_cast<SSL*>(ssl), peer.name.c_str());
  }
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) peer.handshake_done = true;
}

// Called with the header of each record before its content is read.
void CountRecord(int writes, int /*version*/, int content_type, const void* data, size_t size,
                 SSL* ssl, void* argument) {
  constexpr size_t kRecordHeaderBytes = 5;
  if (writes != 0 || content_type != SSL3_RT_HEADER || size != kRecordHeaderBytes) return;
  const auto* header = static_cast<const unsigned char*>(data);
  auto& peer = *static_cast<TlsPeer*>(argument);
  peer.pending_bytes += static_cast<size_t>(header[3]) << 8U | header[4];
  if (peer.overflow()) SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

}  // namespace

Result<std::shared_ptr<const TlsClient>> TlsClient::Make(const TlsOptions& options) {
  auto client = std::make_shared<TlsClient>();
  if (options.ca_pem.empty()) {
    auto store = PublicStore();
    if (!store) return tl::unexpected(store.error());
    client->store_ = *store;
  } else {
    auto store = ParseCertificates(options.ca_pem, "CA file").and_then(StoreOf);
    if (!store) return tl::unexpected(store.error());
    client->store_ = *store;
  }
  if (options.client_cert_pem.empty() != options.client_key_pem.empty()) {
    return Fail("a client certificate and its key go together: one of the two is missing");
  }
  if (options.client_cert_pem.empty()) return client;

  auto chain = ParseCertificates(options.client_cert_pem, "client certificate");
  if (!chain) return tl::unexpected(chain.error());
  client->chain_ = *chain;
  const auto bio = ReadOnlyBio(options.client_key_pem.Reveal());
  // Without a callback OpenSSL would ask the terminal for the passphrase of an encrypted key.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  client->key_ = {PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr),
                  EVP_PKEY_free};
  if (client->key_ == nullptr) {
    return Fail(fmt::format("the client key can't be read: {}", LastReason()));
  }
  if (X509_check_private_key(client->chain_.front().get(), client->key_.get()) != 1) {
    ERR_clear_error();
    return Fail("the client key does not belong to the client certificate");
  }
  return client;
}

void TlsClient::Install(SSL_CTX* context, TlsPeer& peer) const {
  X509_STORE_up_ref(store_.get());
  SSL_CTX_set_cert_store(context, store_.get());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);

  X509_VERIFY_PARAM* expected = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (IsIpAddress(peer.name)) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, peer.name.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(expected, peer.name.c_str(), peer.name.size());
  }
  SSL_CTX_set_cert_verify_callback(context, VerifyChain, &peer);
  SSL_CTX_set_ex_data(context, PeerIndex(), &peer);
  SSL_CTX_set_info_callback(context, NoteHandshake);
  SSL_CTX_set_msg_callback(context, CountRecord);
  SSL_CTX_set_msg_callback_arg(context, &peer);

  if (chain_.empty()) return;
  SSL_CTX_use_certificate(context, chain_.front().get());
  for (size_t i = 1; i < chain_.size(); ++i) {
    SSL_CTX_add1_chain_cert(context, chain_[i].get());
  }
  SSL_CTX_use_PrivateKey(context, key_.get());
}

void TakeOverSystemTrust() {
  GetSystemTrust();
  setenv(X509_get_default_cert_file_env(), kNothing, 1);
}

}  // namespace dtsop
