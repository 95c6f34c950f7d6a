// A request as the gateway reads it, before anything is verified.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dts/signer.h"
#include "net/http.h"

namespace dtsop::simulator {

struct ReceivedCall {
  SignatureKind kind = SignatureKind::kV1;
  std::string method;
  std::string path;
  QueryParameters query;
  QueryParameters form;  // of an application/x-www-form-urlencoded body
  HttpHeaders headers;
  std::string body_sha256;
  std::string host;

  // Empty when the request does not say.
  std::string action;
  std::string version;
  std::string access_key_id;
  std::string security_token;
  std::string nonce;
  std::string timestamp;
  std::string signature;
  std::string signature_method;
  std::vector<std::string> signed_headers;  // ACS3, lower case
  std::string format;                       // "JSON" or "XML": what the client asked for

  // The first value of parameter `name` of form or query, or "". What stands in both is one
  // parameter, with the value of the form.
  std::string Parameter(std::string_view name) const;
};

// Never fails: what is missing or malformed stays empty.
ReceivedCall ReadCall(const HttpRequest& request);

// What the server signs for `call`, for comparison and for the error message. For ACS3 this is the
// canonical request, for V1 the string to sign, over query and form as one set of parameters.
std::string ServerCanonicalText(const ReceivedCall& call);
// The signature that `call` should have carried.
std::string ServerSignature(const ReceivedCall& call, const SecretString& access_key_secret);

}  // namespace dtsop::simulator
