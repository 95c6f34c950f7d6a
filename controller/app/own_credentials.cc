#include "app/own_credentials.h"

#include <fmt/format.h>

#include <utility>

#include "base/strings.h"
#include "base/yaml.h"

namespace dtsop {
namespace {

constexpr Duration kReadAgainAfter = seconds(10);

Result<Credentials> Make(std::string_view id, std::string_view secret, std::string_view token,
                         const std::string& where) {
  id = Trim(id);
  secret = Trim(secret);
  token = Trim(token);
  if (id.empty() || secret.empty()) {
    return Fail(
        fmt::format("There are no credentials for DTS in {}. Name a Secret in "
                    "spec.credentialsSecretRef, or give the operator credentials of its own.",
                    where));
  }
  if (!CanBeAccessKey(id) || !CanBeAccessKey(secret) ||
      (!token.empty() && !CanBeAccessKey(token))) {
    return Fail(
        fmt::format("The credentials for DTS in {} can't be an AccessKey: correct them.", where));
  }
  return Credentials{std::string(id), SecretString(std::string(secret)),
                     SecretString(std::string(token))};
}

}  // namespace

OwnCredentials::OwnCredentials(std::string path, EnvLookup env, FileReader read_file,
                               const Clock& clock)
    : path_(std::move(path)),
      env_(std::move(env)),
      read_file_(std::move(read_file)),
      clock_(clock) {}

Result<Credentials> OwnCredentials::Get() {
  if (path_.empty()) {
    const auto value = [this](const char* name) { return env_(name).value_or(""); };
    return Make(value("ALIBABA_CLOUD_ACCESS_KEY_ID"), value("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
                value("ALIBABA_CLOUD_SECURITY_TOKEN"),
                "the operator's environment (ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET)");
  }
  const MonoTime now = clock_.Read().mono;
  if (read_at_ != MonoTime::min() && now - read_at_ < kReadAgainAfter) return known_;
  read_at_ = now;
  const auto text = read_file_(path_);
  const auto yaml = text && *text ? ParseYaml(**text) : Fail("");
  if (!yaml) {
    if (!known_) {
      known_ = Fail(fmt::format("The credentials file {} is missing or not valid YAML.", path_));
    }
    return known_;
  }
  known_ = Make(LenientString(Member(*yaml, "accessKeyId")),
                LenientString(Member(*yaml, "accessKeySecret")),
                LenientString(Member(*yaml, "securityToken")),
                fmt::format("{} (accessKeyId and accessKeySecret)", path_));
  return known_;
}

}  // namespace dtsop
