// The differential test of the signer: the same requests, their strings to sign written down a
// second time from the manual, and digests by the `openssl` program.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>

#include "base/random.h"
#include "dts/signer.h"

namespace dtsop {
namespace {

std::string Hex(std::string_view data) {
  std::string out;
  for (const char c : data) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// Output of `openssl dgst <arguments>` over `data`, by way of a file.
std::string OpensslDigest(const std::string& arguments, const std::string& data,
                          const std::string& then = "") {
  const std::string path = testing::TempDir() + "dtsop_signer_test_input";
  std::ofstream(path, std::ios::binary) << data;
  const std::string command = "openssl dgst " + arguments + " " + path + then;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out(256, '\0');
  out.resize(pipe == nullptr ? 0 : fread(out.data(), 1, out.size(), pipe.get()));
  return out.substr(0, out.find_first_of(" \n"));
}

std::string ReferenceEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool kept =
        std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
            .find(c) != std::string_view::npos;
    out += kept ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string ReferenceQuery(const std::map<std::string, std::string>& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    out += (out.empty() ? "" : "&") + ReferenceEncode(name) + "=" + ReferenceEncode(value);
  }
  return out;
}

std::string RandomText(Random& random, size_t length_max) {
  std::string text;
  for (size_t i = 1 + random.Below(length_max); i > 0; --i) {
    text.push_back(static_cast<char>(random.Percent(50) ? 'a' + random.Below(26) : random.Next()));
  }
  return text;
}

RpcCall RandomCall(Random& random) {
  RpcCall call{"Action" + std::to_string(random.Below(100)), "2020-01-01", {}};
  std::map<std::string, std::string> unique;
  for (uint64_t i = random.Below(6); i > 0; --i) {
    unique["P" + RandomText(random, 8)] = RandomText(random, 40);
  }
  for (const auto& parameter : unique) call.parameters.push_back(parameter);
  for (size_t i = call.parameters.size(); i > 1; --i) {
    std::swap(call.parameters[i - 1], call.parameters[random.Below(i)]);
  }
  return call;
}

constexpr int kDifferentialRequests = 200;
constexpr const char* kTime = "2026-11-24T13:35:41Z";

TEST(SignerV1Differential, AgreesWithTheOpensslProgram) {
  Random random(1);
  for (int i = 0; i < kDifferentialRequests; ++i) {
    const RpcCall call = RandomCall(random);
    const std::string secret = RandomText(random, 80);
    const std::string nonce = random.Hex128();
    const HttpRequest request = SignRpc(SignatureKind::kV1, call, "https://dts.aliyuncs.com",
                                        {"id", SecretString(secret), SecretString("token/+=")},
                                        ParseRfc3339(kTime).value(), nonce);
    std::map<std::string, std::string> all(call.parameters.begin(), call.parameters.end());
    all.insert({{"Action", call.action},
                {"Version", call.version},
                {"Format", "JSON"},
                {"AccessKeyId", "id"},
                {"SignatureMethod", "HMAC-SHA1"},
                {"SignatureVersion", "1.0"},
                {"SignatureNonce", nonce},
                {"SecurityToken", "token/+="},
                {"Timestamp", kTime}});
    all["Signature"] =
        OpensslDigest("-sha1 -mac HMAC -macopt hexkey:" + Hex(secret + "&") + " -binary",
                      "POST&%2F&" + ReferenceEncode(ReferenceQuery(all)), " | openssl base64 -A");
    ASSERT_EQ(request.target, "/?" + ReferenceQuery(all)) << "request " << i;
  }
}

TEST(SignerAcs3Differential, AgreesWithTheOpensslProgram) {
  Random random(2);
  const std::string body_sha256 = OpensslDigest("-sha256 -r", "");
  for (int i = 0; i < kDifferentialRequests; ++i) {
    const RpcCall call = RandomCall(random);
    const std::string secret = RandomText(random, 80);
    const std::string nonce = random.Hex128();
    const HttpRequest request = SignRpc(SignatureKind::kAcs3, call, "http://127.0.0.1:18080",
                                        {"id", SecretString(secret), SecretString("token")},
                                        ParseRfc3339(kTime).value(), nonce);
    const std::string canonical = fmt::format(
        "POST\n/\n{query}\nhost:127.0.0.1:18080\nx-acs-action:{action}\n"
        "x-acs-content-sha256:{body}\nx-acs-date:{time}\nx-acs-security-token:token\n"
        "x-acs-signature-nonce:{nonce}\nx-acs-version:2020-01-01\n\n"
        "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-security-token;"
        "x-acs-signature-nonce;x-acs-version\n{body}",
        fmt::arg("query", ReferenceQuery({call.parameters.begin(), call.parameters.end()})),
        fmt::arg("action", call.action), fmt::arg("body", body_sha256), fmt::arg("time", kTime),
        fmt::arg("nonce", nonce));
    const std::string signature =
        OpensslDigest("-sha256 -mac HMAC -macopt hexkey:" + Hex(secret) + " -r",
                      "ACS3-HMAC-SHA256\n" + OpensslDigest("-sha256 -r", canonical));
    ASSERT_THAT(FindHeader(request.headers, "authorization"),
                testing::EndsWith("Signature=" + signature))
        << "request " << i;
  }
}

}  // namespace
}  // namespace dtsop
