#include "simulator/received_call.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/strings.h"

namespace dtsop::simulator {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

std::string Find(const QueryParameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return "";
}

bool Has(const QueryParameters& parameters, std::string_view name) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [name](const auto& parameter) { return parameter.first == name; });
}

// "<algorithm> Credential=a,SignedHeaders=b;c,Signature=d", with or without spaces after commas.
void ReadAuthorization(std::string_view text, ReceivedCall* call) {
  const size_t space = text.find(' ');
  call->signature_method = text.substr(0, space);
  if (space == std::string_view::npos) return;
  for (const std::string& part : Split(text.substr(space + 1), ',')) {
    const std::string_view trimmed = Trim(part);
    const size_t equals = trimmed.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trimmed.substr(0, equals);
    const std::string_view value = trimmed.substr(equals + 1);
    if (name == "Credential") call->access_key_id = value;
    if (name == "Signature") call->signature = value;
    if (name == "SignedHeaders") call->signed_headers = Split(ToLower(value), ';');
  }
}

void ReadAcs3(ReceivedCall* call) {
  call->kind = SignatureKind::kAcs3;
  call->action = FindHeader(call->headers, "x-acs-action");
  call->version = FindHeader(call->headers, "x-acs-version");
  call->security_token = FindHeader(call->headers, "x-acs-security-token");
  call->nonce = FindHeader(call->headers, "x-acs-signature-nonce");
  call->timestamp = FindHeader(call->headers, "x-acs-date");
  ReadAuthorization(FindHeader(call->headers, "authorization"), call);
}

void ReadV1(ReceivedCall* call) {
  call->kind = SignatureKind::kV1;
  call->action = call->Parameter("Action");
  call->version = call->Parameter("Version");
  call->access_key_id = call->Parameter("AccessKeyId");
  call->security_token = call->Parameter("SecurityToken");
  call->nonce = call->Parameter("SignatureNonce");
  call->timestamp = call->Parameter("Timestamp");
  call->signature = call->Parameter("Signature");
  call->signature_method = call->Parameter("SignatureMethod");
}

// The Format parameter wins over Accept; without both, RPC answers XML and ACS3 JSON.
std::string ReadFormat(const ReceivedCall& call) {
  const std::string format = call.Parameter("Format");
  if (EqualsIgnoreCase(format, "JSON")) return "JSON";
  if (EqualsIgnoreCase(format, "XML")) return "XML";
  const std::string accept = ToLower(FindHeader(call.headers, "accept"));
  if (accept.find("json") != std::string::npos) return "JSON";
  if (accept.find("xml") != std::string::npos) return "XML";
  return call.kind == SignatureKind::kV1 ? "XML" : "JSON";
}

}  // namespace

std::string ReceivedCall::Parameter(std::string_view name) const {
  const std::string value = Find(form, name);
  return value.empty() ? Find(query, name) : value;
}

ReceivedCall ReadCall(const HttpRequest& request) {
  ReceivedCall call;
  call.method = request.method;
  const size_t question = request.target.find('?');
  call.path = request.target.substr(0, question);
  if (question != std::string::npos) call.query = DecodeQuery(request.target.substr(question + 1));
  call.headers = request.headers;
  call.host = FindHeader(request.headers, "host");
  const std::string type = ToLower(FindHeader(request.headers, "content-type"));
  if (type.compare(0, kFormType.size(), kFormType) == 0) call.form = DecodeQuery(request.body);
  call.body_sha256 = Sha256Hex(request.body);
  if (FindHeader(request.headers, "authorization").empty()) {
    ReadV1(&call);
  } else {
    ReadAcs3(&call);
  }
  call.format = ReadFormat(call);
  return call;
}

std::string ServerCanonicalText(const ReceivedCall& call) {
  if (call.kind == SignatureKind::kV1) {
    QueryParameters signed_parameters = call.form;
    for (const auto& parameter : call.query) {
      if (!Has(call.form, parameter.first)) signed_parameters.push_back(parameter);
    }
    std::erase_if(signed_parameters, [](const auto& item) { return item.first == "Signature"; });
    return V1StringToSign(call.method, signed_parameters);
  }
  HttpHeaders signed_headers;
  for (const std::string& name : call.signed_headers) {
    signed_headers.emplace_back(name, FindHeader(call.headers, name));
  }
  return Acs3CanonicalRequest(call.method, call.path, call.query, signed_headers, call.body_sha256);
}

std::string ServerSignature(const ReceivedCall& call, const SecretString& access_key_secret) {
  const std::string text = ServerCanonicalText(call);
  return call.kind == SignatureKind::kV1 ? V1Signature(access_key_secret, text)
                                         : Acs3Signature(access_key_secret, Acs3StringToSign(text));
}

}  // namespace dtsop::simulator
