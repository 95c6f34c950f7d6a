#include "kube/exec_credential.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/strings.h"

namespace dtsop {
namespace {

constexpr std::string_view kV1 = "client.authentication.k8s.io/v1";
constexpr std::string_view kV1Beta1 = "client.authentication.k8s.io/v1beta1";
constexpr std::string_view kConfigExtension = "client.authentication.k8s.io/exec";
constexpr size_t kExecItemsMax = 1000;
constexpr size_t kHintBytesMax = 1000;

// The value of KUBERNETES_EXEC_INFO.
Result<std::string> ExecInfo(const std::string& api_version, bool with_cluster,
                             const KubeConfigEntry& cluster, const std::string& ca_pem) {
  Json spec = {{"interactive", false}};
  if (with_cluster) {
    Json info = Json::object();
    for (const char* key : {"server", "tls-server-name"}) {
      const auto text = TextMember(cluster, cluster.value, key);
      if (!text) return tl::unexpected(text.error());
      if (!text->empty()) info[key] = *text;
    }
    if (!ca_pem.empty()) info["certificate-authority-data"] = Base64Encode(ca_pem);
    const Json& extensions = Member(cluster.value, "extensions");
    for (const Json& extension : extensions.is_array() ? extensions : Json::array()) {
      if (StringOr(Member(extension, "name")) == kConfigExtension)
        info["config"] = Member(extension, "extension");
    }
    spec["cluster"] = std::move(info);
  }
  return DumpJson({{"apiVersion", api_version}, {"kind", "ExecCredential"}, {"spec", spec}});
}

// C strings are what a program gets: a text with a NUL would arrive cut short.
bool HasNul(const std::string& text) { return text.find('\0') != std::string::npos; }

Result<void> ParseArguments(const KubeConfigEntry& user, const Json& exec, ExecSpec* spec) {
  const Json& args = Member(exec, "args");
  const Json& env = Member(exec, "env");
  if (!args.is_null() && !args.is_array()) return FailEntry(user, "exec.args must be a list");
  if (!env.is_null() && !env.is_array()) return FailEntry(user, "exec.env must be a list");
  if (args.size() > kExecItemsMax || env.size() > kExecItemsMax)
    return FailEntry(user, fmt::format("exec has more than {} args or env", kExecItemsMax));
  for (const Json& arg : args) {
    if (arg.is_structured() || HasNul(LenientString(arg)))
      return FailEntry(user, "each of exec.args must be a text");
    spec->args.push_back(LenientString(arg));
  }
  for (const Json& variable : env) {
    const std::string name = LenientString(Member(variable, "name"));
    std::string value = LenientString(Member(variable, "value"));
    if (name.empty() || name.find('=') != std::string::npos || HasNul(name) || HasNul(value))
      return FailEntry(user, "each of exec.env must have a name without '=' and a value");
    spec->env.emplace_back(name, std::move(value));
  }
  return {};
}

// The plugin runs without a terminal, which the user entry must allow.
Result<void> CheckInteractiveMode(const KubeConfigEntry& user, const std::string& api_version,
                                  const std::string& mode) {
  if (mode == "Never" || mode == "IfAvailable") return {};
  if (mode.empty() && api_version == kV1Beta1) return {};
  if (mode == "Always")
    return FailEntry(user,
                     "exec.interactiveMode is Always, but the operator has no terminal; use a "
                     "credential that needs no person");
  return FailEntry(user, "exec.interactiveMode must be Never or IfAvailable");
}

}  // namespace

Result<ExecSpec> ParseExecSpec(const KubeConfigEntry& user, const KubeConfigEntry& cluster,
                               const std::string& ca_pem) {
  const Json& exec = Member(user.value, "exec");
  if (!exec.is_object()) return FailEntry(user, "exec must be a mapping");
  for (const char* key : {"apiVersion", "command", "interactiveMode", "installHint"}) {
    const auto text = TextMember(user, exec, key);
    if (!text) return FailEntry(user, fmt::format("exec.{} must be a text", key));
  }
  ExecSpec spec;
  spec.api_version = LenientString(Member(exec, "apiVersion"));
  spec.command = LenientString(Member(exec, "command"));
  spec.install_hint = CleanText(LenientString(Member(exec, "installHint")), kHintBytesMax);
  if (spec.api_version != kV1 && spec.api_version != kV1Beta1)
    return FailEntry(user, fmt::format("exec.apiVersion must be {} or {}", kV1, kV1Beta1));
  if (spec.command.empty() || HasNul(spec.command))
    return FailEntry(user, "exec.command must name a program");
  // As kubectl does: a bare name is looked up in PATH, a relative path in the file's folder.
  if (spec.command.find('/') != std::string::npos)
    spec.command = ResolvePath(user.file, spec.command);
  if (auto ok = ParseArguments(user, exec, &spec); !ok) return tl::unexpected(ok.error());
  const std::string mode = LenientString(Member(exec, "interactiveMode"));
  if (auto ok = CheckInteractiveMode(user, spec.api_version, mode); !ok)
    return tl::unexpected(ok.error());
  auto info = ExecInfo(spec.api_version, BoolOr(Member(exec, "provideClusterInfo"), false), cluster,
                       ca_pem);
  if (!info) return tl::unexpected(info.error());
  spec.exec_info = std::move(*info);
  return spec;
}

Result<ExecCredential> ParseExecCredential(std::string_view output, std::string_view api_version) {
  const auto json = ParseJson(output);
  if (!json) return Fail("its output is " + json.error().message);
  if (StringOr(Member(*json, "kind")) != "ExecCredential")
    return Fail("its output is not an ExecCredential");
  if (StringOr(Member(*json, "apiVersion")) != api_version)
    return Fail(fmt::format("its output is not of apiVersion {}, which the kubeconfig asks for",
                            api_version));
  const Json& status = Member(*json, "status");
  ExecCredential credential;
  credential.token = SecretString(StringOr(Member(status, "token")));
  credential.certificate.cert_pem = StringOr(Member(status, "clientCertificateData"));
  credential.certificate.key_pem = SecretString(StringOr(Member(status, "clientKeyData")));
  if (credential.certificate.cert_pem.empty() != credential.certificate.key_pem.empty())
    return Fail("it gives only one of status.clientCertificateData and status.clientKeyData");
  if (credential.token.empty() && credential.certificate.cert_pem.empty())
    return Fail("its output holds neither status.token nor status.clientCertificateData");
  if (!credential.token.empty() && !IsBearerToken(credential.token.Reveal()))
    return Fail("its status.token holds characters that no token may have");
  const Json& expires = Member(status, "expirationTimestamp");
  if (!expires.is_null()) {
    const auto time = ParseRfc3339(StringOr(expires));
    if (!time) return Fail("its status.expirationTimestamp is not an RFC 3339 time");
    credential.expires = *time;
  }
  return credential;
}

bool IsBearerToken(std::string_view token) {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace dtsop
