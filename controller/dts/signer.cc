#include "dts/signer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/strings.h"
#include "net/origin.h"

namespace dtsop {
namespace {

constexpr std::string_view kJson = "application/json";

// Lowered names, trimmed values, sorted: the form in which ACS3 signs headers.
HttpHeaders Canonical(const HttpHeaders& headers) {
  HttpHeaders out;
  out.reserve(headers.size());
  for (const auto& [name, value] : headers) out.emplace_back(ToLower(name), Trim(value));
  std::sort(out.begin(), out.end());
  return out;
}

std::string JoinNames(const HttpHeaders& canonical) {
  std::string names;
  for (const auto& [name, value] : canonical) {
    if (!names.empty()) names.push_back(';');
    names.append(name);
  }
  return names;
}

void SignV1(const RpcCall& call, const Credentials& credentials, WallTime time,
            std::string_view nonce, HttpRequest* request) {
  QueryParameters parameters = call.parameters;
  parameters.emplace_back("Action", call.action);
  parameters.emplace_back("Version", call.version);
  parameters.emplace_back("Format", "JSON");
  parameters.emplace_back("AccessKeyId", credentials.access_key_id);
  parameters.emplace_back("SignatureMethod", "HMAC-SHA1");
  parameters.emplace_back("SignatureVersion", "1.0");
  parameters.emplace_back("SignatureNonce", nonce);
  parameters.emplace_back("Timestamp", FormatRfc3339(time));
  if (!credentials.security_token.empty()) {
    parameters.emplace_back("SecurityToken", credentials.security_token.Reveal());
  }
  parameters.emplace_back("Signature", V1Signature(credentials.access_key_secret,
                                                   V1StringToSign(request->method, parameters)));
  request->target = "/?" + CanonicalQuery(std::move(parameters));
  request->headers.emplace_back("accept", kJson);
}

void SignAcs3(const RpcCall& call, const Credentials& credentials, WallTime time,
              std::string_view nonce, HttpRequest* request) {
  const std::string body_sha256 = Sha256Hex(request->body);
  HttpHeaders& headers = request->headers;
  headers.emplace_back("x-acs-action", call.action);
  headers.emplace_back("x-acs-version", call.version);
  headers.emplace_back("x-acs-date", FormatRfc3339(time));
  headers.emplace_back("x-acs-signature-nonce", nonce);
  headers.emplace_back("x-acs-content-sha256", body_sha256);
  if (!credentials.security_token.empty()) {
    headers.emplace_back("x-acs-security-token", credentials.security_token.Reveal());
  }
  const std::string signature =
      Acs3Signature(credentials.access_key_secret,
                    Acs3StringToSign(Acs3CanonicalRequest(request->method, "/", call.parameters,
                                                          headers, body_sha256)));
  std::string authorization =
      fmt::format("{} Credential={},SignedHeaders={},Signature={}", kAcs3Algorithm,
                  credentials.access_key_id, Acs3SignedHeaders(headers), signature);
  headers.emplace_back("accept", kJson);
  headers.emplace_back("authorization", std::move(authorization));
  if (!call.parameters.empty()) request->target = "/?" + CanonicalQuery(call.parameters);
}

}  // namespace

HttpRequest SignRpc(SignatureKind kind, const RpcCall& call, std::string_view origin,
                    const Credentials& credentials, WallTime time, std::string_view nonce) {
  HttpRequest request;
  request.method = "POST";
  request.origin = origin;
  request.headers.emplace_back("host", HostHeaderOf(origin));
  if (kind == SignatureKind::kV1) {
    SignV1(call, credentials, time, nonce, &request);
  } else {
    SignAcs3(call, credentials, time, nonce, &request);
  }
  return request;
}

std::string CanonicalQuery(QueryParameters parameters) {
  std::sort(parameters.begin(), parameters.end());
  return EncodeQuery(parameters);
}

std::string V1StringToSign(std::string_view method, const QueryParameters& parameters) {
  return fmt::format("{}&%2F&{}", method, PercentEncode(CanonicalQuery(parameters)));
}

std::string V1Signature(const SecretString& access_key_secret, std::string_view string_to_sign) {
  return HmacSha1Base64(access_key_secret.Reveal() + "&", string_to_sign);
}

std::string Acs3CanonicalRequest(std::string_view method, std::string_view path,
                                 const QueryParameters& query, const HttpHeaders& headers,
                                 std::string_view body_sha256) {
  const HttpHeaders canonical = Canonical(headers);
  std::string lines;
  for (const auto& [name, value] : canonical) {
    lines.append(name).append(":").append(value).append("\n");
  }
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", method, path, CanonicalQuery(query), lines,
                     JoinNames(canonical), body_sha256);
}

std::string Acs3SignedHeaders(const HttpHeaders& headers) { return JoinNames(Canonical(headers)); }

std::string Acs3StringToSign(std::string_view canonical_request) {
  return fmt::format("{}\n{}", kAcs3Algorithm, Sha256Hex(canonical_request));
}

std::string Acs3Signature(const SecretString& access_key_secret, std::string_view string_to_sign) {
  return HmacSha256Hex(access_key_secret.Reveal(), string_to_sign);
}

}  // namespace dtsop
