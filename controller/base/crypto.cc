#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace dtsop {
namespace {

std::string Hex(const unsigned char* data, size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(size * 2);
  for (size_t i = 0; i < size; ++i) {
    out.push_back(kDigits[data[i] >> 4]);
    out.push_back(kDigits[data[i] & 15]);
  }
  return out;
}

const unsigned char* Bytes(std::string_view data) {
  return reinterpret_cast<const unsigned char*>(data.data());
}

std::string Hmac(const EVP_MD* digest, std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()), Bytes(data), data.size(), out.data(),
       &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

}  // namespace

std::string Sha256Hex(std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  EVP_Digest(data.data(), data.size(), out.data(), &size, EVP_sha256(), nullptr);
  return Hex(out.data(), size);
}

std::string HmacSha256Hex(std::string_view key, std::string_view data) {
  const std::string mac = Hmac(EVP_sha256(), key, data);
  return Hex(Bytes(mac), mac.size());
}

std::string HmacSha1Base64(std::string_view key, std::string_view data) {
  return Base64Encode(Hmac(EVP_sha1(), key, data));
}

std::string Base64Encode(std::string_view data) {
  std::string out(4 * ((data.size() + 2) / 3), '\0');
  // EVP_EncodeBlock writes a terminating NUL into the byte that std::string keeps for it.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), Bytes(data),
                  static_cast<int>(data.size()));
  return out;
}

bool Base64Decode(std::string_view text, std::string* out) {
  std::string compact;
  compact.reserve(text.size());
  for (const char c : text) {
    if (c != '\n' && c != '\r') compact.push_back(c);
  }
  out->clear();
  if (compact.empty()) return true;
  if (compact.size() % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && compact[compact.size() - 1 - padding] == '=') ++padding;
  if (compact.find('=') < compact.size() - padding) return false;
  out->resize(compact.size() / 4 * 3);
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out->data()), Bytes(compact),
                                   static_cast<int>(compact.size()));
  if (size < 0) return false;
  out->resize(static_cast<size_t>(size) - padding);
  return true;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace dtsop
