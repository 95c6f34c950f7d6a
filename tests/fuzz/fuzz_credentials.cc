// Any bytes as what the sources of credentials say. The first byte chooses the source; the rest is
// cut at each '~' into the one file that it may read and the answers to what it asks. It gives
// credentials that a request can be signed with, or a reason; and nothing that it has read can
// break a request of its own apart.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/strings.h"
#include "credentials/metadata.h"
#include "effects/credentials_cache.h"
#include "net/origin.h"
#include "tests/fuzz/answer.h"

namespace dtsop {
namespace {

// More than a role of a role of ... of an instance takes.
constexpr size_t kAsksMax = 16;
constexpr char kOidcToken[] = "hunter2.of.oidc";
constexpr Now kNow{MonoTime(hours(100)), WallTime(hours(24 * 20'000))};

bool IsPrintable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; });
}

void Check(const Credentials& credentials) {
  const std::string& token = credentials.security_token.Reveal();
  if (!CanBeAccessKey(credentials.access_key_id)) __builtin_trap();
  if (!CanBeAccessKey(credentials.access_key_secret.Reveal())) __builtin_trap();
  if (!token.empty() && !CanBeAccessKey(token)) __builtin_trap();
}

void Check(const HttpRequest& request) {
  if (!ParseOrigin(request.origin) || !request.target.starts_with('/')) __builtin_trap();
  if (!CanBeAccessKey(request.method) || !IsPrintable(request.target) ||
      request.target.find(' ') != std::string::npos) {
    __builtin_trap();
  }
  for (const auto& [name, value] : request.headers) {
    if (!CanBeAccessKey(name) || !IsPrintable(value)) __builtin_trap();
  }
}

std::optional<std::string> Variable(const std::string& name) {
  if (name == "ALIBABA_CLOUD_CONFIG_FILE") return "/file";
  if (name == "ALIBABA_CLOUD_ROLE_ARN") return "acs:ram::1:role/dts";
  if (name == "ALIBABA_CLOUD_OIDC_PROVIDER_ARN") return "acs:ram::1:oidc-provider/ack";
  if (name == "ALIBABA_CLOUD_OIDC_TOKEN_FILE") return "/file";
  if (name == "ALIBABA_CLOUD_CREDENTIALS_FILE") return "/file";
  if (name == "ALIBABA_CLOUD_CREDENTIALS_URI") return "http://127.0.0.1:1/credentials";
  return std::nullopt;
}

void Converse(uint8_t source, const std::vector<std::string>& texts) {
  static const std::vector<Provider> kChain = DefaultProviders("");
  static const std::vector<Provider> kFile = DefaultProviders("/file");
  bool token_read = false;
  const EnvLookup env = Variable;
  const FileReader read_file = [&](const std::string& path) -> Result<std::optional<std::string>> {
    if (path == "/file") return texts[0];
    if (path != "/token") return std::nullopt;
    token_read = true;
    return kOidcToken;
  };
  Random random(1);
  const std::string metadata = kMetadataOrigin;
  ServerClock sts_clock;
  const ProviderContext context{env, read_file, random, metadata, sts_clock};
  const size_t at = source % (kChain.size() + 1);
  Step step = (at == kChain.size() ? kFile[0] : kChain[at]).begin(context, kNow);
  for (size_t asked = 1; std::holds_alternative<Ask>(step); ++asked) {
    if (asked > kAsksMax) __builtin_trap();
    const Ask ask = std::get<Ask>(std::move(step));
    Check(ask.request);
    step = ask.then(AnswerOf(asked < texts.size() ? texts[asked] : "", "date"), kNow);
  }
  if (const auto* grant = std::get_if<Grant>(&step)) {
    Check(grant->credentials);
    if (grant->lifetime && *grant->lifetime <= Duration{0}) __builtin_trap();
  } else {
    const std::string why = WhyNot(step);
    if (why.empty()) __builtin_trap();
    // What the file says itself, such as the name of a profile, is quoted.
    const bool secret = token_read && texts[0].find(kOidcToken) == std::string::npos;
    if (secret && why.find(kOidcToken) != std::string::npos) __builtin_trap();
  }
}

}  // namespace
}  // namespace dtsop

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  dtsop::Converse(data[0], dtsop::Split(text, '~'));
  const auto secret = dtsop::ParseJson(text);
  if (!secret) return 0;
  const auto credentials = dtsop::CredentialsFromSecret(*secret);
  if (credentials) dtsop::Check(*credentials);
  return 0;
}
