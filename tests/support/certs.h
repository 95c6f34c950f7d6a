// Certificates made on the spot, so that no test depends on a file that expires.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"

namespace dtsop {

struct TestCert {
  std::string cert_pem;
  SecretString key_pem;
};

struct TestCertOptions {
  std::string common_name = "test";
  std::vector<std::string> names = {"DNS:localhost", "IP:127.0.0.1", "IP:::1"};
  bool expired = false;
};

// A CA with a new key. Aborts the test program when OpenSSL fails.
class TestCa {
 public:
  explicit TestCa(const std::string& common_name = "test CA");

  const std::string& cert_pem() const { return cert_pem_; }
  // A certificate for servers and clients, with a new key.
  TestCert Issue(const TestCertOptions& options = {}) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string cert_pem_;
};

}  // namespace dtsop
