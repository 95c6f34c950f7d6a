// What the servers of temporary credentials (STS, instance metadata, a credentials URI) have in
// common: a request with limits, and an answer that holds AccessKeyId, AccessKeySecret,
// SecurityToken and Expiration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "credentials/step.h"

namespace dtsop {

// How long servers of credentials are waited for, but for the metadata service, which is near.
inline constexpr Duration kServerConnect = seconds(5);
inline constexpr Duration kServerSilence = seconds(10);

// A request to `origin` that waits `connect` for a connection and `silence` for each byte of an
// answer of at most 64 KiB.
HttpRequest CredentialsRequest(std::string method, std::string origin, std::string target,
                               Duration connect, Duration silence);

// Why `result` is no answer, with the server's name; nullopt: it is one, of whatever status.
std::optional<Failed> NoAnswer(std::string_view server, const HttpResult& result);

// The credentials in `fields` of the answer `result`. Their lifetime is counted by the server's own
// clock if it tells the time, so that a wrong clock here does no harm. Fails when a field is
// missing or malformed, or when they have expired already; never quotes a value.
Step TemporaryCredentials(std::string_view server, const Json& fields, const HttpResult& result,
                          Now now);

// The credentials in three texts, of which `token` may be empty; white space around them is
// dropped. Fails when one can't be (part of) an AccessKey; names it and does not quote it.
Result<Credentials> CredentialsFrom(std::string_view id, std::string_view secret,
                                    std::string_view token);

// A grant without an end of what somebody wrote down, as CredentialsFrom. Fails, as the SDKs do,
// when the id or the secret is missing, and refuses what is there and malformed.
Step KeysAsWritten(std::string_view id, std::string_view secret, std::string_view token);

}  // namespace dtsop
