// Signing of Alibaba Cloud RPC requests. Pure functions: clock and nonce are arguments, so equal
// arguments give equal bytes. Nothing here blocks or fails. The pieces below SignRpc are public
// because the simulator's gateway computes the same signatures from what it received.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/time.h"
#include "dts/credentials.h"
#include "net/http.h"

namespace dtsop {

enum class SignatureKind {
  kAcs3,  // "V3": ACS3-HMAC-SHA256 in the Authorization header, what current SDKs send
  kV1,    // HMAC-SHA1 in the Signature parameter
};

// One API call before it is signed. Parameter names must be unique and values not empty: clients
// disagree on how an empty value enters the canonical query.
struct RpcCall {
  std::string action;
  std::string version;
  QueryParameters parameters;
};

// The complete POST request to `origin` ("https://host[:port]"): every parameter in the query,
// sorted, no body, a Host header, a JSON answer asked for. `nonce` must not have been used with
// these credentials during the last 15 minutes. The request holds the security token, in the query
// (kV1) or a header (kAcs3): it must not be logged. Timeouts and exactly_once are the caller's.
HttpRequest SignRpc(SignatureKind kind, const RpcCall& call, std::string_view origin,
                    const Credentials& credentials, WallTime time, std::string_view nonce);

// `parameters` sorted by name, then value, and percent-encoded.
std::string CanonicalQuery(QueryParameters parameters);

// V1. `parameters` are all of the query and of the form body, without Signature.
std::string V1StringToSign(std::string_view method, const QueryParameters& parameters);
std::string V1Signature(const SecretString& access_key_secret, std::string_view string_to_sign);

inline constexpr std::string_view kAcs3Algorithm = "ACS3-HMAC-SHA256";

// ACS3. `headers` are exactly those that are signed; their names are lowered and their values
// trimmed here. `body_sha256` is the hexadecimal digest of the body.
std::string Acs3CanonicalRequest(std::string_view method, std::string_view path,
                                 const QueryParameters& query, const HttpHeaders& headers,
                                 std::string_view body_sha256);
// The names of `headers` as SignedHeaders carries them: lowered, sorted, joined by ';'.
std::string Acs3SignedHeaders(const HttpHeaders& headers);
std::string Acs3StringToSign(std::string_view canonical_request);
std::string Acs3Signature(const SecretString& access_key_secret, std::string_view string_to_sign);

}  // namespace dtsop
